//! What other limiters get wrong.

use std::time::Duration;

use seawall_core::{Backend, Component, Driver, RefusalKind};
use seawall_ratelimit::{Algorithm, RateLimiter, Rule};
use seawall_testkit::{Answer, Scripted};

use crate::support::{Bench, HOUR, SECOND};

#[test]
fn governor_one_an_hour_with_a_burst_of_ten_million_becomes_another_limit() {
    let rule = Rule::new("api", 1, HOUR).burst(800_000);
    let bench = Bench::new(&rule);
    assert_eq!(bench.limiter.drain("key"), 800_000, "91 years' worth, and not one less");
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
fn hammer_token_bucket_always_says_to_come_back_in_a_second() {
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
