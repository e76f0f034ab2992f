//! A circuit for each key.

use std::time::Duration;

use seawall_breaker::{BreakerOptions, KeyOptions, KeyedBreaker, RefusalKind, State, Verdict};
use seawall_core::{Backend, Driver, KeyParts, Permit, Refusal};
use seawall_testkit::{ManualClock, Recorder};

use crate::fixture::{MS, SECOND};

mod manual;
mod room;
mod telling;

struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    breaker: KeyedBreaker,
}

impl Fixture {
    fn new(options: &BreakerOptions, keys: &KeyOptions) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let breaker = KeyedBreaker::start(options, keys).expect("valid").with_driver(driver);
        Self { time, recorder, breaker }
    }

    fn acquire(
        &self,
        key: impl KeyParts + Send + Sync,
    ) -> Result<Permit<'_, KeyedBreaker>, Refusal> {
        self.breaker.protect().key(key).acquire_blocking()
    }

    #[track_caller]
    fn admitted(&self, key: impl KeyParts + Send + Sync) -> Permit<'_, KeyedBreaker> {
        self.acquire(key).expect("admitted")
    }

    /// Is a call let through? It says nothing then.
    fn admits(&self, key: impl KeyParts + Send + Sync) -> bool {
        self.acquire(key).map(|permit| permit.settle(Verdict::Ignored)).is_ok()
    }

    #[track_caller]
    fn fail(&self, key: impl KeyParts + Send + Sync, times: u32) {
        (0..times).for_each(|_| self.admitted(&key).failure());
    }

    #[track_caller]
    fn succeed(&self, key: impl KeyParts + Send + Sync) {
        self.admitted(key).success();
    }

    fn wait(&self, time: Duration) {
        self.time.advance(time);
    }

    /// The state of the key's circuit, if it is kept.
    fn state(&self, key: impl KeyParts + Send + Sync) -> Option<State> {
        Some(self.breaker.status(key)?.state)
    }

    fn is_kept(&self, key: impl KeyParts + Send + Sync) -> bool {
        self.breaker.status(key).is_some()
    }
}

fn options() -> BreakerOptions {
    BreakerOptions::new("partners").failures(2)
}

#[test]
fn failures_of_one_key_open_its_circuit_and_no_other() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    bench.fail(("host", "a"), 2);
    bench.fail(("host", "b"), 1);
    bench.wait(SECOND);
    let refusal = bench.acquire(("host", "a")).expect_err("open");
    assert_eq!(refusal.kind(), RefusalKind::CircuitOpen);
    assert_eq!(refusal.by(), bench.breaker.layer());
    assert_eq!(refusal.retry_after(), Some(4 * SECOND));
    assert!(bench.admits(("host", "b")) && bench.admits(("host", "c")));
    assert_eq!(bench.state(("host", "a")), Some(State::Open));
    assert_eq!(bench.state(("host", "b")), Some(State::Closed));
}

#[test]
fn each_key_is_probed_by_itself() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    bench.fail("a", 2);
    bench.wait(SECOND);
    bench.fail("b", 2);
    bench.wait(4 * SECOND);
    let probe = bench.admitted("a");
    assert!(!bench.admits("a") && !bench.admits("b"));
    probe.success();
    bench.wait(SECOND);
    bench.fail("b", 1);
    assert_eq!([bench.state("a"), bench.state("b")], [Some(State::Closed), Some(State::Open)]);
}

#[test]
fn composite_keys_that_read_alike_are_apart() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    bench.fail(("a:b", "c"), 2);
    assert!(!bench.admits(("a:b", "c")) && bench.admits(("a", "b:c")));
}

#[test]
fn calls_without_a_key_have_a_circuit_of_their_own() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    let unkeyed = || bench.breaker.protect().acquire_blocking();
    unkeyed().expect("closed").failure();
    unkeyed().expect("closed").failure();
    assert_eq!(unkeyed().expect_err("open").retry_after(), Some(5 * SECOND));
    assert!(bench.admits("a"));
    assert_eq!(bench.breaker.summary().unkeyed.state, State::Open);
    bench.wait(5 * SECOND);
    unkeyed().expect("a probe").success();
    assert_eq!(bench.breaker.summary().unkeyed.state, State::Closed);
}

#[test]
fn keys_that_begin_alike_can_have_one_circuit() {
    let bench = Fixture::new(&options(), &KeyOptions::new().key_parts(1));
    bench.fail(("acme", "ann"), 1);
    bench.fail(("acme", "bob"), 1);
    assert!(!bench.admits(("acme", "cid")) && bench.admits(("other", "ann")));
    assert_eq!(bench.breaker.hash(("acme", 1)), bench.breaker.hash(("acme", 2)));
    assert_eq!(bench.breaker.keys(), 2);
}

#[test]
fn a_host_is_named_by_the_first_part_of_the_keys() {
    let bench = Fixture::new(&options(), &KeyOptions::new().key_parts(1));
    bench.fail(("acme", "ann"), 2);
    assert_eq!(bench.state("acme"), Some(State::Open));
    assert_eq!(bench.breaker.hash("acme"), bench.breaker.hash(("acme", 1)));
    bench.breaker.reset("acme").expect("there is room");
    assert!(bench.admits(("acme", "bob")));
    bench.breaker.trip("acme", SECOND).expect("there is room");
    assert!(!bench.admits(("acme", "bob")) && bench.admits(("other", "bob")));
    assert_eq!(bench.state(("acme",)), Some(State::Open));
}

#[test]
fn with_no_part_of_the_key_all_calls_have_one_circuit() {
    let bench = Fixture::new(&options(), &KeyOptions::new().key_parts(0));
    bench.fail("a", 1);
    bench.fail("b", 1);
    assert!(bench.breaker.protect().acquire_blocking().is_err());
    assert_eq!((bench.state("c"), bench.breaker.keys()), (Some(State::Open), 0));
    bench.breaker.reset("d").expect("it is there");
    assert!(bench.admits("a"));
    assert_eq!(bench.breaker.hash("a"), None);
}

#[test]
fn it_runs_async_and_blocking_with_its_timeouts() {
    let options = options().failures(3).call_timeout(10 * MS);
    let bench = Fixture::new(&options, &KeyOptions::new());
    let clock = bench.time.clock();
    let slow = async || {
        clock.sleep_until(clock.now() + SECOND).await;
        Ok::<_, ()>(1)
    };
    let cut = bench.time.block_on(bench.breaker.execute("a", slow, 50 * MS));
    assert!(cut.expect_err("cut").is_timed_out());
    let cut = bench.time.block_on(bench.breaker.protect().key("a").run(slow));
    assert!(cut.expect_err("cut").is_timed_out());
    let longer = options.clone().failures(4).call_timeout(2 * SECOND);
    bench.breaker.reconfigure(&longer, &KeyOptions::new()).expect("valid");
    let whole = bench.time.block_on(bench.breaker.protect().key("a").run(slow));
    assert_eq!(whole.expect("time enough"), 1);
    bench.breaker.reconfigure(&options, &KeyOptions::new()).expect("valid");
    bench.breaker.execute_blocking("a", || Err::<(), _>("failed")).expect_err("failed");
    let instead = bench.breaker.execute_or("a", slow, SECOND, |refusal| {
        assert!(refusal.is_circuit_open());
        7
    });
    assert_eq!(bench.time.block_on(instead).expect("a value for it"), 7);
    let blocking = bench.breaker.execute_blocking_or("a", || Ok::<_, ()>(8), |_| 9);
    assert_eq!(blocking.expect("a value for it"), 9);
    let other = bench.breaker.execute_or("b", async || Ok::<_, ()>(8), SECOND, |_| 7);
    assert_eq!(bench.time.block_on(other).expect("closed"), 8);
}

#[test]
fn a_call_on_a_known_key_allocates_nothing() {
    let time = ManualClock::new();
    let breaker = KeyedBreaker::start(&options().failures(3), &KeyOptions::new()).expect("valid");
    let breaker = breaker.with_driver(Driver::new().with_clock(time.clock()));
    let host = String::from("a host with a long name, and then some more");
    let call = |result: Result<(), ()>| {
        let run =
            || _ = std::hint::black_box(breaker.execute_blocking(("host", &*host), || result));
        allocation_counter::measure(run).count_total
    };
    assert_ne!(call(Ok(())), 0, "it is made for the first");
    assert_eq!([call(Ok(())), call(Err(())), call(Err(())), call(Err(()))], [0; 4]);
    assert_eq!(breaker.status(("host", &*host)).map(|status| status.state), Some(State::Open));
    assert_eq!([call(Ok(())), call(Ok(()))], [0; 2], "it refuses");
    let asked = allocation_counter::measure(|| _ = std::hint::black_box(breaker.status("other")));
    assert_eq!((asked.count_total, breaker.keys()), (0, 1), "asking keeps nothing");
}

#[test]
fn a_call_that_is_dropped_where_it_waits_holds_no_key() {
    let keys = KeyOptions::new().max_keys(1);
    let bench = Fixture::new(&options(), &keys);
    let clock = bench.time.clock();
    let mut key = 0_u32;
    let make = || {
        key += 1;
        let op = async || {
            for _ in 0..3 {
                clock.sleep_until(clock.now() + MS).await;
            }
            Ok::<_, ()>(())
        };
        bench.breaker.execute(("host", key), op, SECOND)
    };
    let check = |awaits| {
        let summary = bench.breaker.summary();
        assert_eq!((summary.calls.in_flight(), summary.keys), (0, 1), "after {awaits} awaits");
        assert_eq!(summary.shared.calls.admitted, 0, "there is room for each");
    };
    let places = seawall_testkit::cancel::at_every_await(&bench.time, make, check);
    assert_eq!(places, 3);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let start = |options: &BreakerOptions, keys: &KeyOptions| {
        KeyedBreaker::start(options, keys).expect_err("invalid").to_string()
    };
    let keys = KeyOptions::new();
    for most in [0, KeyOptions::MAX_KEYS + 1] {
        let found = start(&options(), &keys.max_keys(most));
        assert_eq!(found, "circuit breaker `partners`: `max_keys` must be between 1 and 4,194,304");
    }
    assert!(start(&options(), &keys.forget_after(Duration::ZERO)).contains("`forget_after`"));
    assert!(start(&options().failures(0), &keys).contains("`failures`"));
    KeyedBreaker::start(&options(), &keys.max_keys(KeyOptions::MAX_KEYS)).expect("valid");
}

#[test]
fn a_key_is_only_borrowed_and_clones_are_the_same_breaker() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    let key = ("host".to_owned(), 7);
    let clone = bench.breaker.clone();
    for _ in 0..2 {
        clone.execute_blocking(&key, || Err::<(), ()>(())).expect_err("failed");
    }
    assert_eq!(bench.state(("host", 7)), Some(State::Open));
}
