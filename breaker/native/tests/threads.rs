//! Many threads on one breaker: the books close, and half-open lets one through.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use seawall_breaker::{
    BreakerOptions, CallStats, CircuitBreaker, KeyOptions, KeyOverflow, KeyedBreaker,
};
use seawall_core::{Driver, Verdict};
use seawall_testkit::ManualClock;

fn ended(calls: &CallStats) -> u64 {
    Verdict::ALL.iter().map(|verdict| calls.ended(*verdict)).sum()
}

#[test]
fn the_books_close_under_load() {
    let time = ManualClock::new();
    let options = BreakerOptions::new("shared").failures(3).reset_after(Duration::from_nanos(1));
    let breaker = CircuitBreaker::start(&options)
        .expect("valid")
        .with_driver(Driver::new().with_clock(time.clock()));
    // One call is under way all the while: only if the circuit has opened can it be late.
    let long = breaker.protect().acquire_blocking().expect("closed");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (breaker, time) = (&breaker, &time);
            scope.spawn(move || {
                for call in 0..20_000 {
                    time.advance(Duration::from_nanos(1));
                    let result = if (call + thread) % 3 == 0 { Err(()) } else { Ok(()) };
                    let _answer = breaker.execute_blocking(|| result);
                }
            });
        }
    });
    let before = breaker.status().calls;
    assert_eq!(before.in_flight(), 1);
    long.success();
    let totals = breaker.status().calls;
    assert_eq!(totals.late, before.late + 1, "it has opened");
    assert_eq!(totals.admitted + totals.refused, 80_001);
    assert_eq!(totals.in_flight(), 0);
    assert_eq!(totals.admitted, ended(&totals) + totals.late);
}

#[test]
fn of_many_threads_one_probes() {
    for _round in 0..200 {
        let time = ManualClock::new();
        let options = BreakerOptions::new("shared").failures(1);
        let breaker = CircuitBreaker::start(&options)
            .expect("valid")
            .with_driver(Driver::new().with_clock(time.clock()));
        let failed = breaker.execute_blocking(|| Err::<Infallible, ()>(()));
        assert!(failed.is_err());
        time.advance(Duration::from_secs(5));
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let permit = breaker.protect().acquire_blocking();
                    if let Ok(permit) = permit {
                        most.fetch_max(
                            running.fetch_add(1, Ordering::SeqCst) + 1,
                            Ordering::SeqCst,
                        );
                        std::thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                        drop(permit);
                    }
                });
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn the_books_of_many_keys_close_and_no_more_are_kept_than_may_be() {
    const KEYS: u32 = 8;
    for overflow in [KeyOverflow::Shared, KeyOverflow::Reject, KeyOverflow::EvictColdest] {
        let time = ManualClock::new();
        let reset_after = Duration::from_nanos(100);
        let options = BreakerOptions::new("shared").failures(2).window(2 * reset_after);
        let keys = KeyOptions::new().max_keys(KEYS).overflow(overflow);
        let breaker = KeyedBreaker::start(&options.reset_after(reset_after), &keys)
            .expect("valid")
            .with_driver(Driver::new().with_clock(time.clock()));
        std::thread::scope(|scope| {
            for thread in 0..4_u32 {
                let (breaker, time) = (&breaker, &time);
                scope.spawn(move || {
                    for call in 0..10_000_u32 {
                        time.advance(Duration::from_nanos(1));
                        let key = (call * 7 + thread) % 23;
                        let result = if (call + thread) % 3 == 0 { Err(()) } else { Ok(()) };
                        let _answer = breaker.execute_blocking(key, || {
                            assert!(breaker.keys() <= KEYS.into());
                            result
                        });
                        if call % 1000 == 0 {
                            breaker.force_open_all();
                            breaker.reset_all();
                        }
                    }
                });
            }
        });
        let summary = breaker.summary();
        let totals = summary.calls;
        assert_eq!(totals.admitted + totals.refused, 40_000, "{overflow:?}");
        assert_eq!(totals.admitted, ended(&totals) + totals.late);
        assert_eq!((summary.keys, totals.in_flight()), (breaker.keys(), 0), "{overflow:?}");
    }
}
