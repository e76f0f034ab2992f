//! Scenarios as data: the assertions of other libraries, run against a component.
//!
//! A file has one scenario per line, as JSON:
//!
//! | field of a row | meaning |
//! |---|---|
//! | `id`, `title` | identify the row; each `id` is unique |
//! | `source` | where it is asserted |
//! | `options` | what the subject is started with: [`Subject::Options`]; default: `{}` |
//! | `steps` | the commands, and the expectations |
//! | `decided` | `{"reason": …}`: this project decided otherwise; the steps show the decision |
//! | `not_yet` | `{"reason": …}`: a missing feature; the steps, if any, show the part that exists |
//! | `left_out` | further assertions of the source that are not covered, in words |
//! | `wrong` | `{"step": 2, "because": …}`: this row must fail in that step, with a message that contains the text |
//!
//! | field of a step | meaning |
//! |---|---|
//! | `start` | starts a new subject with a new clock. The fields of `start` replace those of the row's `options`; a value that is not an object replaces them all |
//! | `at` | the time since the row's zero: milliseconds (`250`), or with units (`"10ms 1ns"`, `"-5s"`). Default: the end of the previous step, or zero |
//! | `do` | commands separated by commas: `×3` repeats, parentheses group, as in `(S,F)×5,S` |
//! | `expect` | clauses separated by semicolons: `key=value` ([`Run::value`]), or a word ([`Run::is`]) |
//!
//! `invalid=…` must be the only clause of a step that starts: the start fails with this reason,
//! which may contain semicolons.
//!
//! Zero is one day after the clock's origin, so calls may have begun earlier, and daily periods
//! begin at zero too. The subject is started at zero, or at its first step if that is earlier.
//!
//! A [`Subject`] and its [`Run`] implement the commands; [`scenario_main!`](crate::scenario_main) does the
//! rest, in a test with `harness = false`, so that it always prints its report. It also makes each expectation of each
//! row wrong in turn and requires that the row then fails in that step, so no row is unable to
//! fail.
//!
//! ```
//! use seawall_breaker::{BreakerOptions, CircuitBreaker};
//! use seawall_core::{Driver, Permit};
//! use seawall_testkit::ManualClock;
//! use seawall_testkit::scenario::{self, Run, Subject, millis};
//! use std::collections::BTreeMap;
//!
//! const ROWS: &str = r#"
//! {"id": "1", "title": "One call probes it", "source": "Release It!", "options": {"failures": 2}, "steps": [{"do": "fail×2", "expect": "open; retry_after=5000"}, {"at": "5s", "do": "hold", "expect": "half_open"}, {"do": "succeed", "expect": "closed; retry_after=none"}]}
//! "#;
//!
//! struct Breaker(CircuitBreaker);
//!
//! impl Subject for Breaker {
//!     type Options = BTreeMap<String, u32>;
//!     type Run<'s> = Held<'s>;
//!
//!     fn start(options: Self::Options, time: &ManualClock) -> Result<Self, String> {
//!         let options = BreakerOptions::new("breaker").failures(options["failures"]);
//!         let breaker = CircuitBreaker::start(&options).map_err(|error| error.to_string())?;
//!         Ok(Self(breaker.with_driver(Driver::new().with_clock(time.clock()))))
//!     }
//!
//!     fn run(&self) -> Held<'_> {
//!         Held { breaker: &self.0, permit: None }
//!     }
//!
//!     fn otherwise(word: &str) -> &'static str {
//!         if word == "closed" { "open" } else { "closed" }
//!     }
//! }
//!
//! struct Held<'s> {
//!     breaker: &'s CircuitBreaker,
//!     permit: Option<Permit<'s, CircuitBreaker>>,
//! }
//!
//! impl Run for Held<'_> {
//!     fn begin(&mut self) {}
//!
//!     fn obey(&mut self, command: &str) -> Result<(), String> {
//!         let acquire = || self.breaker.protect().acquire_blocking();
//!         let permit = match self.permit.take() {
//!             Some(permit) => permit,
//!             None => acquire().map_err(|refusal| refusal.to_string())?,
//!         };
//!         match command {
//!             "hold" => self.permit = Some(permit),
//!             "fail" => permit.failure(),
//!             "succeed" => permit.success(),
//!             _ => return Err(format!("`{command}` is not a command")),
//!         }
//!         Ok(())
//!     }
//!
//!     fn is(&self, word: &str) -> Result<(), String> {
//!         let state = self.breaker.status().state;
//!         if state.as_str() == word { Ok(()) } else { Err(format!("it is {state}")) }
//!     }
//!
//!     fn value(&self, key: &str) -> Result<String, String> {
//!         match key {
//!             "retry_after" => Ok(millis(self.breaker.status().retry_after)),
//!             _ => Err(format!("unknown key `{key}`")),
//!         }
//!     }
//! }
//!
//! // In a test of its own: seawall_testkit::scenario_main!(Breaker);
//! let report = scenario::run::<Breaker>(&[("rows.jsonl", ROWS.trim())]);
//! assert!(report.is_ok(), "{report}");
//! assert_eq!(report.summary(), "scenarios: 1 run, 1 passed, 0 decided otherwise, 0 not yet");
//! ```

mod answers;
mod at;
mod borrowers;
mod commands;
mod expect;
mod play;
mod report;
mod row;
mod run;
mod subject;
#[cfg(test)]
mod tests;
mod time;
mod waiters;
mod words;
mod wrong;

pub use self::answers::Answers;
pub use self::borrowers::Borrowers;
pub use self::report::Report;
pub use self::run::{main, run};
pub use self::subject::{Run, Subject};
pub use self::time::{Time, millis};
pub use self::waiters::Waiters;
pub use self::words::{argument, verdict};
