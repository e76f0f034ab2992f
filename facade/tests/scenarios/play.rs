use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use seawall::breaker::BreakerOptions;
use seawall::{ConfigSource, Error, Infrastructure, Tick, Verdict};
use seawall_testkit::ManualClock;

use crate::command::{self, Command, End};
use crate::expect;
use crate::row::{Row, Step};

/// What became of a call.
pub(crate) type Told = Result<(), Error<&'static str>>;

/// Plays a row from its first step to its last.
///
/// # Errors
/// With the step that does not do what is expected, and what it does.
pub(crate) fn play(row: &Row) -> Result<(), String> {
    let mut run = None;
    for (number, step) in (1..).zip(&row.steps) {
        play_one(row, step, &mut run).map_err(|problem| {
            let Step { r#do, expect, .. } = step;
            format!("step {number}, `{do}`, not `{expect}`: {problem}")
        })?;
    }
    Ok(())
}

/// Plays a step, on what the one before left.
fn play_one(row: &Row, step: &Step, run: &mut Option<Run>) -> Result<(), String> {
    if run.is_none() || step.settings.is_some() {
        let built = Run::new(step.settings.as_ref().unwrap_or(&row.settings));
        if let Some(expected) = step.expect.strip_prefix(expect::INVALID) {
            *run = None;
            return match built {
                Ok(_) => Err("the settings are valid".to_owned()),
                Err(report) if report == expected => Ok(()),
                Err(report) => Err(report),
            };
        }
        *run = Some(built?);
    }
    run.as_mut().map_or(Ok(()), |run| run.step(step))
}

/// A row that is being played.
pub(crate) struct Run {
    time: ManualClock,
    pub(crate) infra: Infrastructure,
    /// What became of the calls of this step; nothing of those that panicked.
    pub(crate) told: Vec<Option<Told>>,
    /// How many operations of this step ran.
    pub(crate) ran: Cell<u32>,
}

impl Run {
    fn new(settings: &str) -> Result<Self, String> {
        let time = ManualClock::new();
        let config = ConfigSource::new().toml_str(settings);
        let infra = Infrastructure::builder().config(config).clock(time.clock()).build();
        let infra = infra.map_err(|error| error.to_string())?;
        Ok(Self { time, infra, told: Vec::new(), ran: Cell::new(0) })
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        self.told.clear();
        self.ran.set(0);
        if let Some(at) = step.at.map(Tick::from_millis) {
            if self.time.now() > at {
                return Err("it is later than that".to_owned());
            }
            self.time.advance_to(at);
        }
        for command in command::read(&step.r#do)? {
            self.obey(command)?;
        }
        expect::check(&step.expect, self)
    }

    fn obey(&mut self, command: Command<'_>) -> Result<(), String> {
        match command {
            Command::Call { end, protection, key, verdict } => {
                let call = || self.call(end, protection, key, verdict);
                let told = catch_unwind(AssertUnwindSafe(call)).ok();
                self.told.push(told);
            }
            Command::Reconfigure { breaker, reset_after } => {
                let options = BreakerOptions::new(breaker.to_owned()).reset_after(reset_after);
                let breaker = self.infra.breaker(breaker).map_err(|error| error.to_string())?;
                breaker.reconfigure(&options).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    fn call(
        &self,
        end: End,
        protection: &str,
        key: Option<&str>,
        verdict: Option<Verdict>,
    ) -> Told {
        let op = || {
            self.ran.set(self.ran.get() + 1);
            match end {
                End::Success => Ok(()),
                End::Failure => Err("error"),
                // A panic as any other, but for the message on the terminal.
                End::Panic => resume_unwind(Box::new("the call panics")),
            }
        };
        let call = self.infra.protect(protection)?;
        match (key, verdict) {
            (Some(key), _) => call.key(key).run_blocking(op),
            (None, Some(verdict)) => call.classify(|_: &Result<(), &str>| verdict).run_blocking(op),
            (None, None) => call.run_blocking(op),
        }
    }
}
