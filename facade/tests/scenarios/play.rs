use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use seawall::breaker::{BreakerOptions, CircuitBreaker};
use seawall::ratelimit::{Algorithm, RateLimiter, Rule};
use seawall::{ConfigSource, Error, Infrastructure, Verdict};
use seawall_testkit::ManualClock;
use seawall_testkit::scenario::{Run, Subject};

use crate::command::{self, Command, End};
use crate::expect;

/// What became of a call.
pub(crate) type Told = Result<(), Error<&'static str>>;

/// All that is built from settings.
pub(crate) struct Whole(Infrastructure);

impl Subject for Whole {
    /// In TOML.
    type Options = String;
    type Run<'s> = Play<'s>;

    fn start(settings: String, time: &ManualClock) -> Result<Self, String> {
        let config = ConfigSource::new().toml_str(&settings);
        let infra = Infrastructure::builder().config(config).clock(time.clock()).build();
        infra.map(Self).map_err(|error| error.to_string())
    }

    fn run(&self) -> Play<'_> {
        Play { infra: &self.0, told: Vec::new(), ran: Cell::new(0) }
    }

    fn otherwise(word: &str) -> &'static str {
        if word == "ok" { "failed" } else { "ok" }
    }
}

/// All of it, while steps are done to it.
pub(crate) struct Play<'s> {
    pub(crate) infra: &'s Infrastructure,
    /// What became of the calls of this step; nothing of those that panicked.
    pub(crate) told: Vec<Option<Told>>,
    /// How many operations of this step ran.
    pub(crate) ran: Cell<u32>,
}

impl Run for Play<'_> {
    fn begin(&mut self) {
        self.told.clear();
        self.ran.set(0);
    }

    fn obey(&mut self, command: &str) -> Result<(), String> {
        match command::read(command)? {
            Command::Call { end, protection, key, verdict } => {
                let call = || self.call(end, protection, key, verdict);
                let told = catch_unwind(AssertUnwindSafe(call)).ok();
                self.told.push(told);
            }
            Command::Reconfigure { breaker, reset_after } => {
                let options = BreakerOptions::new(breaker.to_owned()).reset_after(reset_after);
                let breaker = self
                    .infra
                    .component::<CircuitBreaker>(breaker)
                    .map_err(|error| error.to_string())?;
                breaker.reconfigure(&options).map_err(|error| error.to_string())?;
            }
            Command::Limit { rule, limit, period } => {
                let limiter =
                    self.infra.component::<RateLimiter>(rule).map_err(|error| error.to_string())?;
                let rule = Rule::new(rule.to_owned(), limit, period);
                let rule = rule.algorithm(Algorithm::FixedWindow);
                limiter.set_rule(&rule).map_err(|error| error.to_string())?;
            }
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
        if words.is_empty() && !self.told.is_empty() {
            return Err("it is not said what became of the calls".to_owned());
        }
        Ok(())
    }
}

impl Play<'_> {
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
