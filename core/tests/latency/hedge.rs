//! Copies of calls that take long: what they gain, what they cost, and when none is sent.

use std::cell::RefCell;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::policy::{Attempt, Budget, BudgetOptions, Hedge, Policy};
use seawall_core::{Class, Component, Driver, Handle, Topic, Verdict};
use seawall_testkit::{Answer, ManualClock, Recorder, Scripted, cancel};

use crate::random::{Random, lognormal};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    budget: Budget,
    breaker: Arc<Scripted>,
    handle: Handle<Arc<Scripted>>,
}

impl Fixture {
    fn new(hedge: Hedge) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let budget = Budget::start(&BudgetOptions::new("service")).expect("valid options");
        let policy = Policy::new(&budget).with_hedge(hedge).expect("valid options");
        let breaker = Arc::new(Scripted::new(Component::CircuitBreaker, "service"));
        let handle = driver.handle(breaker.clone()).with_policy(policy);
        Self { time, recorder, budget, breaker, handle }
    }

    /// A hedge after 10 ms, and a share that 100 calls have filled.
    fn after_10_ms() -> Self {
        let fixture = Self::new(Hedge::new().after(10 * MS));
        (0..100).for_each(|_| _ = fixture.call(|_| MS));
        fixture.recorder.take().clear();
        fixture
    }

    /// Makes a call whose attempts take as long as `takes` says. Returns how long the call took.
    fn call(&self, takes: impl Fn(Attempt) -> Duration) -> Duration {
        let begun = self.time.now();
        let call = self.handle.call().idempotent().run_attempts(|attempt| {
            let (clock, ends) = (self.time.clock(), self.time.now() + takes(attempt));
            async move {
                clock.sleep_until(ends).await;
                Ok::<_, ()>(attempt.number())
            }
        });
        _ = self.time.block_on(call);
        let took = self.time.now().since(begun);
        self.time.advance(MS);
        took
    }

    fn hedges(&self) -> usize {
        self.recorder.count(Topic::Hedge)
    }
}

#[test]
fn the_first_answer_is_taken_and_the_loser_is_superseded() {
    let fixture = Fixture::after_10_ms();
    let slow = |attempt: Attempt| if attempt.is_hedge() { 3 * MS } else { SECOND };
    assert_eq!(fixture.call(slow), 13 * MS);
    assert_eq!((fixture.hedges(), fixture.recorder.count(Topic::HedgeWon)), (1, 1));
    assert_eq!(fixture.breaker.counts().ended(Verdict::Superseded), 1);
    assert_eq!(fixture.breaker.counts().in_flight(), 0);

    // The copy loses.
    assert_eq!(fixture.call(|attempt| if attempt.is_hedge() { SECOND } else { 12 * MS }), 12 * MS);
    assert_eq!((fixture.hedges(), fixture.recorder.count(Topic::HedgeWon)), (2, 1));
    assert_eq!(fixture.breaker.counts().ended(Verdict::Superseded), 2);
    let withdrawn = fixture.budget.status(fixture.time.now()).reading("withdrawn");
    assert_eq!(withdrawn, Some(2), "both were sent, and are taken from the budget");
}

#[test]
fn if_both_fail_the_first_error_counts_and_if_one_fails_the_other_is_waited_for() {
    let fixture = Fixture::after_10_ms();
    let run = |first: (Duration, Result<u8, &'static str>), copy: (Duration, _)| {
        let call = fixture.handle.call().idempotent().run_attempts(|attempt| {
            let (takes, result) = if attempt.is_hedge() { copy } else { first };
            let (clock, ends) = (fixture.time.clock(), fixture.time.now() + takes);
            async move {
                clock.sleep_until(ends).await;
                result
            }
        });
        fixture.time.block_on(call).map_err(|error| error.into_failed().expect("it ran"))
    };
    assert_eq!(run((20 * MS, Err("first")), (20 * MS, Err("copy"))), Err("first"));
    assert_eq!(run((40 * MS, Err("first")), (MS, Err("copy"))), Err("first"));
    assert_eq!(run((20 * MS, Err("first")), (20 * MS, Ok(2))), Ok(2));
    assert_eq!(run((40 * MS, Ok(1)), (MS, Err("copy"))), Ok(1));
    assert_eq!(fixture.hedges(), 4);
    assert_eq!(run((MS, Err("first")), (MS, Ok(2))), Err("first"), "a failure is not hedged");
    assert_eq!(fixture.hedges(), 4);
    assert_eq!(fixture.breaker.counts().in_flight(), 0);
}

#[test]
fn no_copy_is_sent_where_something_speaks_against_it() {
    let slow = |attempt: Attempt| if attempt.is_hedge() { MS } else { 50 * MS };
    let fixture = Fixture::after_10_ms();
    fixture.breaker.accept_extra(false);
    assert_eq!(fixture.call(slow), 50 * MS, "the circuit is not closed");
    fixture.breaker.accept_extra(true);

    let overloaded = fixture.handle.call().classify(|_: &Result<(), ()>| Class::overload(None));
    _ = fixture.time.block_on(overloaded.run(async || Err(())));
    assert_eq!(fixture.call(slow), 50 * MS, "the service is overloaded");
    fixture.time.advance(SECOND);

    let once = fixture.handle.call().run_attempts(|attempt| {
        let (clock, ends) = (fixture.time.clock(), fixture.time.now() + slow(attempt));
        async move {
            clock.sleep_until(ends).await;
            Ok::<_, ()>(attempt.number())
        }
    });
    assert_eq!(fixture.time.block_on(once).expect("it ran"), 1, "it must not be repeated");

    let call = fixture.handle.call().idempotent().deadline(10 * MS);
    let call = call.run_attempts(|_| pending::<Result<(), ()>>());
    fixture.time.block_on(call).expect_err("cut");
    assert_eq!(fixture.hedges(), 0);
    assert_eq!(fixture.call(slow), 11 * MS);

    let fixture = Fixture::new(Hedge::new().after(10 * MS));
    assert_eq!(fixture.call(slow), 50 * MS, "nothing was deposited: the share has no floor");
    let fixture = Fixture::new(Hedge::new());
    (0..90).for_each(|_| _ = fixture.call(|_| MS));
    fixture.time.advance(SECOND);
    assert_eq!(fixture.call(slow), 50 * MS, "fewer than 100 calls were measured");
}

#[test]
fn a_copy_that_a_layer_refuses_is_given_back_and_the_first_one_goes_on() {
    let fixture = Fixture::after_10_ms();
    fixture.breaker.then(Answer::Go).then(Answer::Refuse(seawall_core::RefusalKind::CircuitOpen));
    assert_eq!(fixture.call(|_| 50 * MS), 50 * MS);
    let withdrawn = fixture.budget.status(fixture.time.now()).reading("withdrawn");
    assert_eq!(withdrawn, Some(0));
    assert_eq!(fixture.breaker.counts().in_flight(), 0);
}

#[test]
fn no_copy_is_sent_while_a_layer_makes_the_call_wait() {
    let fixture = Fixture::after_10_ms();
    fixture.breaker.then(Answer::GoAfter(50 * MS));
    assert_eq!(fixture.call(|_| 5 * MS), 55 * MS);
    assert_eq!(fixture.hedges(), 0);
    fixture.breaker.then(Answer::GoAfter(50 * MS)).then(Answer::Go);
    assert_eq!(fixture.call(|attempt| if attempt.is_hedge() { MS } else { SECOND }), 61 * MS);
    assert_eq!(fixture.hedges(), 1);
}

#[test]
fn a_call_that_is_dropped_at_any_await_leaves_nothing_behind() {
    let fixture = Fixture::after_10_ms();
    let make = || {
        fixture.breaker.forget();
        fixture.breaker.then(Answer::Later(1)).then(Answer::Later(1));
        fixture.handle.call().idempotent().run_attempts(|attempt| {
            let takes = if attempt.is_hedge() { 5 * MS } else { SECOND };
            let (clock, ends) = (fixture.time.clock(), fixture.time.now() + takes);
            async move {
                clock.sleep_until(ends).await;
                Ok::<_, ()>(())
            }
        })
    };
    let mut sent = 0;
    let awaits = cancel::at_every_await(&fixture.time, make, |awaits| {
        assert_eq!(fixture.breaker.counts().in_flight(), 0, "{awaits}");
        sent += u64::from(awaits >= 3);
        let withdrawn = fixture.budget.status(fixture.time.now()).reading("withdrawn");
        assert_eq!(withdrawn, Some(sent), "{awaits}");
    });
    assert_eq!(awaits, 4);
}

/// 1 % of the calls stall for a second.
#[test]
fn stalls_are_hidden_at_an_extra_load_within_the_share() {
    let fixture = Fixture::new(Hedge::new());
    let random = RefCell::new(Random::new(11));
    let takes = |_| {
        let mut random = random.borrow_mut();
        let stalls = random.next() < 0.01;
        if stalls { SECOND } else { lognormal(random.next()) }
    };
    let mut times: Vec<Duration> = (0..3_000).map(|_| fixture.call(takes)).collect();
    let (mut times, hedges) = (times.split_off(1_000), fixture.hedges());
    times.sort_unstable();
    let quantile = |percent: usize| times[times.len() * percent / 100];
    let bound = (quantile(95)
        + fixture.handle.policy().and_then(Policy::hedge_delay).expect("known"))
    .mul_f64(1.1);
    assert!(quantile(99) <= bound, "{:?}, not {bound:?}", quantile(99));
    assert!((50..=150).contains(&hedges), "{hedges} of 3,000");
}

#[test]
fn when_all_calls_become_slow_no_burst_of_copies_is_sent() {
    let fixture = Fixture::new(Hedge::new());
    let random = RefCell::new(Random::new(12));
    (0..1_000).for_each(|_| _ = fixture.call(|_| lognormal(random.borrow_mut().next())));
    let before = fixture.hedges();
    (0..500).for_each(|_| _ = fixture.call(|_| 10 * lognormal(random.borrow_mut().next())));
    let step = fixture.hedges() - before;
    assert!(step <= 25, "{step} copies of 500 calls");
    // The service hangs.
    let before = fixture.hedges();
    for _ in 0..200 {
        let call = fixture.handle.call().idempotent().timeout(5 * SECOND);
        let call = call.run_attempts(|_| pending::<Result<(), ()>>());
        fixture.time.block_on(call).expect_err("cut");
    }
    let outage = fixture.hedges() - before;
    assert!(outage <= 8, "{outage} copies of 200 calls");
}

#[test]
fn while_the_service_is_overloaded_no_copy_is_sent() {
    let fixture = Fixture::after_10_ms();
    for _ in 0..50 {
        let call = fixture.handle.call().idempotent();
        let call = call.classify(|_: &Result<(), ()>| Class::overload(None));
        _ = fixture.time.block_on(call.run_attempts(|_| async { Err(()) }));
        fixture.call(|_| 50 * MS);
    }
    assert_eq!(fixture.hedges(), 0);
}
