//! What established libraries assert of their protections as a whole, run against these.
//!
//! How rows are written stands at [`seawall_testkit::scenario`]; their options are settings, in TOML.
//! What steps do stands at [`command`], what is expected of them at [`expect`]. The rows of
//! `wrong.jsonl` have to fail: what plays rows finds fault.

use std::process::ExitCode;

use seawall_testkit::scenario;

use self::play::Whole;

mod command;
mod expect;
mod play;

fn main() -> ExitCode {
    scenario::main::<Whole>(&[
        ("rows.jsonl", include_str!("rows.jsonl")),
        ("wrong.jsonl", include_str!("wrong.jsonl")),
    ])
}
