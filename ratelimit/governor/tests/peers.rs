//! What other limiters get wrong, and governor itself when it is asked directly. What each of them has
//! as a law is in `laws.rs`.

use std::time::Duration;

use seawall_core::{Backend, Component, Driver};
use seawall_ratelimit_governor::{RateLimiter, RefusalKind, Rule};
use seawall_testkit::{Answer, ManualClock, Scripted};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn limiter(time: &ManualClock, rule: &Rule) -> RateLimiter {
    let driver = Driver::new().with_clock(time.clock());
    RateLimiter::start(rule).expect("valid").with_driver(driver)
}

/// So many of `most` calls go through at once.
fn admitted(limiter: &RateLimiter, most: u32) -> u32 {
    (0..most).map(|_| u32::from(limiter.check_rate("key", 1).is_ok())).sum()
}

#[test]
fn governor_one_an_hour_with_a_burst_of_ten_million_becomes_another_limit() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 1, HOUR).burst(800_000));
    assert_eq!(limiter.exhaust("key"), 800_000, "91 years' worth, and not one less");
    time.advance(HOUR - Duration::from_nanos(1));
    assert_eq!(limiter.exhaust("key"), 0);
    time.advance(Duration::from_nanos(1));
    assert_eq!(limiter.exhaust("key"), 1);
    let said = RateLimiter::start(&Rule::new("api", 1, HOUR).burst(10_000_000)).unwrap_err();
    assert_eq!(said.option(), "burst", "1141 years' worth is an error: {said}");
}

#[test]
fn governor_keeps_keys_that_it_refused_and_any_number_of_others() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 2, HOUR).max_keys(50));
    let keys = || Backend::status(&limiter, time.now()).reading("keys");
    for key in 0..100 {
        limiter.check_rate(key, 3).expect_err("more than there can be");
    }
    assert_eq!(keys(), Some(0));
    for key in 0..1_000 {
        _ = limiter.check_rate(key, 1);
    }
    assert_eq!(keys(), Some(50));
}

#[test]
fn governor_needs_a_key_of_its_own_to_ask() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 2, HOUR));
    let (tenant, user) = (String::from("acme"), String::from("ann"));
    limiter.check_rate((tenant.as_str(), user.as_str()), 1).expect("full");
    let asked = allocation_counter::measure(|| {
        limiter.check_rate((tenant.as_str(), user.as_str()), 1).expect("one is left");
        limiter.check_rate((tenant.as_str(), user.as_str()), 1).expect_err("used up");
    });
    assert_eq!(asked.count_total, 0, "keys are borrowed");
}

#[test]
fn tower_resilience_sleeps_before_a_refusal_it_could_have_known() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 1, HOUR));
    limiter.check_rate("key", 1).expect("full");
    time.block_on(limiter.wait("key", 1, SECOND)).expect_err("not within a second");
    assert_eq!(time.now(), seawall_core::Tick::ZERO);
}

#[test]
fn tower_resilience_loses_a_token_when_a_ready_call_is_dropped_and_foundation_while_it_is_open() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 10, HOUR));
    let driver = Driver::new().with_clock(time.clock());
    let open = Scripted::new(Component::CircuitBreaker, "db");
    let both = (&limiter, &open);
    for _ in 0..100 {
        open.then(Answer::Refuse(RefusalKind::CircuitOpen));
        let refusal = driver.protect(&both).key("key").acquire_blocking().expect_err("open");
        assert_eq!(refusal.kind(), RefusalKind::CircuitOpen, "not used up");
    }
    assert_eq!(limiter.status("key").remaining, 10);
}

#[test]
fn hammer_window_counts_what_it_refused_and_so_refuses_for_ever() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 10, SECOND));
    // Ten times as often as it may, for ten seconds.
    let through: u32 = (0..1_000)
        .map(|_| {
            time.advance(SECOND / 100);
            admitted(&limiter, 1)
        })
        .sum();
    assert_eq!(through, 109, "the burst, and one each tenth of a second");
}

#[test]
fn hammer_token_bucket_always_says_to_come_back_in_a_second() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 10, SECOND).burst(1));
    limiter.check_rate("key", 1).expect("full");
    for left in [100, 60] {
        let refusal = limiter.check_rate("key", 1).expect_err("used up");
        assert_eq!(refusal.retry_after(), Some(Duration::from_millis(left)));
        time.advance(Duration::from_millis(40));
    }
}

#[test]
fn hammer_cost_above_the_capacity_is_asked_for_ever() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 5, SECOND));
    for _ in 0..3 {
        let refusal = limiter.check_rate("key", 6).expect_err("never");
        let said = (refusal.kind(), refusal.retry_after());
        assert_eq!(said, (RefusalKind::CostAboveLimit, None));
        time.advance(HOUR);
    }
}

#[test]
fn hammer_leaky_bucket_overshoots() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 1, SECOND).burst(10));
    limiter.check_rate("key", 9).expect("full");
    let refusal = limiter.check_rate("key", 5).expect_err("one is left");
    assert_eq!(refusal.retry_after(), Some(4 * SECOND));
}

#[test]
fn resilience4j_releases_without_acquire_mint_permits() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 3, HOUR));
    limiter.refund("key", 100);
    assert_eq!(admitted(&limiter, 100), 3);
}

#[test]
fn resilience4j_a_cancelled_reservation_is_lost() {
    let time = ManualClock::new();
    let limiter = limiter(&time, &Rule::new("api", 1, HOUR));
    drop(limiter.reserve("key", 1).expect("full"));
    assert_eq!(admitted(&limiter, 5), 1);
}
