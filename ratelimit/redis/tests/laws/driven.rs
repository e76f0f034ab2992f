use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use seawall_core::{
    Backend, Call, Clock, Driver, Entry, Exit, KeyStatus, Layer, Limiter, Pending, Status, Tick,
    Token,
};
use seawall_ratelimit_redis::{RateLimiter, Rule, Store};
use seawall_test_servers::stores::Background;
use seawall_testkit::ManualClock;
use seawall_testkit::limiter::{Handles, Setup};

/// A limiter whose background work is done whenever something is asked of it, at the time of the call.
#[derive(Clone)]
pub(crate) struct Driven {
    limiter: RateLimiter,
    time: ManualClock,
    background: Background,
}

fn rule(setup: &Setup, secret: u64) -> Rule {
    let rule = Rule::new("subject", setup.limit, setup.period).burst(setup.burst);
    let rule = rule.max_wait(setup.max_wait).max_keys(setup.max_keys);
    let rule = rule.key_secret(&secret.to_string());
    setup.key_parts.into_iter().fold(rule, Rule::key_parts)
}

impl Driven {
    /// Starts a limiter over the store that `store` returns for a clock.
    pub(crate) fn start(setup: &Setup, store: impl FnOnce(Clock) -> Arc<dyn Store>) -> Handles {
        /// No other limiter has its counts.
        static SECRET: AtomicU64 = AtomicU64::new(0);
        let secret = SECRET.fetch_add(1, Ordering::Relaxed);
        let time = ManualClock::new();
        let store = store(time.clock());
        let limiter = RateLimiter::start_with_seed(&rule(setup, secret), store, 1);
        let driver = Driver::new().with_clock(time.clock());
        let limiter = limiter.expect("a valid rule").with_driver(driver);
        let background = Background::new(limiter.run());
        let driven = Self { limiter, time: time.clone(), background };
        let limiter = driven.limiter.clone();
        let set_rule = move |setup: &Setup, _: &Clock| {
            limiter.set_rule(&rule(setup, secret)).expect("a valid rule");
        };
        Handles::new(&driven).with_set_rule(set_rule).with_clock(&time)
    }

    fn at<T>(&self, now: Tick, act: impl FnOnce() -> T) -> T {
        self.time.advance_to(now);
        self.background.work();
        let done = act();
        self.background.work();
        done
    }
}

impl Backend for Driven {
    fn layer(&self) -> &Layer {
        self.limiter.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        let pending = match self.at(call.now(), || self.limiter.enter(call)) {
            Entry::Pending(pending) => pending,
            entry => return entry,
        };
        let Pending { mut answer, until, refusal, .. } = pending;
        let driven = self.clone();
        let mut answer = Box::pin(poll_fn(move |cx| {
            driven.background.work_for(cx.waker());
            let answered = answer.as_mut().poll(cx);
            driven.background.work();
            answered
        }));
        loop {
            match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(entry) => return entry,
                // Another thread does the background work.
                Poll::Pending if until == Tick::MAX => std::thread::yield_now(),
                Poll::Pending => return Entry::Pending(Pending::new(answer, until, refusal)),
            }
        }
    }

    fn expire(&self, token: Option<Token>) {
        self.limiter.expire(token);
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.at(exit.now(), || self.limiter.exit(token, exit));
    }

    fn status(&self, now: Tick) -> Status {
        Backend::status(&self.limiter, now)
    }
}

impl Limiter for Driven {
    fn peek(&self, call: &Call<'_>) -> KeyStatus {
        self.at(call.now(), || Limiter::peek(&self.limiter, call))
    }

    fn refund(&self, call: &Call<'_>) {
        self.at(call.now(), || Limiter::refund(&self.limiter, call));
    }

    fn reset(&self, call: &Call<'_>) {
        self.at(call.now(), || self.limiter.reset(call));
    }

    fn exhaust(&self, call: &Call<'_>) -> u64 {
        self.at(call.now(), || Limiter::exhaust(&self.limiter, call))
    }

    fn charge(&self, call: &Call<'_>) {
        self.at(call.now(), || Limiter::charge(&self.limiter, call));
    }
}
