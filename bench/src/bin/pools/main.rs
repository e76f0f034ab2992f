//! Compares connection pools with the libraries under them: see the README.

mod crowd;
mod idle;
mod numbers;
mod peer;
mod peers;
mod tasks;
mod threads;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            idle::compare("");
            crowd::compare("");
            println!("{}", peers::LEFT_OUT);
        }
        ["idle"] => idle::compare(""),
        ["idle", part] => idle::compare(part),
        ["crowd"] => crowd::compare(""),
        ["crowd", part] => crowd::compare(part),
        ["list"] => idle::list(),
        ["count", name, calls] if idle::count(name, calls) => {}
        _ => {
            eprintln!("usage: pools [idle [PART] | crowd [PART] | list | count SUBJECT CALLS]");
            std::process::exit(1);
        }
    }
}
