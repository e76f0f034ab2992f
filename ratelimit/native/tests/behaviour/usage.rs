//! Usage is not forgotten, however rules and limits change.

use seawall_core::KeyStatus;
use seawall_ratelimit::{Algorithm, Limit, Rule};

use crate::support::{Bench, HOUR, MINUTE, SECOND};

fn both(bench: &Bench) -> [KeyStatus; 2] {
    [bench.limiter.status("key"), bench.limiter.protect().peek()]
}

/// As many calls as go through at once, with the key and without.
fn take_all(bench: &Bench, max: u32) -> u32 {
    let unkeyed = (0..max).filter(|_| bench.limiter.check(1).is_ok()).count();
    bench.admitted("key", max) + u32::try_from(unkeyed).unwrap_or(u32::MAX)
}

#[test]
fn the_same_rule_or_limit_again_changes_nothing() {
    for algorithm in Algorithm::ALL {
        let rule = Rule::new("api", 600, MINUTE).algorithm(algorithm);
        let (bench, twin) = (Bench::new(&rule), Bench::new(&rule));
        for bench in [&bench, &twin] {
            bench.limiter.set_limit_of("own", Limit::new(7, MINUTE)).expect("valid");
        }
        for step in 0..600 {
            for bench in [&bench, &twin] {
                if step % 7 < 3 {
                    let _ = bench.limiter.check(9);
                    let _ = bench.limiter.check_rate("key", 9);
                    let _ = bench.limiter.check_rate("own", 1);
                }
                bench.time.advance(SECOND);
            }
            bench.limiter.set_rule(&rule).expect("valid");
            bench.limiter.set_limit_of("own", Limit::new(7, MINUTE)).expect("valid");
            assert_eq!(both(&bench), both(&twin), "{algorithm}, step {step}");
            assert_eq!(bench.limiter.status("own"), twin.limiter.status("own"), "{algorithm}");
        }
    }
}

#[test]
fn a_steady_caller_gets_the_limit_while_the_same_rule_is_set_again_and_again() {
    for algorithm in [Algorithm::Gcra, Algorithm::SlidingWindow] {
        let rule = Rule::new("api", 600, MINUTE).algorithm(algorithm);
        let bench = Bench::new(&rule);
        let mut admitted = 0;
        for _ in 0..600 {
            admitted += bench.admitted("key", 700);
            bench.limiter.set_rule(&rule).expect("valid");
            bench.time.advance(SECOND);
        }
        assert!(admitted >= 5_900, "{algorithm}: {admitted}");
    }
}

#[test]
fn a_limit_that_goes_down_and_up_gives_nothing_out_twice() {
    for algorithm in Algorithm::ALL {
        let rule = |limit| Rule::new("api", limit, SECOND).algorithm(algorithm).burst(limit);
        let bench = Bench::new(&rule(100));
        let mut admitted = 0;
        for step in 0..100 {
            bench.limiter.set_rule(&rule(if step % 2 == 0 { 100 } else { 50 })).expect("valid");
            admitted += take_all(&bench, 200);
            bench.time.advance(SECOND / 100);
        }
        let bound = 2 * rule(100).bound(SECOND);
        assert!(u64::from(admitted) <= bound, "{algorithm}: {admitted} of {bound}");
    }
}

#[test]
fn a_penalty_is_no_pardon() {
    for algorithm in [Algorithm::Gcra, Algorithm::FixedWindow, Algorithm::SlidingWindow] {
        for limit in [1, 0] {
            let bench = Bench::new(&Rule::new("api", 100, HOUR).algorithm(algorithm));
            assert_eq!(bench.admitted("key", 200), 100);
            for _ in 0..5 {
                bench.limiter.set_limit_of("key", Limit::new(limit, HOUR)).expect("valid");
                assert_eq!(bench.admitted("key", 200), 0, "{algorithm}");
                bench.limiter.clear_limit_of("key");
                assert_eq!(bench.admitted("key", 200), 0, "{algorithm}, from {limit}");
            }
        }
    }
}

#[test]
fn usage_that_a_smaller_burst_cuts_off_flows_in_as_time_passes() {
    let bench = Bench::new(&Rule::new("api", 100, HOUR));
    assert_eq!(bench.admitted("key", 200), 100);
    bench.limiter.set_limit_of("key", Limit::new(50, HOUR)).expect("valid");
    bench.time.advance(HOUR);
    assert_eq!(bench.admitted("key", 10), 10, "nothing is owed");
    bench.limiter.clear_limit_of("key");
    assert_eq!(bench.admitted("key", 200), 40, "of 100, 50 have flowed in, of which 10 are used");
}

#[test]
fn a_larger_limit_adds_what_it_is_larger_by_and_no_more() {
    for algorithm in [Algorithm::Gcra, Algorithm::FixedWindow, Algorithm::SlidingWindow] {
        let rule = |limit| Rule::new("api", limit, HOUR).algorithm(algorithm);
        let bench = Bench::new(&rule(10));
        assert_eq!(take_all(&bench, 100), 20);
        for _ in 0..3 {
            bench.limiter.set_rule(&rule(30)).expect("valid");
            let admitted = take_all(&bench, 100);
            assert!(admitted == 40 || admitted == 0, "{algorithm}: {admitted}");
            bench.limiter.set_rule(&rule(10)).expect("valid");
            assert_eq!(take_all(&bench, 100), 0, "{algorithm}");
        }
    }
}

#[test]
fn a_blocked_key_is_refused_without_a_time_and_others_are_not() {
    for algorithm in Algorithm::ALL {
        let bench = Bench::new(&Rule::new("api", 10, SECOND).algorithm(algorithm));
        bench.limiter.set_limit_of("banned", Limit::new(0, SECOND)).expect("zero blocks");
        for _ in 0..3 {
            let refusal = bench.limiter.check_rate("banned", 1).expect_err("blocked");
            assert_eq!(refusal.kind(), seawall_core::RefusalKind::KeyBlocked, "{algorithm}");
            assert_eq!(refusal.retry_after(), None);
            let status = bench.limiter.status("banned");
            let said = (status.is_allowed, status.limit, status.remaining, status.retry_after);
            assert_eq!(said, (false, 0, 0, None), "{algorithm}");
            bench.limiter.check_rate("other", 1).expect("not blocked");
            bench.time.advance(HOUR);
        }
        bench.limiter.reset("banned");
        assert!(bench.limiter.check_rate("banned", 1).is_err(), "{algorithm}");
        bench.limiter.clear_limit_of("banned");
        bench.limiter.check_rate("banned", 1).expect("no longer blocked");
    }
}
