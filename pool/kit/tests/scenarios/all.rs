//! What established pools assert in their own tests, run against these: each backend's tests include
//! this, with the backend's `Pool` at their root.
//!
//! How rows are written stands at [`seawall_testkit::scenario`]; what their options are at [`bench`],
//! what steps do at [`command`] and what is expected of them at [`expect`]. The rows of `wrong.jsonl`
//! have to fail: what plays rows finds fault.

use std::process::ExitCode;

use seawall_testkit::scenario;

use self::bench::Bench;

mod bench;
mod command;
mod expect;
mod play;

pub(crate) fn main() -> ExitCode {
    scenario::main::<Bench>(&[
        ("rows.jsonl", include_str!("rows.jsonl")),
        ("wrong.jsonl", include_str!("wrong.jsonl")),
    ])
}
