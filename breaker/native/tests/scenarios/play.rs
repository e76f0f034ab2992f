use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use seawall_breaker::{CircuitBreaker, Error, Refusal};
use seawall_core::Permit;

use crate::bench::Bench;
use crate::command::{self, Command};
use crate::expect;
use crate::row::{Row, Step};

/// Plays a row from its first step to its last.
///
/// # Errors
/// With the step that does not do what is expected, and what it does.
pub(crate) fn play(row: &Row) -> Result<(), String> {
    let mut from = 0;
    while from < row.steps.len() {
        let others = row.steps[from + 1..].iter();
        let to = from + 1 + others.take_while(|step| step.start.is_none()).count();
        play_one(row, from, &row.steps[from..to])?;
        from = to;
    }
    Ok(())
}

/// Plays steps with one breaker; `first` is the number of the first of them.
fn play_one(row: &Row, first: usize, steps: &[Step]) -> Result<(), String> {
    let at = |number: usize, problem: String| {
        let Step { r#do, expect, .. } = &steps[number];
        format!("step {}, `{do}`, not `{expect}`: {problem}", first + number + 1)
    };
    let options = row.options(steps[0].start.as_ref()).map_err(|problem| at(0, problem))?;
    let bench = match Bench::new(&options) {
        Ok(bench) => bench,
        Err(invalid) => {
            let expected = steps[0].expect.strip_prefix("invalid=") == Some(invalid.option());
            return match steps {
                [_] if expected => Ok(()),
                _ => Err(at(0, invalid.to_string())),
            };
        }
    };
    if steps[0].at.is_none() {
        bench.advance_to(0).map_err(|problem| at(0, problem))?;
    }
    let mut run = Run { bench: &bench, permits: BTreeMap::new(), asked: Vec::new(), panics: 0 };
    for (number, step) in steps.iter().enumerate() {
        run.step(step).map_err(|problem| at(number, problem))?;
    }
    Ok(())
}

/// A row that is being played.
pub(crate) struct Run<'b> {
    pub(crate) bench: &'b Bench,
    permits: BTreeMap<String, Permit<'b, CircuitBreaker>>,
    /// What calls of this step were told: why not, or nothing if they were let through.
    pub(crate) asked: Vec<Option<Refusal>>,
    /// How many panics of this step came out.
    pub(crate) panics: u32,
}

impl Run<'_> {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        self.asked.clear();
        self.panics = 0;
        if let Some(at) = step.at {
            self.bench.advance_to(at)?;
        }
        if !step.r#do.is_empty() {
            for command in command::read(&step.r#do)? {
                self.obey(command)?;
            }
        }
        expect::check(&step.expect, self)
    }

    fn obey(&mut self, command: Command) -> Result<(), String> {
        let bench = self.bench;
        match command {
            Command::Call { class, lasting } => match bench.breaker.protect().acquire_blocking() {
                Ok(permit) => {
                    self.asked.push(None);
                    bench.time.advance(lasting);
                    permit.settle(class);
                }
                Err(refusal) => self.asked.push(Some(refusal)),
            },
            Command::Acquire(name) => match bench.breaker.protect().acquire_blocking() {
                Ok(permit) => {
                    self.asked.push(None);
                    if self.permits.insert(name.clone(), permit).is_some() {
                        return Err(format!("`{name}` has a permit already"));
                    }
                }
                Err(refusal) => self.asked.push(Some(refusal)),
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

    /// A call that returns errors has ended.
    fn ended(&mut self, result: Result<(), Error<&str>>) -> Result<(), String> {
        match result {
            Err(Error::Refused(refusal)) => self.asked.push(Some(refusal)),
            Err(Error::Failed("error")) => self.asked.push(None),
            other => return Err(format!("the caller got {other:?}")),
        }
        Ok(())
    }
}

impl<'b> Run<'b> {
    fn permit(&mut self, name: &str) -> Result<Permit<'b, CircuitBreaker>, String> {
        self.permits.remove(name).ok_or_else(|| format!("`{name}` has no permit"))
    }
}
