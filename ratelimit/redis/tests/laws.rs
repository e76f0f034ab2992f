//! The laws of rate limiters, over a store in this process that answers at once.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use seawall_core::{
    Backend, Call, Clock, Driver, Entry, Exit, KeyStatus, Layer, Limiter, Pending, Status, Tick,
    Token,
};
use seawall_ratelimit_redis::{MemoryStore, RateLimiter, Rule};
use seawall_testkit::ManualClock;
use seawall_testkit::limiter::Setup;

/// A limiter whose background work is done whenever something is asked of it, at the time of the call.
#[derive(Clone)]
struct Driven {
    limiter: RateLimiter,
    time: ManualClock,
    work: Arc<Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    wakers: Arc<Wakers>,
}

/// Wakes the calls that wait, which do the background work then.
#[derive(Default)]
struct Wakers(Mutex<Vec<Waker>>);

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        let wakers = std::mem::take(&mut *self.0.lock().expect("no panic"));
        wakers.into_iter().for_each(Waker::wake);
    }
}

fn rule(setup: &Setup) -> Rule {
    let rule = Rule::new("subject", setup.limit, setup.period).burst(setup.burst);
    let rule = rule.max_wait(setup.max_wait).max_keys(setup.max_keys);
    setup.key_parts.into_iter().fold(rule, Rule::key_parts)
}

impl Driven {
    fn start(setup: &Setup) -> Self {
        let time = ManualClock::new();
        let store = Arc::new(MemoryStore::new(time.clock()));
        let limiter = RateLimiter::start_with_seed(&rule(setup), store, 1);
        let driver = Driver::new().with_clock(time.clock());
        let limiter = limiter.expect("a valid rule").with_driver(driver);
        let work: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(limiter.run());
        Self { limiter, time, work: Arc::new(Mutex::new(work)), wakers: Arc::default() }
    }

    fn work(&self) {
        let waker = Waker::from(Arc::clone(&self.wakers));
        let mut cx = Context::from_waker(&waker);
        let ended = self.work.lock().expect("no panic").as_mut().poll(&mut cx);
        assert!(ended.is_pending(), "the limiter is there");
    }

    fn at<T>(&self, now: Tick, act: impl FnOnce() -> T) -> T {
        self.time.advance_to(now);
        self.work();
        let done = act();
        self.work();
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
            driven.wakers.0.lock().expect("no panic").push(cx.waker().clone());
            driven.work();
            let answered = answer.as_mut().poll(cx);
            driven.work();
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

fn start(setup: &Setup) -> Driven {
    Driven::start(setup)
}

fn set_rule(driven: &Driven, setup: &Setup, _: &Clock) {
    driven.limiter.set_rule(&rule(setup)).expect("a valid rule");
}

seawall_testkit::limiter_laws!(
    start,
    set_rule = set_rule,
    table = ("../../docs/backends.md", "redis"),
    cannot {
        waiting = "calls wait for the background work, whose clock these laws do not turn",
        whole_limit_is_given_out = "what was just granted takes room in the bucket for some milliseconds, in which nothing flows into a burst of a few tokens",
        origin_of_time_does_not_matter = "what is granted ends at whole parts of the store's time",
        extreme_limits_are_kept = "of a key that a store has never seen, it knows only that it is as old as the store",
        peek_agrees_with_entering = "an instance knows what it holds, and what the store last said",
        remaining_can_be_spent = "an instance knows what it holds, and what the store last said",
        reset_time_is_when_all_is_back = "an instance knows what it holds, and what the store last said",
        unused_call_leaves_no_trace = "an instance knows what it holds, and what the store last said",
        reset_forgets_one_key = "the store keeps its count",
    }
);
