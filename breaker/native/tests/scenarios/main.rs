//! What established circuit breakers assert in their own tests, run against this one.
//!
//! [`seawall_testkit::scenario`] describes rows, [`options`] their options, [`command`] the commands of
//! steps and [`expect`] their expectations. The rows of `wrong.jsonl` must fail.

use self::bench::Bench;

mod bench;
mod command;
mod expect;
mod listener;
mod options;
mod play;

seawall_testkit::scenario_main!(Bench);
