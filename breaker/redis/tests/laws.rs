//! The laws of circuit breakers, over a store in this process, with the background work at every step.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use seawall_breaker::Probes;
use seawall_breaker_redis::{BreakerOptions, MemoryStore, SharedBreaker, SharedOptions};
use seawall_core::{Backend, Call, Clock, Driver, Entry, Exit, Layer, Status, Tick, Token};
use seawall_testkit::ManualClock;
use seawall_testkit::breaker::Setup;

/// A breaker whose background work is done whenever something is asked of it, at the time of the call.
struct Driven {
    breaker: SharedBreaker,
    time: ManualClock,
    work: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

fn options(setup: &Setup) -> SharedOptions {
    let breaker = BreakerOptions::new("subject")
        .failures(setup.failures)
        .window(setup.window)
        .reset_after(setup.reset_after)
        .probes(Probes::default().with_lease(setup.probe_lease));
    SharedOptions::new(breaker).seed(1 << 20)
}

fn start(setup: &Setup) -> Driven {
    let time = ManualClock::new();
    let store = Arc::new(MemoryStore::new(time.clock()));
    let breaker = SharedBreaker::start(&options(setup), store).expect("valid options");
    let breaker = breaker.with_driver(Driver::new().with_clock(time.clock()));
    let work: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(breaker.run());
    Driven { breaker, time, work: Mutex::new(work) }
}

fn with_clock(driven: &Driven, clock: &Clock) -> SharedBreaker {
    driven.time.advance_to(clock.now());
    driven.breaker.clone()
}

impl Driven {
    fn at<T>(&self, now: Tick, act: impl FnOnce(&SharedBreaker) -> T) -> T {
        self.time.advance_to(now);
        let mut cx = Context::from_waker(Waker::noop());
        let ended = self.work.lock().expect("no panic").as_mut().poll(&mut cx);
        assert!(ended.is_pending(), "the breaker is there");
        act(&self.breaker)
    }
}

impl Backend for Driven {
    fn layer(&self) -> &Layer {
        self.breaker.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        self.at(call.now(), |breaker| breaker.enter(call))
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.at(exit.now(), |breaker| breaker.exit(token, exit));
    }

    fn status(&self, now: Tick) -> Status {
        self.time.advance_to(now);
        Backend::status(&self.breaker, now)
    }
}

seawall_testkit::breaker_laws!(
    start,
    reconfigure = |driven, setup, clock| {
        with_clock(driven, clock).reconfigure(&options(setup)).expect("valid options");
    },
    force_open = |driven, clock| with_clock(driven, clock).circuit().force_open(),
    table = ("../../docs/backends.md", "redis")
);
