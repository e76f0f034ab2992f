//! Compares rate limiters: see the README. An argument chooses one part: `unkeyed`, `keyed` or `pauses`.

mod keyed;
mod keys;
mod pauses;
mod peers;
mod unkeyed;

fn main() {
    let part = std::env::args().nth(1);
    let wants = |name: &str| part.as_deref().is_none_or(|part| part == name);
    if wants("unkeyed") {
        unkeyed::compare();
    }
    if wants("keyed") {
        [10_000, 1_000_000].into_iter().for_each(keyed::compare);
    }
    if wants("pauses") {
        pauses::compare();
    }
    for left_out in peers::LEFT_OUT {
        println!("{left_out}");
    }
}
