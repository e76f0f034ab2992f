use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use seawall_breaker::{CircuitBreaker, Error};
use seawall_core::Permit;
use seawall_testkit::scenario::{Answers, Run};

use crate::bench::Bench;
use crate::command::{self, Command};
use crate::expect;

/// A breaker, while the steps of a row are executed.
pub(crate) struct Play<'b> {
    pub(crate) bench: &'b Bench,
    pub(crate) permits: BTreeMap<String, Permit<'b, CircuitBreaker>>,
    pub(crate) answers: Answers,
    /// Number of panics that callers got in this step.
    pub(crate) panics: u32,
}

impl Run for Play<'_> {
    fn begin(&mut self) {
        self.answers.clear();
        self.panics = 0;
    }

    fn obey(&mut self, command: &str) -> Result<(), String> {
        let bench = self.bench;
        match command::read(command)? {
            Command::Call { class, lasting } => match bench.breaker.protect().acquire_blocking() {
                Ok(permit) => {
                    self.answers.add("permit");
                    bench.time.advance(lasting);
                    permit.settle(class);
                }
                Err(refusal) => self.answers.refuse(refusal),
            },
            Command::Acquire(name) => match bench.breaker.protect().acquire_blocking() {
                Ok(permit) => {
                    self.answers.add("permit");
                    if self.permits.insert(name.clone(), permit).is_some() {
                        return Err(format!("`{name}` has a permit already"));
                    }
                }
                Err(refusal) => self.answers.refuse(refusal),
            },
            Command::Done(name, class) => self.permit(&name)?.settle(class),
            Command::Drop(name) => drop(self.permit(&name)?),
            Command::Error(verdict) => {
                let call = bench.breaker.protect();
                let result = match verdict {
                    None => call.run_blocking(|| Err::<(), _>("error")),
                    Some(verdict) => call
                        .classify(|_: &Result<(), &str>| verdict)
                        .run_blocking(|| Err::<(), _>("error")),
                };
                self.ended(result)?;
            }
            Command::Panic => {
                // A panic as any other, but for the message on the terminal.
                let op = || -> Result<(), &str> { resume_unwind(Box::new("the call panics")) };
                match catch_unwind(AssertUnwindSafe(|| bench.breaker.execute_blocking(op))) {
                    Ok(result) => self.ended(result)?,
                    Err(_) => self.panics += 1,
                }
            }
            Command::Trip(wait) => bench.breaker.trip(wait),
            Command::ForceOpen => bench.breaker.force_open(),
            Command::Disable => bench.breaker.disable(),
            Command::Observe => bench.breaker.observe(),
            Command::Reset => bench.breaker.reset(),
            Command::Reconfigure => {
                bench.breaker.reconfigure(&bench.options).map_err(|error| error.to_string())?;
            }
            Command::Attach { other: false } => bench.control.attach(&bench.breaker),
            Command::Attach { other: true } => bench.control.attach(&bench.other),
            Command::DetachOther => bench.control.detach(&bench.other),
            Command::SwitchForceOpen => bench.control.force_open(),
            Command::SwitchResume => bench.control.resume(),
            Command::Read => {}
        }
        Ok(())
    }

    fn is(&self, word: &str) -> Result<(), String> {
        expect::is(word, self)
    }

    fn value(&self, key: &str) -> Result<String, String> {
        expect::value(key, self)
    }

    fn unsaid(&self, words: &[&str]) -> Result<(), String> {
        self.answers.refusals_are_in(words)
    }
}

impl<'b> Play<'b> {
    /// Adds the answer to a call that returns errors.
    fn ended(&mut self, result: Result<(), Error<&str>>) -> Result<(), String> {
        match result {
            Err(Error::Refused(refusal)) => self.answers.refuse(refusal),
            Err(Error::Failed("error")) => self.answers.add("permit"),
            other => return Err(format!("the caller got {other:?}")),
        }
        Ok(())
    }

    fn permit(&mut self, name: &str) -> Result<Permit<'b, CircuitBreaker>, String> {
        self.permits.remove(name).ok_or_else(|| format!("`{name}` has no permit"))
    }
}
