use std::convert::Infallible;
use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::{Backend, Call, Entry, Error, Exit, Key, KeyStatus, Verdict};
use seawall_testkit::scenario::{Answers, Run, Waiters, millis};

use crate::bench::Bench;
use crate::command::{self, Command};
use crate::expect;

/// A limiter, while the steps of a row are executed.
pub(crate) struct Play<'b> {
    pub(crate) bench: &'b Bench,
    pub(crate) waiters: Waiters<'b, Ended>,
    pub(crate) answers: Answers,
    /// The time until each admitted call of this step starts, in ms.
    pub(crate) waits: Vec<String>,
    /// Tokens that this step took by `exhaust`.
    pub(crate) exhausted: u64,
}

/// How a call ended whose function never fails.
type Ended = Result<(), Error<Infallible>>;

const TOO_MANY: &str = "a key has two parts at most";

impl Run for Play<'_> {
    fn begin(&mut self) {
        self.answers.clear();
        self.waits.clear();
        self.exhausted = 0;
        self.poll().expect("functions that never fail");
    }

    fn obey(&mut self, command: &str) -> Result<(), String> {
        let bench = self.bench;
        match command::read(command)? {
            Command::Take { cost, key } => match key[..] {
                [] => self.take(None, cost)?,
                [one] => self.take(Some(Key::new(&one)), cost)?,
                [one, two] => self.take(Some(Key::new(&(one, two))), cost)?,
                _ => return Err(TOO_MANY.to_owned()),
            },
            Command::Call { cost, key } => match key[..] {
                [] => self.call(bench.limiter.protect().cost(cost))?,
                [one] => self.call(bench.limiter.protect().cost(cost).key(one))?,
                [one, two] => self.call(bench.limiter.protect().cost(cost).key((one, two)))?,
                _ => return Err(TOO_MANY.to_owned()),
            },
            Command::Wait { name, cost } => {
                let op = async || {
                    bench.ran.set(bench.ran.get() + 1);
                    Ok(())
                };
                let call = async move { bench.limiter.protect().cost(cost).run(op).await };
                self.waiters.add(name, call)?;
                self.poll()?;
            }
            Command::Leave(name) => self.waiters.cancel(name)?,
            Command::Exhaust { key } => {
                let limiter = &bench.limiter;
                self.exhausted += match key[..] {
                    [] => limiter.protect().exhaust(),
                    [one] => limiter.exhaust(one),
                    [one, two] => limiter.exhaust((one, two)),
                    _ => return Err(TOO_MANY.to_owned()),
                };
            }
            Command::Limit(limit) => {
                let rule = bench.options.with_limit(limit).rule()?;
                bench.limiter.set_rule(&rule).map_err(|invalid| invalid.to_string())?;
                self.poll()?;
            }
            Command::Crowd { threads, times } => std::thread::scope(|scope| {
                for _ in 0..threads {
                    let limiter = &bench.limiter;
                    scope.spawn(move || (0..times).for_each(|_| drop(limiter.check(1))));
                }
            }),
            Command::Read => {}
        }
        Ok(())
    }

    fn is(&self, word: &str) -> Result<(), String> {
        self.answers.all_are(word)
    }

    fn value(&self, key: &str) -> Result<String, String> {
        expect::value(key, self)
    }

    fn unsaid(&self, words: &[&str]) -> Result<(), String> {
        self.answers.refusals_are_in(words)
    }
}

impl Play<'_> {
    /// Returns the status of the key of these parts, or of calls without a key.
    ///
    /// # Errors
    /// If there are more than two parts.
    pub(crate) fn status(&self, key: &[&str]) -> Result<KeyStatus, String> {
        let limiter = &self.bench.limiter;
        Ok(match *key {
            [] => limiter.protect().peek(),
            [one] => limiter.status(one),
            [one, two] => limiter.status((one, two)),
            _ => return Err(TOO_MANY.to_owned()),
        })
    }

    /// Takes tokens without waiting for them.
    fn take(&mut self, key: Option<Key<'_>>, cost: u32) -> Result<(), String> {
        let cost = NonZeroU32::new(cost).ok_or("a call costs one at least")?;
        let now = self.bench.time.now();
        let call = Call::at(now).with_cost(cost);
        let call = if let Some(key) = key { call.with_key(key) } else { call };
        let (token, wait) = match self.bench.limiter.enter(&call) {
            Entry::Go(token) => (token, Duration::ZERO),
            Entry::GoAt(token, at) => (token, at.since(now)),
            Entry::Refuse(refusal) => {
                self.answers.refuse(refusal);
                return Ok(());
            }
            other => return Err(format!("no limiter says {other:?}")),
        };
        self.bench.limiter.exit(token, &Exit::at(now, Verdict::Success).with_cost(cost));
        self.admitted(wait);
        Ok(())
    }

    fn call<K: seawall_core::MaybeKey>(
        &mut self,
        call: seawall_core::Guarded<'_, seawall_ratelimit::RateLimiter, K>,
    ) -> Result<(), String> {
        let op = || {
            self.bench.ran.set(self.bench.ran.get() + 1);
            Ok(())
        };
        self.ended(call.max_wait(Duration::ZERO).run_blocking(op))
    }

    /// Lets the calls go on that can.
    fn poll(&mut self) -> Result<(), String> {
        self.waiters.poll().into_iter().try_for_each(|(_, ended)| self.ended(ended))
    }

    /// Adds the answer to a call that has ended.
    ///
    /// # Errors
    /// If it did not end like its function.
    fn ended(&mut self, ended: Ended) -> Result<(), String> {
        match ended {
            Ok(()) => self.admitted(Duration::ZERO),
            Err(Error::Refused(refusal)) => self.answers.refuse(refusal),
            Err(other) => return Err(format!("the caller got {other:?}")),
        }
        Ok(())
    }

    fn admitted(&mut self, wait: Duration) {
        self.answers.add("permit");
        self.waits.push(millis(Some(wait)));
    }
}
