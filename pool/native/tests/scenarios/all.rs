//! What established pools assert in their own tests, run against these: each backend's tests include
//! this, with the backend's `Pool` at their root.
//!
//! [`seawall_testkit::scenario`] describes rows, [`bench`] their options, [`command`] the commands of
//! steps and [`expect`] their expectations. The rows of `wrong.jsonl` must fail.

use self::bench::Bench;

mod bench;
mod command;
mod expect;
mod play;

seawall_testkit::scenario_main!(Bench);
