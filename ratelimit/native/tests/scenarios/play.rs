use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{Backend, Call, Entry, Error, Exit, Key, KeyStatus, Refusal, Verdict};
use seawall_testkit::scenario::Run;

use crate::bench::Bench;
use crate::command::{self, Command};
use crate::expect;

/// A limiter, while steps are done to it.
pub(crate) struct Play<'b> {
    pub(crate) bench: &'b Bench,
    /// The calls that wait, by name.
    pub(crate) waiting: BTreeMap<String, Waiting<'b>>,
    /// What calls of this step were told: how long they are put off, or why not.
    pub(crate) told: Vec<Result<Duration, Refusal>>,
    /// Tokens that this step took by `exhaust`.
    pub(crate) exhausted: u64,
}

/// How a call ended whose function never fails.
type Ended = Result<(), Error<Infallible>>;
type Waiting<'b> = Pin<Box<dyn Future<Output = Ended> + 'b>>;

const TOO_MANY: &str = "a key has two parts at most";

impl Run for Play<'_> {
    /// Who has waited for the time that it is now goes on.
    fn begin(&mut self) {
        self.told.clear();
        self.exhausted = 0;
        self.poll();
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
                if self.waiting.insert(name.to_owned(), Box::pin(call)).is_some() {
                    return Err(format!("`{name}` waits already"));
                }
                self.poll();
            }
            Command::Leave(name) => {
                let left = self.waiting.remove(name);
                drop(left.ok_or_else(|| format!("nobody called `{name}` waits"))?);
            }
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
                self.poll();
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
        expect::is(word, self)
    }

    fn value(&self, key: &str) -> Result<String, String> {
        expect::value(key, self)
    }

    fn unsaid(&self, words: &[&str]) -> Result<(), String> {
        match self.told.iter().find_map(|told| told.as_ref().err()) {
            Some(refusal) if words.is_empty() => Err(format!("a call was refused: {refusal}")),
            _ => Ok(()),
        }
    }
}

impl Play<'_> {
    /// What there is for a key of these parts, or for calls without one.
    ///
    /// # Errors
    /// If no key has so many parts.
    pub(crate) fn status(&self, key: &[&str]) -> Result<KeyStatus, String> {
        let limiter = &self.bench.limiter;
        Ok(match *key {
            [] => limiter.protect().peek(),
            [one] => limiter.status(one),
            [one, two] => limiter.status((one, two)),
            _ => return Err(TOO_MANY.to_owned()),
        })
    }

    /// Takes tokens as a call does whose layers are asked, but does not wait for them.
    fn take(&mut self, key: Option<Key<'_>>, cost: u32) -> Result<(), String> {
        let cost = NonZeroU32::new(cost).ok_or("a call costs one at least")?;
        let now = self.bench.time.now();
        let call = Call::at(now).with_cost(cost);
        let call = if let Some(key) = key { call.with_key(key) } else { call };
        let (token, wait) = match self.bench.limiter.enter(&call) {
            Entry::Go(token) => (token, Duration::ZERO),
            Entry::GoAt(token, at) => (token, at.since(now)),
            Entry::Refuse(refusal) => {
                self.told.push(Err(refusal));
                return Ok(());
            }
            other => return Err(format!("no limiter says {other:?}")),
        };
        self.bench.limiter.exit(token, &Exit::at(now, Verdict::Success).with_cost(cost));
        self.told.push(Ok(wait));
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
        self.told.push(told(call.max_wait(Duration::ZERO).run_blocking(op))?);
        Ok(())
    }

    /// Lets those go on who can.
    fn poll(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        self.waiting.retain(|_, call| {
            let Poll::Ready(ended) = call.as_mut().poll(&mut context) else { return true };
            self.told.extend(told(ended));
            false
        });
    }
}

/// What a call was told that has ended.
///
/// # Errors
/// If it ended otherwise than its function.
fn told(ended: Ended) -> Result<Result<Duration, Refusal>, String> {
    match ended {
        Ok(()) => Ok(Ok(Duration::ZERO)),
        Err(Error::Refused(refusal)) => Ok(Err(refusal)),
        Err(other) => Err(format!("the caller got {other:?}")),
    }
}
