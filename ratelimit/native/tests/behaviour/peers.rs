//! What other limiters get wrong.

use std::cell::RefCell;
use std::future::Future;
use std::num::NonZeroU32;
use std::task::{Context, Waker};
use std::time::Duration;

use seawall_core::{Backend, Call, Component, Driver, Entry, RefusalKind};
use seawall_ratelimit::{Algorithm, RateLimiter, Rule};
use seawall_testkit::{Answer, Scripted};

use crate::support::{Bench, HOUR, SECOND};

#[test]
fn governor_one_an_hour_with_a_burst_of_ten_million_becomes_another_limit() {
    let rule = Rule::new("api", 1, HOUR).burst(800_000);
    let bench = Bench::new(&rule);
    assert_eq!(bench.limiter.exhaust("key"), 800_000, "91 years' worth, and not one less");
    let said = RateLimiter::start(&Rule::new("api", 1, HOUR).burst(10_000_000)).unwrap_err();
    assert_eq!(said.option(), "burst", "1141 years' worth is an error: {said}");
}

#[test]
fn governor_keeps_keys_that_it_refused() {
    let bench = Bench::new(&Rule::new("api", 1, HOUR));
    for key in 0..100 {
        assert_eq!(
            bench.limiter.check_rate(key, 2).unwrap_err().kind(),
            RefusalKind::CostAboveLimit
        );
    }
    let status = Backend::status(&bench.limiter, bench.time.now());
    assert_eq!(status.reading("keys"), Some(0));
}

#[test]
fn governor_keeps_any_number_of_keys() {
    let bench = Bench::new(&Rule::new("api", 2, HOUR).max_keys(50));
    for key in 0..1_000 {
        _ = bench.limiter.check_rate(key, 1);
    }
    let status = Backend::status(&bench.limiter, bench.time.now());
    assert_eq!(status.reading("keys"), Some(50));
}

#[test]
fn governor_wakes_waiters_in_any_order_and_starves_a_large_request() {
    for algorithm in Algorithm::ALL {
        let mut rule = Rule::new("api", 10, SECOND).algorithm(algorithm);
        if algorithm == Algorithm::Leaky {
            rule = rule.burst(100); // who waits is in the bucket
        }
        let bench = Bench::new(&rule);
        let begins = |cost| {
            let cost = NonZeroU32::new(cost).expect("not zero");
            let call = Call::at(bench.time.now()).with_cost(cost).with_max_wait(Some(HOUR));
            match bench.limiter.enter(&call) {
                Entry::Go(_) => bench.time.now(),
                Entry::GoAt(_, at) => at,
                other => panic!("{algorithm}: {other:?}"),
            }
        };
        let begins: Vec<_> = [10, 1, 10, 1, 1].into_iter().map(begins).collect();
        assert!(begins.is_sorted(), "{algorithm}: whoever comes first begins first: {begins:?}");
        let large = begins[2].since(begins[0]);
        assert!(large <= 3 * SECOND, "{algorithm}: those behind it do not delay it: {large:?}");
    }
}

#[test]
fn governor_needs_a_key_of_its_own_to_ask() {
    let bench = Bench::new(&Rule::new("api", 2, HOUR));
    let (tenant, user) = (String::from("acme"), String::from("ann"));
    bench.limiter.check_rate((tenant.as_str(), user.as_str()), 1).expect("full");
    let asked = allocation_counter::measure(|| {
        bench.limiter.check_rate((tenant.as_str(), user.as_str()), 1).expect("one is left");
    });
    assert_eq!(asked.count_total, 0, "keys are borrowed");
}

#[test]
fn governor_cannot_look_without_taking() {
    let bench = Bench::new(&Rule::new("api", 2, HOUR));
    for _ in 0..10 {
        assert!(bench.limiter.peek("key", 2).is_allowed);
    }
    assert_eq!(bench.admitted("key", 5), 2);
}

#[test]
fn governor_cannot_change_a_quota() {
    let bench = Bench::new(&Rule::new("api", 2, HOUR));
    assert_eq!(bench.admitted("key", 5), 2);
    bench.limiter.set_rule(&Rule::new("api", 5, HOUR)).expect("valid");
    assert_eq!(bench.admitted("key", 5), 3, "two of five are spent");
}

#[test]
fn hammer_sliding_window_counts_what_it_refused_and_so_refuses_for_ever() {
    for algorithm in Algorithm::ALL {
        let bench = Bench::new(&Rule::new("api", 10, SECOND).algorithm(algorithm));
        // Ten times as often as it may, for ten seconds.
        let through: u32 = (0..1000)
            .map(|_| {
                bench.time.advance(SECOND / 100);
                bench.admitted("key", 1)
            })
            .sum();
        assert!((90..=110).contains(&through), "{algorithm}: {through}");
    }
}

#[test]
fn hammer_periodic_bucket_always_says_to_come_back_in_a_second() {
    let bench = Bench::new(&Rule::new("api", 10, SECOND).burst(1));
    bench.limiter.check_rate("key", 1).unwrap();
    let wait = |bench: &Bench| bench.limiter.check_rate("key", 1).unwrap_err().retry_after();
    let first = wait(&bench).expect("it knows");
    assert!(first <= Duration::from_millis(100), "{first:?}");
    bench.time.advance(Duration::from_millis(40));
    assert_eq!(wait(&bench), Some(first - Duration::from_millis(40)));
}

#[test]
fn hammer_leaky_bucket_overshoots() {
    let bench = Bench::new(&Rule::new("api", 1, SECOND).burst(10));
    bench.limiter.check_rate("key", 9).unwrap();
    let wait = bench.limiter.check_rate("key", 5).unwrap_err().retry_after().expect("it knows");
    assert!(wait.as_millis() == 4000, "{wait:?}");

    let rule = Rule::new("api", 1, SECOND).burst(10).algorithm(Algorithm::Leaky);
    let bench = Bench::new(&rule);
    let enter = |cost| {
        let cost = NonZeroU32::new(cost).expect("not zero");
        bench.limiter.enter(&Call::at(bench.time.now()).with_cost(cost))
    };
    assert!(matches!(enter(9), Entry::GoAt(..)), "it starts with its last token");
    assert!(matches!(enter(5), Entry::Refuse(_)), "there is no room for five more");
    assert!(matches!(enter(1), Entry::GoAt(..)), "but for one");
}

#[test]
fn hammer_cost_above_the_capacity_is_asked_for_ever() {
    for algorithm in Algorithm::ALL {
        let bench = Bench::new(&Rule::new("api", 5, SECOND).algorithm(algorithm));
        for _ in 0..3 {
            let refusal = bench.limiter.check_rate("key", 6).expect_err("never");
            let said = (refusal.kind(), refusal.retry_after());
            assert_eq!(said, (RefusalKind::CostAboveLimit, None), "{algorithm}");
            bench.time.advance(HOUR);
        }
    }
}

#[test]
fn hammer_counts_calls_of_one_tick_as_one() {
    for algorithm in Algorithm::ALL {
        let bench = Bench::new(&Rule::new("api", 1, SECOND).algorithm(algorithm));
        assert_eq!(bench.admitted("key", 3), 1, "{algorithm}");
    }
}

#[test]
fn tower_resilience_sleeps_before_a_refusal_it_could_have_known() {
    let bench = Bench::new(&Rule::new("api", 1, HOUR));
    bench.limiter.check_rate("key", 1).unwrap();
    let begin = bench.time.now();
    bench.time.block_on(bench.limiter.wait("key", 1, SECOND)).unwrap_err();
    assert_eq!(bench.time.now(), begin);
}

#[test]
fn tower_resilience_loses_a_token_when_a_ready_call_is_dropped() {
    let bench = Bench::new(&Rule::new("api", 1, HOUR));
    let driver = Driver::new().with_clock(bench.time.clock());
    let closed = Scripted::new(Component::CircuitBreaker, "db");
    closed.then(Answer::Refuse(RefusalKind::CircuitOpen));
    let both = (&bench.limiter, &closed);
    driver.protect(&both).key("key").acquire_blocking().unwrap_err();
    assert_eq!(bench.limiter.status("key").remaining, 1, "a later refusal burns nothing");
}

#[test]
fn tower_resilience_wakes_waiters_in_any_order() {
    // Those who wait are polled last come first; see also `waiting`, for tasks.
    let bench = Bench::new(&Rule::new("api", 10, SECOND));
    assert_eq!(bench.admitted("key", 10), 10);
    let served = RefCell::new(Vec::new());
    let mut waiters: Vec<_> = (0..20)
        .map(|nth| {
            let (limiter, served) = (&bench.limiter, &served);
            Box::pin(async move {
                limiter.wait("key", 1, HOUR).await.expect("within an hour");
                served.borrow_mut().push(nth);
            })
        })
        .collect();
    let mut context = Context::from_waker(Waker::noop());
    for waiter in &mut waiters {
        assert!(waiter.as_mut().poll(&mut context).is_pending());
    }
    while bench.time.advance_to_next() {
        waiters.reverse();
        waiters.retain_mut(|waiter| waiter.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(*served.borrow(), (0..20).collect::<Vec<_>>());
}

#[test]
fn resilience4j_releases_without_acquire_mint_permits() {
    let bench = Bench::new(&Rule::new("api", 3, HOUR));
    bench.limiter.refund("key", 100);
    assert_eq!(bench.admitted("key", 100), 3);
}

#[test]
fn resilience4j_a_cancelled_reservation_is_lost() {
    let bench = Bench::new(&Rule::new("api", 1, HOUR));
    drop(bench.limiter.reserve("key", 1).unwrap());
    assert_eq!(bench.admitted("key", 5), 1);
}

#[test]
fn resilience4j_a_limiter_that_shrinks_dies() {
    for algorithm in Algorithm::ALL {
        let rule = |limit| Rule::new("api", limit, SECOND).algorithm(algorithm);
        let bench = Bench::new(&rule(100));
        bench.limiter.exhaust("key");
        bench.limiter.set_rule(&rule(1)).expect("valid");
        bench.time.advance(2 * SECOND);
        assert_eq!(
            bench.admitted("key", 5),
            1,
            "{algorithm}: two seconds later there is one again"
        );
    }
}

#[test]
fn envoy_joins_keys_by_a_mark_that_they_may_have_and_foundation_too() {
    let bench = Bench::new(&Rule::new("api", 1, HOUR));
    for key in [("a_b", "c"), ("a", "b_c"), ("a:b", "c"), ("a", "b:c")] {
        assert!(bench.limiter.check_rate(key, 1).is_ok(), "{key:?}");
    }
}

#[test]
fn envoy_lets_twice_the_limit_through_at_the_edge_of_two_windows() {
    for algorithm in [Algorithm::Gcra, Algorithm::SlidingWindow] {
        let bench = Bench::new(&Rule::new("api", 10, SECOND).algorithm(algorithm));
        bench.time.advance(SECOND - Duration::from_millis(1));
        assert_eq!(bench.admitted("key", 20), 10, "{algorithm}");
        bench.time.advance(Duration::from_millis(2));
        // Of a sliding window, a millisecond of a period's tenth is over: less than a token is not counted.
        let rest = u32::from(algorithm == Algorithm::SlidingWindow);
        assert_eq!(bench.admitted("key", 20), rest, "{algorithm}");
    }
}

#[test]
fn foundation_forgets_when_to_come_back() {
    for algorithm in Algorithm::ALL {
        let bench = Bench::new(&Rule::new("api", 1, SECOND).algorithm(algorithm));
        bench.limiter.check_rate("key", 1).expect("full");
        let wait = bench.limiter.check_rate("key", 1).expect_err("used up").retry_after();
        bench.time.advance(wait.expect("it knows"));
        assert_eq!(bench.admitted("key", 1), 1, "{algorithm}");
    }
}

#[test]
fn foundation_burns_tokens_while_the_circuit_is_open() {
    let bench = Bench::new(&Rule::new("api", 10, HOUR));
    let driver = Driver::new().with_clock(bench.time.clock());
    let open = Scripted::new(Component::CircuitBreaker, "db");
    let both = (&bench.limiter, &open);
    for _ in 0..100 {
        open.then(Answer::Refuse(RefusalKind::CircuitOpen));
        let refusal = driver.protect(&both).key("key").acquire_blocking().expect_err("open");
        assert_eq!(refusal.kind(), RefusalKind::CircuitOpen, "not used up");
    }
    assert_eq!(bench.limiter.status("key").remaining, 10);
}
