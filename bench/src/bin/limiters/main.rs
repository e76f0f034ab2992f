//! Compares rate limiters: see the README.

mod keyed;
mod keys;
mod pauses;
mod peers;
mod unkeyed;

fn main() {
    unkeyed::compare();
    for count in [10_000, 1_000_000] {
        keyed::compare(count);
    }
    pauses::compare();
    for left_out in peers::LEFT_OUT {
        println!("{left_out}");
    }
}
