//! Calls that stop waiting before they start.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use seawall_core::{Component, Driver, Refusal, RefusalKind, Verdict};
use seawall_ratelimit::{Algorithm, Limit, Rule};
use seawall_testkit::{Answer, Scripted};

use crate::support::{Bench, HOUR, MINUTE, SECOND, UNPACED};

type Wait<'b> = Pin<Box<dyn Future<Output = Result<(), Refusal>> + 'b>>;

fn poll(wait: &mut Wait<'_>) -> Poll<Result<(), Refusal>> {
    wait.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

impl Bench {
    /// A call that waits, as its first poll shows.
    fn waits(&self, key: &'static str, cost: u32) -> Wait<'_> {
        let mut wait: Wait<'_> = Box::pin(self.limiter.wait(key, cost, 1_000 * HOUR));
        assert!(poll(&mut wait).is_pending());
        wait
    }
}

#[test]
fn two_waiters_that_leave_in_either_order_leave_nothing_behind() {
    for algorithm in UNPACED {
        for first in [0, 1] {
            let bench = Bench::new(&Rule::new("api", 600, MINUTE).algorithm(algorithm));
            bench.limiter.exhaust("key");
            let before = bench.limiter.status("key");
            let mut waits = vec![bench.waits("key", 600), bench.waits("key", 1)];
            drop(waits.remove(first));
            drop(waits);
            assert_eq!(bench.limiter.status("key"), before, "{algorithm}");
        }
    }
}

#[test]
fn a_crowd_that_leaves_in_the_order_in_which_it_came_takes_nothing() {
    for algorithm in UNPACED {
        let bench = Bench::new(&Rule::new("api", 10, SECOND).algorithm(algorithm));
        assert_eq!(bench.admitted("key", 10), 10);
        let waits: Vec<_> = (0..100).map(|_| bench.waits("key", 1)).collect();
        bench.time.advance(SECOND / 2);
        drop(waits);
        bench.time.advance(2 * SECOND);
        assert_eq!(bench.admitted("key", 20), 10, "{algorithm}");
    }
}

#[test]
fn ten_thousand_waiters_leave_in_a_moment() {
    for algorithm in Algorithm::ALL {
        let rule = Rule::new("api", 100_000, HOUR).algorithm(algorithm);
        let bench = Bench::new(&rule);
        match algorithm {
            Algorithm::Leaky => bench.limiter.check_rate("key", 1).expect("empty"),
            _ => assert_eq!(bench.limiter.exhaust("key"), 100_000),
        }
        let waits: Vec<_> = (0..10_000).map(|_| bench.waits("key", 1)).collect();
        assert_eq!(waits.len(), 10_000);
        drop(waits);
        let status = bench.limiter.status("key");
        assert!(status.reset_after <= 2 * HOUR, "{algorithm}: {status:?}");
    }
}

#[test]
fn those_behind_move_up_and_are_woken() {
    struct Woken(AtomicUsize);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let bench = Bench::new(&Rule::new("api", 10, SECOND));
    bench.limiter.exhaust("key");
    let large = bench.waits("key", 10);
    let mut waits: Vec<_> = (0..3).map(|_| bench.waits("key", 1)).collect();
    let woken = Arc::new(Woken(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&woken));
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(large);
    assert_eq!(woken.0.load(Ordering::Relaxed), 1, "the first of them, which the others follow");
    for wait in &mut waits {
        assert!(poll(wait).is_pending(), "in order");
        bench.time.advance(SECOND / 10);
        assert!(poll(wait).is_ready());
    }
}

#[test]
fn a_second_call_to_an_unused_leaky_bucket_moves_up_when_the_first_leaves() {
    let rule = Rule::new("api", 10, SECOND).burst(9).algorithm(Algorithm::Leaky);
    let bench = Bench::new(&rule);
    let (first, mut second) = (bench.waits("key", 3), bench.waits("key", 2));
    let mut third = bench.waits("key", 1);
    drop(first);
    bench.time.advance(SECOND / 10);
    assert!(poll(&mut second).is_ready(), "at its second token");
    assert!(poll(&mut third).is_pending(), "in order");
    bench.time.advance(SECOND / 10);
    assert!(poll(&mut third).is_ready());
}

#[test]
fn a_waiter_that_is_not_polled_delays_no_other() {
    let bench = Bench::new(&Rule::new("api", 10, SECOND));
    bench.limiter.exhaust("key");
    let asleep = bench.waits("key", 1);
    let mut awake = bench.waits("key", 1);
    bench.time.advance(SECOND / 5);
    assert!(poll(&mut awake).is_ready());
    drop(asleep);
    assert_eq!(bench.admitted("key", 2), 0, "it was granted its token 100 ms ago, so that is over");
}

#[test]
fn callers_that_give_up_before_their_turn_cost_no_throughput() {
    for algorithm in UNPACED {
        let rule = Rule::new("api", 10, SECOND).algorithm(algorithm).max_wait(2 * SECOND);
        let bench = Bench::new(&rule);
        let mut waits: Vec<(u32, Wait<'_>)> = Vec::new();
        let mut ran = 0;
        // Twenty calls a second, each of which goes away after a second, for a minute.
        for step in 0..1_200 {
            let call = bench.limiter.protect().key("key").acquire();
            let call = async { call.await.map(seawall_core::Permit::success) };
            waits.push((step, Box::pin(call)));
            waits.retain_mut(|(since, wait)| match poll(wait) {
                Poll::Ready(answer) => {
                    ran += u32::from(answer.is_ok());
                    false
                }
                Poll::Pending => step - *since < 20,
            });
            bench.time.advance(SECOND / 20);
        }
        assert!(ran >= 590, "{algorithm}: {ran} of 600");
    }
}

#[test]
fn calls_that_a_later_layer_refuses_after_their_wait_cost_no_tokens() {
    let bench = Bench::new(&Rule::new("api", 10, SECOND).max_wait(HOUR));
    let driver = Driver::new().with_clock(bench.time.clock());
    let breaker = Scripted::new(Component::CircuitBreaker, "db");
    let both = (&bench.limiter, &breaker);
    assert_eq!(bench.admitted("key", 10), 10);
    let mut waits: Vec<_> = (0..10)
        .map(|_| {
            breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
            Box::pin(driver.protect(&both).key("key").acquire())
        })
        .collect();
    let mut context = Context::from_waker(Waker::noop());
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut context).is_pending());
    }
    bench.time.advance(SECOND / 10);
    for wait in &mut waits {
        let Poll::Ready(Err(refusal)) = wait.as_mut().poll(&mut context) else { panic!("refused") };
        assert_eq!(
            refusal.kind(),
            RefusalKind::CircuitOpen,
            "each moves up, and is refused at once"
        );
    }
    bench.time.advance(SECOND - SECOND / 10);
    assert_eq!(bench.admitted("key", 20), 10);
    assert_eq!(breaker.counts().ended(Verdict::Success), 0);
}

#[test]
fn waiters_are_served_by_a_faster_rule_before_newcomers() {
    for algorithm in UNPACED {
        let rule = |limit, period| Rule::new("api", limit, period).algorithm(algorithm);
        let bench = Bench::new(&rule(1, HOUR));
        assert_eq!(bench.admitted("key", 1), 1);
        let mut wait = bench.waits("key", 1);
        bench.limiter.set_rule(&rule(1_000, SECOND)).expect("valid");
        bench.time.advance(SECOND);
        assert!(bench.admitted("key", 2_000) <= 1_000);
        assert!(poll(&mut wait).is_ready(), "{algorithm}");
    }
}

#[test]
fn waiters_are_served_before_newcomers_whatever_makes_tokens_more() {
    type More = fn(&Bench);
    let ways: [More; 4] = [
        |bench| bench.limiter.reset("key"),
        |bench| bench.limiter.refund("key", 1),
        |bench| bench.limiter.set_limit_of("key", Limit::new(100, HOUR)).expect("valid"),
        |bench| bench.limiter.set_rule(&Rule::new("api", 100, HOUR)).expect("valid"),
    ];
    for more in ways {
        let bench = Bench::new(&Rule::new("api", 1, HOUR));
        assert_eq!(bench.admitted("key", 1), 1);
        let mut first = bench.waits("key", 1);
        more(&bench);
        let others = bench.admitted("key", 200);
        assert!(poll(&mut first).is_ready());
        assert!(others < 100, "{others} of 100 went, with one for the waiter");
    }
}

#[test]
fn a_waiter_that_a_slower_rule_makes_wait_too_long_is_refused_at_once() {
    for algorithm in UNPACED {
        let rule = |limit| Rule::new("api", limit, SECOND).algorithm(algorithm);
        let bench = Bench::new(&rule(10));
        assert_eq!(bench.admitted("key", 10), 10);
        let wait = |cost| {
            let mut wait: Wait<'_> = Box::pin(bench.limiter.wait("key", cost, 2 * SECOND));
            let is_pending = poll(&mut wait).is_pending();
            (is_pending, wait)
        };
        let (pending, mut first) = wait(5);
        let (behind, mut second) = wait(5);
        assert!(pending && behind, "{algorithm}");
        bench.limiter.set_rule(&Rule::new("api", 10, HOUR).algorithm(algorithm)).expect("valid");
        for wait in [&mut first, &mut second] {
            let Poll::Ready(Err(refusal)) = poll(wait) else { panic!("{algorithm}: no") };
            assert_eq!(refusal.kind(), RefusalKind::RateLimited, "{algorithm}");
            assert!(refusal.retry_after() > Some(2 * SECOND), "{algorithm}");
        }
    }
}

#[test]
fn a_waiter_whose_cost_no_longer_fits_or_whose_key_is_blocked_is_refused() {
    for (limit, kind) in [(2, RefusalKind::CostAboveLimit), (0, RefusalKind::KeyBlocked)] {
        let bench = Bench::new(&Rule::new("api", 10, SECOND));
        bench.limiter.exhaust("key");
        let (mut large, mut small) = (bench.waits("key", 5), bench.waits("key", 1));
        bench.limiter.set_limit_of("key", Limit::new(limit, SECOND)).expect("valid");
        let Poll::Ready(Err(refusal)) = poll(&mut large) else { panic!("refused") };
        assert_eq!((refusal.kind(), refusal.retry_after()), (kind, None));
        bench.time.advance(SECOND);
        assert_eq!(poll(&mut small).map(|answer| answer.is_ok()), Poll::Ready(limit > 0));
    }
}
