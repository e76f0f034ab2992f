//! What established pools assert in their own tests, run against this one.

use std::process::ExitCode;

use seawall_pool::Pool;

#[path = "scenarios/all.rs"]
mod scenarios;

fn main() -> ExitCode {
    scenarios::main()
}
