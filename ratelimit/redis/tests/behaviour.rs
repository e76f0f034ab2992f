//! What a limiter asks of its store, and what it does without it.

mod support;

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{Either, FutureExt as _, join_all, select};
use seawall_core::{Driver, Refusal, RefusalKind, Status, Topic};
use seawall_ratelimit_redis::{Away, KeyOverflow, Limit, MemoryStore, RateLimiter, Rule, Store};
use seawall_testkit::cluster::{Tampered, Tampering};
use seawall_testkit::{ManualClock, Recorder, cancel};
use support::{MS, Network, Weather};

const SECOND: Duration = Duration::from_secs(1);

/// A limiter with its background work, behind a network on which a way takes a millisecond.
struct Bench {
    time: ManualClock,
    network: Arc<Network>,
    recorder: Recorder,
    limiter: RateLimiter,
    work: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Bench {
    fn new(rule: &Rule) -> Self {
        Self::over(rule, Weather::CALM)
    }

    fn over(rule: &Rule, weather: Weather) -> Self {
        let time = ManualClock::new();
        time.advance(1000 * SECOND);
        let store = Arc::new(MemoryStore::new(time.clock()));
        let network = Network::new(&store, &time.clock(), weather, 1);
        Self::behind(network, rule, &time, 1)
    }

    fn of(rule: &Rule, time: &ManualClock, store: &Arc<MemoryStore>, seed: u64) -> Self {
        let network = Network::new(store, &time.clock(), Weather::CALM, seed);
        Self::behind(network, rule, time, seed)
    }

    fn behind(network: Arc<Network>, rule: &Rule, time: &ManualClock, seed: u64) -> Self {
        let recorder = Recorder::new();
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let limiter = RateLimiter::start_with_seed(rule, Arc::clone(&network) as _, seed);
        let limiter = limiter.expect("a valid rule").with_driver(driver);
        let work = Mutex::new(limiter.run().boxed());
        Self { time: time.clone(), network, recorder, limiter, work }
    }

    /// Runs `future` to its end, with the background work.
    fn play<F: Future>(&self, future: F) -> F::Output {
        let mut work = self.work.lock().expect("no panic");
        let both = select(Box::pin(future), work.as_mut());
        match self.time.block_on(both) {
            Either::Left((output, _)) => output,
            Either::Right(_) => panic!("the background work has ended"),
        }
    }

    fn pass(&self, time: Duration) {
        let until = self.time.now() + time;
        self.play(self.time.clock().sleep_until(until));
    }

    fn check(&self, key: &'static str, cost: u32) -> Result<(), Refusal> {
        self.play(self.limiter.wait(key, cost, Duration::ZERO))
    }

    fn check_unkeyed(&self) -> Result<(), Refusal> {
        let call = self.limiter.protect().max_wait(Duration::ZERO);
        self.play(call.acquire()).map(seawall_core::Permit::success)
    }

    fn admitted(&self, calls: usize, key: &'static str) -> usize {
        (0..calls).filter(|_| self.check(key, 1).is_ok()).count()
    }

    fn status(&self) -> Status {
        seawall_core::Backend::status(&self.limiter, self.time.now())
    }

    fn reading(&self, name: &str) -> u64 {
        self.status().reading(name).expect("a reading of that name")
    }
}

fn rule(limit: u32) -> Rule {
    Rule::new("api", limit, SECOND)
}

#[test]
fn the_first_call_of_a_key_waits_for_the_store_and_later_ones_do_not() {
    let bench = Bench::new(&rule(1000));
    let begin = bench.time.now();
    bench.check("ann", 1).expect("the key is unused");
    // The store is contacted, shown to answer, and asked.
    assert_eq!(bench.time.now().since(begin), 5 * MS);
    for _ in 0..100 {
        bench.check("ann", 1).expect("the key has tokens");
    }
    let (before, requests) = (bench.time.now(), bench.network.requests());
    let leased = bench.reading("leased");
    assert!(leased > 10, "{leased}");
    assert_eq!(bench.admitted(10, "ann"), 10);
    assert_eq!((bench.time.now(), bench.network.requests()), (before, requests));
}

#[test]
fn a_crowd_of_a_key_makes_one_request() {
    let bench = Bench::new(&rule(1000));
    bench.pass(10 * MS);
    let before = bench.network.requests();
    let calls = (0..50).map(|_| bench.limiter.wait("ann", 1, Duration::ZERO));
    let admitted = bench.play(join_all(calls)).into_iter().filter(Result::is_ok).count();
    assert_eq!((admitted, bench.network.requests() - before), (50, 1));
}

#[test]
fn an_exhausted_key_is_refused_without_asking_again() {
    let bench = Bench::new(&rule(10));
    assert_eq!(bench.admitted(12, "ann"), 10);
    let refusal = bench.check("ann", 1).expect_err("exhausted");
    assert_eq!((refusal.kind(), refusal.limit()), (RefusalKind::RateLimited, Some(10)));
    let before = bench.network.requests();
    assert_eq!(bench.admitted(50, "ann"), 0);
    assert_eq!(bench.network.requests(), before);
    bench.pass(refusal.retry_after().expect("a time"));
    bench.check("ann", 1).expect("tokens have flowed in");
}

#[test]
fn a_call_gets_no_token_that_the_store_granted_before_it_came() {
    let weather = Weather { way: (25 * MS, 25 * MS), ..Weather::CALM };
    let bench = Bench::over(&rule(10).burst(1), weather);
    bench.check("ann", 1).expect("the key is unused");
    bench.pass(SECOND);
    let asked = bench.time.now();
    let at = |time| bench.time.clock().sleep_until(asked + time);
    let first = async {
        drop(select(Box::pin(bench.limiter.wait("ann", 1, Duration::ZERO)), at(10 * MS)).await);
    };
    let second = async {
        at(40 * MS).await;
        bench.limiter.wait("ann", 1, Duration::ZERO).await
    };
    let ((), second) = bench.play(futures_util::future::join(first, second));
    second.expect_err("the token is of the call that has left");
    bench.pass(200 * MS);
    bench.check("ann", 1).expect("another has flowed in");
}

#[test]
fn instances_share_one_limit() {
    let one = Bench::new(&rule(20));
    let other = Bench::of(&rule(20), &one.time, &one.network.store, 2);
    let begin = one.time.now();
    let mut admitted = 0;
    for _ in 0..30 {
        admitted += one.admitted(1, "ann") + other.admitted(1, "ann");
    }
    let most = 20 + usize::try_from(one.time.now().since(begin).as_millis() / 50).expect("few");
    assert!(admitted <= most && admitted >= 19, "{admitted} of {most}");
}

#[test]
fn a_call_that_may_wait_gets_its_tokens_when_they_are_there() {
    let bench = Bench::new(&rule(10));
    assert_eq!(bench.admitted(10, "ann"), 10);
    let begin = bench.time.now();
    bench.play(bench.limiter.wait("ann", 3, SECOND)).expect("within a second");
    let waited = bench.time.now().since(begin);
    assert!(waited >= 250 * MS && waited <= 900 * MS, "{waited:?}");
    let refusal = bench.play(bench.limiter.wait("ann", 10, 100 * MS)).expect_err("too soon");
    assert_eq!(refusal.kind(), RefusalKind::RateLimited);
    assert_eq!(bench.time.now().since(begin + waited), 2 * MS, "as soon as the store says so");
}

#[test]
fn a_caller_that_leaves_at_any_await_takes_nothing() {
    let bench = Bench::new(&rule(5).max_lease(SECOND));
    bench.pass(10 * MS);
    let make = || {
        let mut call = Box::pin(bench.limiter.wait("ann", 1, 10 * SECOND));
        let work = &bench.work;
        std::future::poll_fn(move |cx| {
            let _never = work.lock().expect("no panic").poll_unpin(cx);
            call.poll_unpin(cx)
        })
    };
    // Only the last one is not dropped.
    let drops = cancel::at_every_await(&bench.time, make, |_| {});
    assert!(drops > 0, "a call awaits the store");
    bench.pass(10 * MS);
    let status = bench.status();
    assert_eq!(status.in_flight(), Some(0));
    assert_eq!(bench.admitted(6, "ann"), 4);
}

#[test]
fn a_call_that_a_later_layer_refuses_gets_its_tokens_back() {
    let bench = Bench::new(&rule(5));
    for _ in 0..20 {
        let reserve = bench.limiter.protect().key("ann").cost(3).max_wait(Duration::ZERO).reserve();
        drop(bench.play(reserve).expect("the tokens of the last one are back"));
    }
    assert_eq!(bench.admitted(7, "ann"), 5);
}

#[test]
fn without_background_work_a_call_is_answered_as_if_the_store_was_away() {
    for (away, admitted) in [(Away::Deny, false), (Away::LocalShare, false), (Away::Allow, true)] {
        let time = ManualClock::new();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(time.clock()));
        let limiter = RateLimiter::start(&rule(5).away(away), store).expect("a valid rule");
        let limiter = limiter.with_driver(Driver::new().with_clock(time.clock()));
        let begin = time.now();
        let call = limiter.protect().max_wait(Duration::ZERO).acquire();
        let answer = time.block_on(call).map(seawall_core::Permit::success);
        assert_eq!(answer.is_ok(), admitted, "{away:?}");
        assert_eq!(time.now().since(begin), 250 * MS);
        let status = seawall_core::Backend::status(&limiter, time.now());
        assert_eq!(status.state, "stopped");
    }
}

#[test]
fn a_store_that_is_away_is_reported_once_and_so_is_its_return() {
    let bench = Bench::new(&rule(100));
    bench.check("ann", 1).expect("the key is unused");
    bench.network.cut(true);
    for _ in 0..20 {
        bench.pass(50 * MS);
        let _either = bench.check("bob", 1);
    }
    assert_eq!(bench.recorder.count(Topic::ComponentDegraded), 1);
    let refusal = bench.check("bob", 1).expect_err("the store is away");
    assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable);
    let source = std::error::Error::source(&refusal).expect("the cause").to_string();
    assert_eq!(source, "memory behind a network: is cut off");
    assert_eq!((bench.reading("connected"), bench.status().state), (0, "away"));
    assert!(bench.reading("away_for") > 500);
    bench.network.cut(false);
    bench.pass(2 * SECOND);
    bench.check("bob", 1).expect("the store is back");
    assert_eq!(bench.recorder.count(Topic::ComponentRecovered), 1);
    assert_eq!((bench.reading("connected"), bench.reading("away_for")), (1, 0));
}

#[test]
fn leased_tokens_are_used_while_the_store_is_away_until_the_lease_ends() {
    let bench = Bench::new(&rule(1000));
    assert_eq!(bench.admitted(200, "ann"), 200);
    let leased = usize::try_from(bench.reading("leased")).expect("few");
    assert!(leased > 0);
    bench.network.cut(true);
    assert_eq!(bench.admitted(leased + 10, "ann"), leased);
    let bench = Bench::new(&rule(1000));
    assert_eq!(bench.admitted(200, "ann"), 200);
    bench.network.cut(true);
    bench.pass(400 * MS);
    assert_eq!(bench.admitted(10, "ann"), 0, "the lease has ended");
}

#[test]
fn the_share_of_calls_without_a_key_begins_a_second_after_the_last_request_and_ends_in_time() {
    let bench = Bench::new(&rule(100).away(Away::LocalShare));
    // The store gives shares to instances once all that it does not know have been silent for six seconds.
    for _ in 0..80 {
        bench.pass(100 * MS);
        let _either = bench.check_unkeyed();
    }
    bench.network.cut(true);
    let cut = bench.time.now();
    let mut times = Vec::new();
    for _ in 0..10_000 {
        bench.pass(MS);
        if bench.check_unkeyed().is_ok() {
            times.push(bench.time.now().since(cut));
        }
    }
    let alone: Vec<_> = times.into_iter().filter(|time| *time > 400 * MS).collect();
    assert!(alone.len() > 300, "{}", alone.len());
    assert!(alone[0] > 900 * MS && alone[0] < 1500 * MS, "{:?}", alone[0]);
    assert!(alone.last() < Some(&(6 * SECOND)), "{:?}", alone.last());
    assert!(alone.windows(2).all(|pair| pair[1] - pair[0] >= 10 * MS), "evenly");
}

#[test]
fn after_a_long_outage_a_store_without_its_data_grants_nothing_while_shares_may_be_used() {
    let bench = Bench::new(&rule(100).away(Away::LocalShare));
    for _ in 0..80 {
        bench.pass(100 * MS);
        let _either = bench.check_unkeyed();
    }
    for (outage, least, most) in [(3, 0, 2), (6, 5, 8)] {
        bench.network.cut(true);
        bench.pass(outage * SECOND);
        bench.network.store.restart_empty();
        bench.network.cut(false);
        let back = bench.time.now();
        // Tokens of its share that it uses before it finds the store do not count.
        while bench.reading("leased") == 0 {
            bench.pass(10 * MS);
            let _either = bench.check_unkeyed();
            assert!(bench.time.now().since(back) < most * SECOND, "{outage} s");
        }
        assert!(bench.time.now().since(back) >= least * SECOND, "{outage} s");
        bench.pass(7 * SECOND);
    }
}

#[test]
fn the_share_of_a_key_is_the_rate_by_the_instances_and_is_owed_when_the_store_is_back() {
    let rule = Rule::new("api", 1000, 10 * SECOND).away(Away::LocalShare).instances(4);
    let bench = Bench::new(&rule);
    assert_eq!(bench.admitted(10, "ann"), 10);
    bench.network.cut(true);
    bench.pass(SECOND);
    let alone = (0..4000).filter(|_| {
        bench.pass(MS);
        bench.check("ann", 1).is_ok()
    });
    let alone = alone.count();
    assert!((97..=103).contains(&alone), "{alone} in four seconds");
    assert!(bench.check("ann", 2).is_err(), "one at a time");
    bench.network.cut(false);
    // A probe, and the time before which the key asks for nothing.
    while bench.reading("connected") == 0 {
        bench.pass(10 * MS);
    }
    let back = bench.time.now();
    while bench.limiter.peek("ann", 1).remaining > 950 {
        bench.pass(10 * MS);
        assert!(bench.time.now().since(back) < 2 * SECOND, "it is not owed");
    }
}

#[test]
fn a_limit_that_is_not_kept_without_the_store_admits_all_calls_meanwhile() {
    let bench = Bench::new(&rule(2).away(Away::Allow));
    assert_eq!(bench.admitted(5, "ann"), 2);
    bench.network.cut(true);
    bench.pass(SECOND);
    let _noticed = bench.check("ann", 1);
    assert_eq!(bench.admitted(20, "ann"), 20);
    assert!(bench.reading("passed_without_store") >= 20);
    bench.network.cut(false);
    bench.pass(2 * SECOND);
    assert!(bench.admitted(20, "ann") <= 3);
}

#[test]
fn an_answer_that_cannot_be_one_mints_no_tokens() {
    let number = Tampering::Number;
    for tampering in [
        Tampering::Cut(0),
        Tampering::Cut(7),
        Tampering::Forged(vec![0.0; 9]),
        number(0, 1.0),
        number(0, 2.0),
        number(1, f64::NAN),
        number(2, 1_000_000.0),
        number(2, -1.0),
        number(2, 0.5),
        number(2, 1e300),
        number(3, -9.0),
        number(4, f64::INFINITY),
        number(5, 1.1),
        number(6, f64::NAN),
        number(7, 0.0),
    ] {
        let time = ManualClock::new();
        time.advance(SECOND);
        let store = Arc::new(Tampered::new(time.clock()));
        let limiter = RateLimiter::start(&rule(10), Arc::clone(&store) as _).expect("valid");
        let limiter = limiter.with_driver(Driver::new().with_clock(time.clock()));
        let mut work = limiter.run().boxed();
        assert!((&mut work).now_or_never().is_none(), "connected");
        (0..100).for_each(|_| store.tamper(tampering.clone()));
        let mut admitted = 0;
        for _ in 0..20 {
            let call = Box::pin(limiter.wait("ann", 1, Duration::ZERO));
            let Either::Left((answer, _)) = time.block_on(select(call, &mut work)) else {
                panic!("the background work has ended")
            };
            admitted += u32::from(answer.is_ok());
        }
        assert_eq!(admitted, 0, "{tampering:?}");
        assert_eq!(limiter.protect().key("ann").exhaust().min(11), 0, "{tampering:?}");
    }
}

#[test]
fn a_rule_changes_while_the_limiter_runs() {
    let bench = Bench::new(&rule(100));
    assert_eq!(bench.admitted(100, "ann"), 100);
    bench.limiter.set_rule(&rule(10)).expect("valid");
    bench.pass(2 * SECOND);
    assert!(bench.admitted(50, "ann") <= 12);
    bench.limiter.set_rule(&rule(1000)).expect("valid");
    bench.pass(SECOND);
    assert!(bench.admitted(500, "ann") > 400);
    let other = Rule::new("other", 1, SECOND);
    let error = bench.limiter.set_rule(&other).expect_err("another limit").to_string();
    assert_eq!(error, "rate limit `api`: `name` cannot change while the limiter is running");
}

#[test]
fn a_key_has_a_limit_of_its_own_or_is_blocked() {
    let bench = Bench::new(&rule(100));
    bench.limiter.set_limit_of("ann", Limit::new(2, 10 * SECOND)).expect("valid");
    bench.limiter.set_limit_of("bob", Limit::new(0, SECOND)).expect("valid");
    assert_eq!(bench.admitted(5, "ann"), 2);
    assert_eq!(bench.admitted(5, "cy"), 5);
    let refusal = bench.check("bob", 1).expect_err("blocked");
    assert_eq!(refusal.kind(), RefusalKind::KeyBlocked);
    let refusal = bench.check("ann", 3).expect_err("too much");
    assert_eq!((refusal.kind(), refusal.limit()), (RefusalKind::CostAboveLimit, Some(2)));
    bench.limiter.clear_limit_of("bob");
    assert_eq!(bench.admitted(3, "bob"), 3);
}

#[test]
fn keys_without_room_share_a_count_or_are_refused_or_take_the_place_of_others() {
    for (overflow, admitted) in
        [(KeyOverflow::Shared, 2), (KeyOverflow::Reject, 0), (KeyOverflow::EvictColdest, 4)]
    {
        let bench = Bench::new(&Rule::new("api", 2, 60 * SECOND).max_keys(2).overflow(overflow));
        assert_eq!(bench.admitted(3, "ann") + bench.admitted(3, "bob"), 4);
        let others = bench.admitted(2, "cy") + bench.admitted(2, "dan");
        assert_eq!(others, admitted, "{overflow:?}");
        assert!(bench.reading("keys") <= 2);
        // What the store counts is not forgiven.
        assert_eq!(bench.admitted(5, "ann"), 0, "{overflow:?}");
    }
}

#[test]
fn tokens_that_are_charged_or_exhausted_are_taken_in_the_store_too() {
    let bench = Bench::new(&Rule::new("api", 10, 60 * SECOND));
    let other = Bench::of(&Rule::new("api", 10, 60 * SECOND), &bench.time, &bench.network.store, 2);
    bench.limiter.charge("ann", 4);
    bench.pass(10 * MS);
    assert_eq!(other.admitted(10, "ann"), 6);
    assert_eq!(bench.limiter.exhaust("bob"), 10);
    bench.pass(10 * MS);
    other.pass(10 * MS);
    assert_eq!(other.admitted(3, "bob"), 0);
}

#[test]
fn equal_seeds_do_the_same() {
    let run = |seed| {
        let time = ManualClock::new();
        time.advance(1000 * SECOND);
        let store = Arc::new(MemoryStore::new(time.clock()));
        let bench = Bench::of(&rule(50), &time, &store, seed);
        (0..300).map(|_| (bench.check("ann", 1).is_ok(), bench.time.now())).collect::<Vec<_>>()
    };
    assert_eq!(run(5), run(5));
}

#[test]
fn the_background_work_ends_with_the_limiter_and_can_be_run_again() {
    let bench = Bench::new(&rule(100));
    bench.check("ann", 1).expect("unused");
    *bench.work.lock().expect("no panic") = std::future::pending().boxed();
    *bench.work.lock().expect("no panic") = bench.limiter.run().boxed();
    bench.check("bob", 1).expect("unused");
    let Bench { limiter, work, .. } = bench;
    drop(limiter);
    let ended = work.into_inner().expect("no panic").now_or_never();
    assert!(ended.is_some(), "no handle is left");
}

#[test]
fn a_cost_that_a_share_does_not_have_is_asked_for_as_such() {
    let bench = Bench::new(&rule(100));
    let other = Bench::of(&rule(100), &bench.time, &bench.network.store, 2);
    for _ in 0..50 {
        let _either = other.check("ann", 1);
    }
    bench.check("ann", 20).expect("as many are left");
}
