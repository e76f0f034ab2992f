use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;

use seawall::breaker::{BreakerOptions, CircuitBreaker};
use seawall::ratelimit::{Algorithm, RateLimiter, Rule};
use seawall::{ConfigSource, Error, Infrastructure, Tick, Verdict};
use seawall_testkit::scenario::{Run, Subject};
use seawall_testkit::{ManualClock, Recorder};

use crate::command::{self, Call, Command, End, Through};
use crate::expect;

/// What became of a call.
pub(crate) type Told = Result<(), Error<&'static str>>;

/// All that is built from settings.
pub(crate) struct Whole {
    infra: Infrastructure,
    time: ManualClock,
    recorder: Recorder,
}

impl Subject for Whole {
    /// In TOML.
    type Options = String;
    type Run<'s> = Play<'s>;

    fn start(settings: String, time: &ManualClock) -> Result<Self, String> {
        let config = ConfigSource::new().toml_str(&settings);
        let (time, recorder) = (time.clone(), Recorder::new());
        let builder = Infrastructure::builder().config(config).clock(time.clock());
        let infra =
            builder.observer(recorder.clone()).build().map_err(|error| error.to_string())?;
        Ok(Self { infra, time, recorder })
    }

    fn run(&self) -> Play<'_> {
        let Self { infra, time, recorder } = self;
        let (told, ran, finished) = (Vec::new(), Cell::new(0), Cell::new(0));
        Play { infra, time, recorder, told, ran, finished, since: time.now() }
    }

    fn otherwise(word: &str) -> &'static str {
        if word == "ok" { "failed" } else { "ok" }
    }
}

/// All of it, while steps are done to it.
pub(crate) struct Play<'s> {
    pub(crate) infra: &'s Infrastructure,
    pub(crate) time: &'s ManualClock,
    pub(crate) recorder: &'s Recorder,
    /// What became of the calls of this step; nothing of those that panicked.
    pub(crate) told: Vec<Option<Told>>,
    /// How many operations of this step ran.
    pub(crate) ran: Cell<u32>,
    /// How many of them came to their end.
    pub(crate) finished: Cell<u32>,
    /// When this step began.
    pub(crate) since: Tick,
}

impl Run for Play<'_> {
    fn begin(&mut self) {
        self.told.clear();
        self.ran.set(0);
        self.finished.set(0);
        drop(self.recorder.take());
        self.since = self.time.now();
    }

    fn obey(&mut self, command: &str) -> Result<(), String> {
        match command::read(command)? {
            Command::Call(call) => {
                let run = || self.time.block_on(self.call(&call, &call.protections));
                self.told.push(catch_unwind(AssertUnwindSafe(run)).ok());
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
            Command::Change { key, value } => {
                let change = ConfigSource::new();
                let change = match (value.parse::<u32>(), value.parse::<bool>()) {
                    (Ok(number), _) => change.set(key, number),
                    (_, Ok(flag)) => change.set(key, flag),
                    _ => change.set(key, value),
                };
                let _applied = self.infra.change(&change).map_err(|error| error.to_string())?;
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
    /// Makes the call through these protections, the last of which is the outermost.
    fn call<'p>(
        &'p self,
        call: &'p Call<'_>,
        protections: &'p [Through<'_>],
    ) -> Pin<Box<dyn Future<Output = Told> + 'p>> {
        Box::pin(async move {
            let [inner @ .., through] = protections else {
                return self.operation(call).await.map_err(Error::Failed);
            };
            let guarded = self.infra.protect(through.name)?;
            let (verdict, attempts) = (through.verdict, through.attempts);
            let classify = move |told: &Result<(), &str>| match (verdict, told) {
                (Some(verdict), _) => verdict,
                (None, Ok(())) => Verdict::Success,
                (None, Err(_)) => Verdict::Failure,
            };
            let guarded = guarded.classify(classify);
            match (call.key, inner) {
                (Some(key), []) => guarded.key(key).run(|| self.operation(call)).await,
                (None, []) if attempts => {
                    let replacement = async || Ok::<_, &str>(());
                    guarded.run_or_fallback(|_| self.operation(call), replacement).await
                }
                (None, []) => guarded.run(|| self.operation(call)).await,
                (_, inner) if attempts => {
                    guarded.run_nested_attempts(|_| self.call(call, inner)).await
                }
                (_, inner) => guarded.run_nested(|| self.call(call, inner)).await,
            }
        })
    }

    async fn operation(&self, call: &Call<'_>) -> Result<(), &'static str> {
        self.ran.set(self.ran.get() + 1);
        self.time.clock().sleep_until(self.time.now() + call.lasting).await;
        self.finished.set(self.finished.get() + 1);
        match call.end {
            End::Success => Ok(()),
            End::Failure => Err("error"),
            // A panic as any other, but for the message on the terminal.
            End::Panic => resume_unwind(Box::new("the call panics")),
        }
    }
}
