//! What established libraries assert of their protections as a whole, run against these.
//!
//! [`seawall_testkit::scenario`] describes rows, whose options are settings in TOML; [`command`] the
//! commands of steps and [`expect`] their expectations. The rows of `wrong.jsonl` must fail.

use self::play::Whole;

mod command;
mod expect;
mod play;

seawall_testkit::scenario_main!(Whole);
