use std::time::Duration;

use seawall_core::{Backend, RefusalKind};
use seawall_ratelimit::{Algorithm, KeyOverflow, Limit, RateLimiter, Rule};

use crate::support::{Bench, HOUR, MINUTE, SECOND, UNPACED};

const POLICIES: [KeyOverflow; 3] =
    [KeyOverflow::Shared, KeyOverflow::Reject, KeyOverflow::EvictColdest];

fn kept(bench: &Bench) -> u64 {
    Backend::status(&bench.limiter, bench.time.now()).reading("keys").expect("it is counted")
}

#[test]
fn a_key_with_a_limit_of_its_own_has_its_place_whatever_strangers_do() {
    for (overflow, algorithm) in POLICIES.into_iter().flat_map(|o| UNPACED.map(|a| (o, a))) {
        let rule = Rule::new("api", 1, HOUR).max_keys(10).overflow(overflow).algorithm(algorithm);
        let bench = Bench::new(&rule);
        let limiter = &bench.limiter;
        limiter.set_limit_of("vip", Limit::new(1000, HOUR)).expect("valid");
        for stranger in 0..100 {
            _ = limiter.check_rate(stranger, 1);
        }
        let status = limiter.status("vip");
        assert_eq!((status.limit, status.remaining), (1000, 1000), "{overflow:?} {algorithm}");
        assert!(limiter.peek("vip", 600).is_allowed);
        limiter.check_rate("vip", 600).expect("there are 1000");
        assert_eq!(limiter.status("vip").remaining, 400);
        limiter.refund("vip", 100);
        assert_eq!(limiter.exhaust("vip"), 500);
        limiter.check_rate("vip", 1).expect_err("exhausted");
        limiter.reset("vip");
        assert_eq!(limiter.status("vip").remaining, 1000);
        assert_eq!(kept(&bench), 10, "{overflow:?}: it takes no other key's place");
    }
}

#[test]
fn a_key_held_down_by_a_limit_of_its_own_stays_so_without_room() {
    for overflow in POLICIES {
        let bench = Bench::new(&Rule::new("api", 100, HOUR).max_keys(2).overflow(overflow));
        bench.limiter.set_limit_of("abuser", Limit::new(1, HOUR)).expect("valid");
        for stranger in 0..10 {
            _ = bench.limiter.check_rate(stranger, 100);
        }
        assert_eq!(bench.admitted("abuser", 5), 1, "{overflow:?}");
        for stranger in 10..20 {
            _ = bench.limiter.check_rate(stranger, 1);
        }
        assert_eq!(bench.admitted("abuser", 5), 0, "{overflow:?}");
    }
}

#[test]
fn a_limit_of_its_own_that_is_set_and_cleared_keeps_what_was_spent_and_the_place() {
    let bench = Bench::new(&Rule::new("api", 10, HOUR).max_keys(2).overflow(KeyOverflow::Reject));
    assert_eq!((bench.admitted("a", 4), bench.admitted("b", 1), kept(&bench)), (4, 1, 2));
    bench.limiter.set_limit_of("a", Limit::new(20, HOUR)).expect("valid");
    assert_eq!((bench.limiter.status("a").remaining, kept(&bench)), (16, 1));
    assert_eq!(bench.admitted("c", 1), 1, "the place of `a` is free");
    bench.limiter.clear_limit_of("a");
    assert_eq!(bench.limiter.status("a").remaining, 6);
    assert_eq!(kept(&bench), 3, "it had spent something, so it is kept in any case");
    bench.limiter.check_rate("d", 1).expect_err("no room");
}

#[test]
fn reject_says_exactly_when_the_next_place_is_free() {
    for keys in [100, 10_000] {
        let rule = Rule::new("api", 1800, HOUR).max_keys(keys).overflow(KeyOverflow::Reject);
        let bench = Bench::new(&rule);
        bench.limiter.check_rate("short", 1).expect("full"); // all back after two seconds
        for key in 1..keys {
            bench.limiter.check_rate(key, 900).expect("full");
        }
        for stranger in 0..50 {
            let told = bench.limiter.check_rate(("new", stranger), 1).expect_err("no room");
            assert_eq!(told.retry_after(), Some(2 * SECOND), "{keys} {told:?}");
        }
        bench.time.advance(2 * SECOND - Duration::from_nanos(1));
        let told = bench.limiter.check_rate("new", 1).expect_err("no room yet");
        assert_eq!(told.retry_after(), Some(Duration::from_nanos(1)));
        bench.time.advance(Duration::from_nanos(1));
        bench.limiter.check_rate("new", 1).expect("a place is free now");
        bench.limiter.check_rate("newer", 1).expect_err("and only one");
    }
}

#[test]
fn a_place_that_becomes_free_is_found_wherever_it_is() {
    for overflow in POLICIES {
        let rule = Rule::new("api", 2, HOUR).max_keys(20_000).overflow(overflow);
        let bench = Bench::new(&rule);
        for key in 0..20_000 {
            bench.limiter.check_rate(key, 2).expect("full");
        }
        for (round, freed) in [17, 4_711, 19_999].into_iter().enumerate() {
            bench.limiter.reset(freed);
            bench.limiter.check_rate(("new", round), 2).expect("the place of `freed`");
            assert_eq!(bench.limiter.status(("new", round)).remaining, 0);
        }
        assert_eq!(kept(&bench), 20_000);
    }
}

#[test]
fn where_fewer_keys_may_be_kept_newcomers_are_told_the_time_and_then_find_room() {
    let rule = Rule::new("api", 2, HOUR).max_keys(100_000).overflow(KeyOverflow::Reject);
    let bench = Bench::new(&rule);
    for key in 0..10 {
        bench.limiter.check_rate(key, 1).expect("full");
    }
    bench.limiter.set_rule(&rule.clone().max_keys(10)).expect("valid");
    for stranger in 0..1000 {
        let told = bench.limiter.check_rate(("new", stranger), 1).expect_err("no room");
        assert_eq!(told.retry_after(), Some(30 * MINUTE));
    }
    bench.time.advance(HOUR);
    for stranger in 0..10 {
        bench.limiter.check_rate(("new", stranger), 1).expect("all are idle");
    }
    assert_eq!(kept(&bench), 10);
}

#[test]
fn where_more_keys_are_kept_than_may_be_newcomers_take_the_places_of_idle_keys() {
    for overflow in POLICIES {
        let rule = Rule::new("api", 3600, HOUR).max_keys(100).overflow(overflow);
        let bench = Bench::new(&rule);
        for key in 1..=100 {
            bench.limiter.check_rate(key, key).expect("full"); // idle after `key` seconds
        }
        bench.limiter.set_rule(&rule.clone().max_keys(10)).expect("valid");
        if overflow == KeyOverflow::Reject {
            let told = bench.limiter.check_rate("new", 1).expect_err("no room");
            assert_eq!(told.retry_after(), Some(SECOND));
        }
        bench.time.advance(SECOND);
        let mut before = kept(&bench);
        for second in 0..100 {
            bench.limiter.check_rate(("new", second), 1800).expect("one is idle each second");
            bench.time.advance(SECOND);
            assert!(kept(&bench) <= before.max(10), "{overflow:?}: {} keys", kept(&bench));
            before = kept(&bench);
        }
        bench.time.advance(HOUR);
        for newcomer in 0..10 {
            bench.limiter.check_rate(("newer", newcomer), 1).expect("all are idle");
        }
        assert_eq!(kept(&bench), 10, "{overflow:?}: newcomers had the others forgotten");
    }
}

#[test]
fn peek_tells_what_a_check_does_without_room() {
    for (overflow, algorithm) in POLICIES.into_iter().flat_map(|o| Algorithm::ALL.map(|a| (o, a))) {
        let rule = Rule::new("api", 5, HOUR).max_keys(3).overflow(overflow).algorithm(algorithm);
        let bench = Bench::new(&rule);
        bench.limiter.set_limit_of("own", Limit::new(7, HOUR)).expect("valid");
        for stranger in 0..5 {
            _ = bench.limiter.exhaust(stranger);
        }
        for key in ["new", "own"] {
            for cost in [6, 8, 1, 3, 5, 7] {
                let peeked = bench.limiter.peek(key, cost);
                let done = bench.limiter.check_rate(key, cost);
                let what = format!("{overflow:?} {algorithm} {key} {cost}: {peeked:?} {done:?}");
                assert_eq!(peeked.is_allowed, done.is_ok(), "{what}");
                if let Err(refusal) = done {
                    assert_eq!(peeked.retry_after, refusal.retry_after(), "{what}");
                    let never = refusal.kind() == RefusalKind::CostAboveLimit;
                    assert_eq!(never, peeked.retry_after.is_none(), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_refused_call_allocates_nothing_without_room() {
    for (overflow, algorithm) in POLICIES.into_iter().flat_map(|o| UNPACED.map(|a| (o, a))) {
        let rule = Rule::new("api", 2, HOUR).max_keys(5_000).overflow(overflow);
        let bench = Bench::new(&rule.algorithm(algorithm));
        for key in 0..5_000 {
            bench.limiter.check_rate(key, 2).expect("full");
        }
        let refused = |key: u32| {
            let counted = allocation_counter::measure(|| {
                _ = std::hint::black_box(bench.limiter.check_rate(("new", key), 1));
            });
            assert_eq!(counted.count_total, 0, "{overflow:?} {algorithm} {counted:?}");
        };
        (0..100).for_each(refused);
        drop(bench.limiter.reserve(7, 1));
        (100..200).for_each(refused);
    }
}

#[test]
fn memory_is_taken_for_keys_that_are_kept_and_not_for_those_that_may_be() {
    let mut limiter = None;
    let rule = Rule::new("api", 2, HOUR).max_keys(u32::MAX);
    let started = allocation_counter::measure(|| limiter = RateLimiter::start(&rule).ok());
    assert!(started.bytes_total < 16_384, "{started:?}");
    let limiter = limiter.expect("valid");
    for key in 0..100_000 {
        let counted = allocation_counter::measure(|| {
            limiter.check_rate(key, 1).expect("new");
        });
        assert!(counted.bytes_total < 100_000, "{key}: {counted:?}");
    }
}

#[test]
fn room_that_is_raised_later_costs_as_if_it_had_been_there_at_first() {
    let rule = Rule::new("api", 2, HOUR).overflow(KeyOverflow::EvictColdest);
    let fill = |limiter: &RateLimiter| {
        let most = |key| {
            let check = || _ = limiter.check_rate(key, 1);
            allocation_counter::measure(check).bytes_total
        };
        (0..200_000).map(most).max().expect("some")
    };
    let first = RateLimiter::start(&rule.clone().max_keys(200_000)).expect("valid");
    let later = RateLimiter::start(&rule.clone().max_keys(1_000)).expect("valid");
    later.set_rule(&rule.max_keys(200_000)).expect("valid");
    let (first, later) = (fill(&first), fill(&later));
    assert!(first < 100_000 && later < 100_000, "{first} and {later} bytes in one call");
}

#[test]
fn a_key_has_its_place_while_a_larger_burst_would_count_what_it_spent() {
    let rule =
        |limit, period| Rule::new("api", limit, period).max_keys(1).overflow(KeyOverflow::Reject);
    let bench = Bench::new(&rule(10, HOUR));
    let limiter = &bench.limiter;
    limiter.check_rate("ann", 10).expect("there are 10");
    limiter.set_rule(&rule(1, 6 * MINUTE)).expect("valid");
    bench.time.advance(6 * MINUTE);
    assert_eq!(limiter.status("ann").remaining, 1, "all that the smaller burst holds");
    let refusal = limiter.check_rate("bob", 1).expect_err("there is no room");
    assert_eq!(refusal.retry_after(), Some(54 * MINUTE));
    limiter.set_rule(&rule(10, HOUR)).expect("valid");
    assert_eq!(limiter.status("ann").remaining, 1);
    limiter.set_rule(&rule(1, 6 * MINUTE)).expect("valid");
    bench.time.advance(54 * MINUTE);
    limiter.check_rate("bob", 1).expect("what the other key spent has flowed in");
}

#[test]
fn an_idle_key_is_as_unused_after_a_change_as_a_forgotten_one() {
    for algorithm in Algorithm::ALL {
        let rule = |limit| Rule::new("api", limit, MINUTE).algorithm(algorithm);
        let bench = Bench::new(&rule(4));
        bench.limiter.check_rate("ann", 1).expect("the first");
        bench.time.advance(HOUR);
        bench.limiter.set_rule(&rule(5)).expect("valid");
        for key in ["ann", "bob"] {
            assert!(bench.limiter.peek(key, 5).is_allowed, "{key} {algorithm}");
        }
    }
}
