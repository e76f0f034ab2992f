//! Another protection in place of errors, and for a share of ordinary calls.

mod shared;

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use seawall_core::policy::{Budget, BudgetOptions, Fallback, Policy, Retry};
use seawall_core::{Error, FallbackTo, Handle, RefusalKind, Topic, Verdict};
use seawall_testkit::{Answer, cancel, yield_times};

use shared::{Layers, Shared};

const MS: Duration = Duration::from_millis(1);

/// A service, and the cache that replaces it, on one clock.
struct Fixture {
    service: Shared,
    cache: Shared,
    handle: Handle<Layers>,
}

impl Fixture {
    fn new(share: f64) -> Self {
        let service = Shared::new();
        let cache = service.beside();
        let to = FallbackTo::new(Fallback::new(), &cache.handle).with_share(share);
        let to = to.expect("a share").with_seed(1);
        let handle = service.handle.clone().with_fallback(to);
        Self { service, cache, handle }
    }

    fn successes(&self) -> [u64; 2] {
        [&self.service, &self.cache].map(|at| at.breaker.counts().ended(Verdict::Success))
    }

    fn replaced(&self) -> Vec<(&'static str, bool)> {
        self.service.recorder.events().iter().filter_map(|event| event.replaced).collect()
    }
}

#[test]
fn a_call_under_the_other_protection_replaces_an_error() {
    let fixture = Fixture::new(0.0);
    for blocking in [false, true] {
        fixture.service.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
        let call = fixture.handle.call();
        let result = match blocking {
            false => fixture.service.time.block_on(
                call.run_or_fallback(async |_| Err::<u32, _>("down"), async || Ok::<_, ()>(7)),
            ),
            true => call.run_or_fallback_blocking(|_| Err::<u32, _>("down"), || Ok::<_, ()>(7)),
        };
        assert_eq!(result.expect("replaced"), 7, "blocking: {blocking}");
    }
    assert_eq!(fixture.successes(), [0, 2], "the cache has the successes, the service has none");
    assert_eq!(fixture.replaced(), [(); 2].map(|()| ("circuit_open", true)));
    fixture.service.assert_closed("ended");
    fixture.cache.assert_closed("ended");
}

#[test]
fn the_first_error_is_returned_if_the_fallback_refuses_or_fails() {
    let fixture = Fixture::new(0.0);
    fixture.cache.bulkhead.then(Answer::Refuse(RefusalKind::BulkheadFull));
    for _ in ["refuses", "fails"] {
        let call = fixture.handle.call();
        let run = call.run_or_fallback(async |_| Err::<u32, _>("down"), async || Err("down too"));
        let error = fixture.service.time.block_on(run).expect_err("both fail");
        assert_eq!(error.into_failed(), Some("down"));
    }
    assert_eq!(fixture.replaced(), [(); 2].map(|()| ("failure", false)));
}

#[test]
fn both_have_the_same_deadline() {
    let fixture = Fixture::new(0.0);
    let clock = fixture.service.time.clock();
    let call = fixture.handle.call().deadline(100 * MS).run_or_fallback(
        async |_| {
            clock.sleep_until(clock.now() + 60 * MS).await;
            Err::<u32, _>("down")
        },
        pending::<Result<u32, ()>>,
    );
    let before = fixture.service.time.now();
    fixture.service.time.block_on(call).expect_err("neither answers");
    assert_eq!(fixture.service.time.now().since(before), 100 * MS);
}

#[test]
fn a_protection_without_a_fallback_runs_none() {
    let shared = Shared::new();
    let unused = || -> std::future::Ready<Result<u32, ()>> { panic!("it is not needed") };
    let call = shared.handle.call().run_or_fallback(async |_| Err::<u32, _>("down"), unused);
    assert!(shared.time.block_on(call).is_err());
    let unused = || -> Result<u32, ()> { panic!("it is not needed") };
    let call = shared.handle.call().run_or_fallback_blocking(|_| Err::<u32, _>("down"), unused);
    assert!(call.is_err());
}

#[test]
fn a_share_of_ordinary_calls_goes_through_the_fallback() {
    let fixture = Fixture::new(0.1);
    for nth in 0..1_000 {
        let call = fixture.handle.call();
        let result = match nth % 2 {
            0 => fixture.service.time.block_on(
                call.run_or_fallback(async |_| Ok::<_, &str>(1), async || Ok::<_, &str>(2)),
            ),
            _ => call.run_or_fallback_blocking(|_| Ok::<_, &str>(1), || Ok::<_, &str>(2)),
        };
        result.expect("both work");
    }
    let [service, cache] = fixture.successes();
    assert_eq!(service + cache, 1_000);
    assert!((60..140).contains(&cache), "one in ten: {cache}");
    assert_eq!(fixture.service.recorder.count(Topic::Fallback) as u64, cache);
    assert!(fixture.replaced().iter().all(|found| *found == ("share", true)));
}

#[test]
fn a_fallback_that_fails_for_its_share_costs_the_call_half_of_its_time_at_most() {
    let fixture = Fixture::new(1.0);
    let call = fixture.handle.call().deadline(100 * MS);
    let before = fixture.service.time.now();
    let run = call.run_or_fallback(async |_| Ok::<_, &str>(1), pending::<Result<u32, ()>>);
    assert_eq!(fixture.service.time.block_on(run).expect("the service works"), 1);
    assert_eq!(fixture.service.time.now().since(before), 50 * MS);
    assert_eq!(fixture.replaced(), [("share", false)]);
}

#[test]
fn a_fallback_deposits_nothing_in_the_budget() {
    let fixture = Fixture::new(0.0);
    let budget = Budget::start(&BudgetOptions::new("service")).expect("valid");
    let policy = Policy::new(&budget).with_retry(Retry::new()).expect("valid");
    let handle = fixture.handle.clone().with_policy(policy);
    let call = handle.call();
    let run = call.run_or_fallback(async |_| Err::<u32, _>("down"), async || Ok::<_, ()>(7));
    fixture.service.time.block_on(run).expect("replaced");
    let status = budget.status(fixture.service.time.now());
    assert_eq!(status.reading("deposited"), Some(0));
}

#[test]
fn a_call_that_is_dropped_at_any_await_is_accounted_for() {
    for share in [0.0, 1.0] {
        let fixture = Fixture::new(share);
        let ran = Cell::new(0);
        let make = || {
            fixture.handle.call().run_or_fallback(
                async |_| {
                    yield_times(2).await;
                    Err::<u32, _>("down")
                },
                async || {
                    yield_times(2).await;
                    ran.set(ran.get() + 1);
                    Err::<u32, _>("down too")
                },
            )
        };
        let awaits = cancel::at_every_await(&fixture.service.time, make, |awaits| {
            fixture.service.assert_closed(&awaits.to_string());
            fixture.cache.assert_closed(&awaits.to_string());
        });
        assert_eq!(awaits, 4, "share {share}");
        assert!(ran.get() > 0);
    }
}

#[test]
fn an_error_says_what_happened() {
    let names = |error: Error<&str>| error.outcome();
    let shared = Shared::new();
    shared.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
    let refused = shared.handle.run_blocking(|| Ok::<(), _>(())).expect_err("refused");
    assert_eq!(names(refused), "circuit_open");
    let call = shared.handle.call().timeout(MS).run(pending::<Result<(), &str>>);
    assert_eq!(names(shared.time.block_on(call).expect_err("cut")), "timed_out");
    assert_eq!(names(Error::Failed("down")), "failure");
}
