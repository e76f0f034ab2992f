//! Scenarios as data: what others assert of theirs, run against what you have.
//!
//! A file has one scenario a line, as JSON:
//!
//! | field of a row | |
//! |---|---|
//! | `id`, `title` | which it is; no two rows have the same `id` |
//! | `source` | where it is asserted |
//! | `options` | what the subject is started from: [`Subject::Options`]; for want of it, `{}` |
//! | `steps` | what is done, and what has to be so |
//! | `decided` | `{"reason": …}`: it was decided otherwise, and the steps are what was decided |
//! | `not_yet` | `{"reason": …}`: what is missing; the steps, if there are any, are what can be run already |
//! | `left_out` | what else is asserted there and has no place here, in words |
//! | `wrong` | `{"step": 2, "because": …}`: this row has to fail, in that step, with a text that has this in it |
//!
//! | field of a step | |
//! |---|---|
//! | `start` | all is started anew, the clock too. Fields of `start` replace those of the row's `options`; what is no object replaces it all |
//! | `at` | when, from zero of the row: milliseconds (`250`), or with units (`"10ms 1ns"`, `"-5s"`). For want of it, when the step before was over, or zero |
//! | `do` | commands between commas: `×3` repeats, parentheses group, as in `(S,F)×5,S` |
//! | `expect` | clauses between semicolons: `key=value` ([`Run::value`]), or a word ([`Run::is`]) |
//!
//! `invalid=…` is expected by itself, of a step that starts: nothing can be started, for that reason,
//! semicolons and all.
//!
//! Zero is a day after the clock's origin. So calls may have begun before, and whatever recurs so
//! many times a day does so at zero too. The subject is started at zero, or at its first step if that
//! is earlier.
//!
//! What a command does is said by a [`Subject`] and its [`Run`]; [`main`] does the rest, in a test
//! with `harness = false`, so that it is always told which rows are which. It makes each expectation
//! of each row wrong in turn, and that has to be found in this very step: there is no row that cannot
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
//!             _ => Err(format!("nobody knows what `{key}` is")),
//!         }
//!     }
//!
//!     fn unsaid(&self, _words: &[&str]) -> Result<(), String> {
//!         Ok(())
//!     }
//! }
//!
//! // In a test of its own: fn main() -> ExitCode { scenario::main::<Breaker>(…) }
//! let report = scenario::run::<Breaker>(&[("rows.jsonl", ROWS.trim())]);
//! assert!(report.is_ok(), "{report}");
//! assert_eq!(report.summary(), "scenarios: 1 run, 1 passed, 0 decided otherwise, 0 not yet");
//! ```

mod at;
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
mod wrong;

pub use self::report::Report;
pub use self::run::{main, run};
pub use self::subject::{Run, Subject};
pub use self::time::{Time, millis};
