//! The laws of circuit breakers, kept by each circuit of a breaker that has one a key.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seawall_breaker::{BreakerOptions, KeyOptions, KeyedBreaker, Probes, State};
use seawall_core::{
    Backend, Call, Change, Clock, Driver, Entry, Exit, Key, Layer, Sleep, Status, Tick, TimeSource,
    Token, Verdict,
};
use seawall_testkit::breaker::Setup;

/// A keyed breaker, as a caller sees it that uses one key.
struct OneKey {
    breaker: KeyedBreaker,
    asked_at: AskedAt,
}

/// The time for which the status is asked.
#[derive(Clone, Debug, Default)]
struct AskedAt(Arc<AtomicU64>);

impl TimeSource for AskedAt {
    fn now(&self) -> Tick {
        Tick::from_nanos(self.0.load(Ordering::Relaxed))
    }

    fn sleep_until(&self, _at: Tick) -> Sleep {
        unreachable!("a breaker does not sleep")
    }
}

const KEY: (&str, u8) = ("host", 1);

fn options(setup: &Setup) -> BreakerOptions {
    BreakerOptions::new("subject")
        .failures(setup.failures)
        .window(setup.window)
        .reset_after(setup.reset_after)
        .probes(Probes::default().with_lease(setup.probe_lease))
}

fn start(setup: &Setup) -> OneKey {
    let breaker = KeyedBreaker::start(&options(setup), &KeyOptions::new()).expect("valid");
    let asked_at = AskedAt::default();
    let clock = Clock::custom(asked_at.clone());
    OneKey { breaker: breaker.with_driver(Driver::new().with_clock(clock)), asked_at }
}

/// The hash of one key differs from breaker to breaker.
fn without_hash(change: Change) -> Change {
    Change::new(change.from, change.to, change.cause).with_sequence(change.sequence)
}

impl Backend for OneKey {
    fn layer(&self) -> &Layer {
        self.breaker.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        let keyed = Call::at(call.now()).with_key(Key::new(&KEY));
        let entry = self.breaker.enter(&keyed);
        if let Some(change) = keyed.take_change() {
            call.note(without_hash(change));
        }
        entry
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.breaker.exit(token, exit);
        if let Some(change) = exit.take_change() {
            exit.note(without_hash(change));
        }
    }

    fn status(&self, now: Tick) -> Status {
        self.asked_at.0.store(now.as_nanos(), Ordering::Relaxed);
        let status = self.breaker.status(KEY);
        let state = status.as_ref().map_or(State::Closed, |status| status.state);
        let retry_after = status.as_ref().and_then(|status| status.retry_after);
        // No other key has calls, so the books of all are its own.
        let all = Backend::status(&self.breaker, now);
        let books = Verdict::ALL.iter().map(|verdict| verdict.as_str());
        let books = books.chain(["admitted", "refused", "late"]);
        let one = Status::new(self.layer(), state.as_str()).with_retry_after(retry_after);
        books.fold(one, |one, name| {
            one.with_counter(name, all.reading(name).expect("it is there"), "{call}")
        })
    }
}

seawall_testkit::breaker_laws!(
    start,
    reconfigure = |one: &OneKey, setup: &Setup, clock: &Clock| {
        one.asked_at.0.store(clock.now().as_nanos(), Ordering::Relaxed);
        one.breaker.reconfigure(&options(setup), &KeyOptions::new()).expect("valid options");
    },
    force_open = |one: &OneKey, clock: &Clock| {
        one.asked_at.0.store(clock.now().as_nanos(), Ordering::Relaxed);
        one.breaker.force_open(KEY).expect("there is room for one key");
    },
    table = ("../../docs/backends.md", "native, one key of many"),
);
