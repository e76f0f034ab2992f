use std::time::Duration;

use seawall_core::{Backend, Call, Entry, Key, Tick};
use seawall_ratelimit::{Algorithm, Limit, Rule};

use crate::support::{Bench, HOUR, MINUTE, SECOND, UNPACED};

#[test]
fn a_rule_that_changes_keeps_what_was_spent_with_and_without_a_key() {
    for from in Algorithm::ALL {
        for to in Algorithm::ALL {
            let rule = |limit, algorithm| Rule::new("api", limit, HOUR).algorithm(algorithm);
            let bench = Bench::new(&rule(10, from));
            let unkeyed = || bench.limiter.protect().peek().remaining;
            for _ in 0..4 {
                bench.time.block_on(bench.limiter.wait("key", 1, HOUR)).expect("there are ten");
            }
            let before = bench.limiter.status("key");
            bench.limiter.check(1).expect("there are ten");
            bench.limiter.set_rule(&rule(20, to)).expect("valid");
            let after = bench.limiter.status("key");
            let spent = before.limit - before.remaining;
            assert_eq!((after.limit, after.limit - after.remaining), (20, spent), "{from} to {to}");
            assert_eq!(unkeyed(), 19, "{from} to {to}");
        }
    }
}

#[test]
fn a_smaller_limit_leaves_an_exhausted_key_exhausted_and_ends_no_call() {
    let bench = Bench::new(&Rule::new("api", 10, SECOND));
    assert_eq!(bench.admitted("key", 20), 10);
    bench.limiter.set_rule(&Rule::new("api", 2, SECOND)).expect("valid");
    assert_eq!(bench.admitted("key", 20), 0);
    bench.time.advance(SECOND);
    assert_eq!(bench.admitted("key", 20), 2, "after one period, the new burst is there");
}

#[test]
fn a_rule_that_goes_back_and_forth_counts_on() {
    let bench = Bench::new(&Rule::new("api", 10, HOUR));
    for round in 1..=4 {
        bench.limiter.check(1).expect("there are ten");
        bench.limiter.set_rule(&Rule::new("api", 20, HOUR)).expect("valid");
        assert_eq!(bench.limiter.protect().peek().remaining, 20 - round);
        bench.limiter.set_rule(&Rule::new("api", 10, HOUR)).expect("valid");
        assert_eq!(bench.limiter.protect().peek().remaining, 10 - round);
    }
}

#[test]
fn a_key_can_have_a_limit_of_its_own_and_lose_it_again() {
    let bench = Bench::new(&Rule::new("api", 2, HOUR));
    assert_eq!(bench.admitted("vip", 1), 1);
    bench.limiter.set_limit_of("vip", Limit::new(100, HOUR)).expect("valid");
    assert_eq!((bench.admitted("vip", 200), bench.admitted("other", 200)), (99, 2));
    bench.limiter.set_rule(&Rule::new("api", 3, HOUR)).expect("valid");
    assert_eq!(bench.limiter.status("vip").limit, 100, "a new rule leaves it its own limit");
    bench.limiter.clear_limit_of("vip");
    assert_eq!(bench.limiter.status("vip").limit, 3);
    assert_eq!(bench.limiter.status("vip").remaining, 0, "what it spent stays spent");
}

#[test]
fn a_limit_of_its_own_is_counted_by_the_rule_of_all_whatever_its_algorithm() {
    for from in Algorithm::ALL {
        for to in Algorithm::ALL {
            let rule = |algorithm| Rule::new("api", 2, HOUR).algorithm(algorithm);
            let bench = Bench::new(&rule(from));
            bench.limiter.set_limit_of("vip", Limit::new(100, HOUR)).expect("valid");
            bench.limiter.check_rate("vip", 1).expect("full");
            let left = |key| {
                let status = bench.limiter.status(key);
                (status.limit, status.remaining)
            };
            assert_eq!((left("vip"), left("other")), ((100, 99), (2, 2)), "{from}");
            bench.limiter.set_rule(&rule(to)).expect("valid");
            assert_eq!((left("vip"), left("other")), ((100, 99), (2, 2)), "{from} to {to}");
        }
    }
}

#[test]
fn a_rule_and_the_limits_of_keys_change_together() {
    for from in Algorithm::ALL {
        for to in Algorithm::ALL {
            let rule = |limit, algorithm| Rule::new("api", limit, HOUR).algorithm(algorithm);
            let bench = Bench::new(&rule(3, from));
            for key in ["kept", "changed", "gone"] {
                bench.limiter.set_limit_of(key, Limit::new(100, HOUR)).expect("valid");
                bench.limiter.check_rate(key, 2).expect("full");
            }
            bench.limiter.check_rate("new", 1).expect("full");
            let own = Limit::new(50, HOUR);
            let limits = [("changed", Some(own)), ("gone", None), ("new", Some(own))];
            bench.limiter.reconfigure(&rule(4, to), limits).expect("valid");
            let left = |key| {
                let status = bench.limiter.status(key);
                (status.limit, status.limit - status.remaining)
            };
            let all = ["kept", "changed", "gone", "new", "other"].map(left);
            assert_eq!(all, [(100, 2), (50, 2), (4, 2), (50, 1), (4, 0)], "{from} to {to}");
        }
    }
}

#[test]
fn a_limit_that_fits_only_the_new_rule_is_no_obstacle() {
    let bench = Bench::new(&Rule::new("api", 3, HOUR));
    bench.limiter.set_limit_of("vip", Limit::new(9, HOUR).burst(20)).expect("valid");
    let windows = Rule::new("api", 3, HOUR).algorithm(Algorithm::FixedWindow);
    let own = Limit::new(9, HOUR);
    bench.limiter.reconfigure(&windows, [("vip", Some(own))]).expect("valid");
    assert_eq!(bench.limiter.status("vip").limit, 9);
}

#[test]
fn nothing_changes_if_one_limit_of_several_is_invalid() {
    let rule = Rule::new("api", 3, HOUR);
    let bench = Bench::new(&rule);
    bench.limiter.set_limit_of("gone", Limit::new(100, HOUR)).expect("valid");
    let wrong = Limit::new(1, Duration::ZERO);
    let limits = [("gone", None), ("vip", Some(Limit::new(9, HOUR))), ("odd", Some(wrong))];
    bench.limiter.reconfigure(&Rule::new("api", 5, HOUR), limits).expect_err("no period");
    assert_eq!(bench.limiter.rule(), rule);
    assert_eq!(["gone", "vip", "odd"].map(|key| bench.limiter.status(key).limit), [100, 3, 3]);
    let unkeyed = Rule::new("all", 3, HOUR).key_parts(0);
    let bench = Bench::new(&unkeyed);
    let error = bench.limiter.reconfigure(&unkeyed, [("vip", Some(Limit::new(9, HOUR)))]);
    let error = error.expect_err("no keys").to_string();
    assert!(error.contains("`key_parts` is 0"), "{error}");
}

#[test]
fn a_call_that_waits_while_the_rule_changes_is_counted_once() {
    let three_ask = |bench: &Bench| {
        bench.time.advance_to(Tick::from_millis(4_300));
        for key in [None, Some(Key::new(&"key"))] {
            for _ in 0..3 {
                let call = Call::at(bench.time.now()).with_max_wait(Some(HOUR));
                let call = if let Some(key) = key { call.with_key(key) } else { call };
                let answer = bench.limiter.enter(&call);
                assert!(matches!(answer, Entry::Go(_) | Entry::GoAt(..)), "{answer:?}");
            }
        }
    };
    let both = |bench: &Bench| (bench.limiter.status("key"), bench.limiter.protect().peek());
    for (from, to) in UNPACED.into_iter().flat_map(|from| UNPACED.map(|to| (from, to))) {
        for (limit, period) in [(3, SECOND), (4, SECOND), (2, 2 * SECOND)] {
            let rule = Rule::new("api", limit, period).algorithm(to);
            let changed = Bench::new(&Rule::new("api", 2, SECOND).algorithm(from));
            three_ask(&changed);
            changed.limiter.set_rule(&rule).expect("valid");
            let twin = Bench::new(&rule);
            three_ask(&twin);
            assert_eq!(both(&changed), both(&twin), "{from} to {to}, {limit} in {period:?}");
        }
    }
}

#[test]
fn what_cannot_change_is_said_and_changes_nothing() {
    let rule = Rule::new("api", 2, MINUTE);
    let bench = Bench::new(&rule);
    let said = |changed: &Rule| bench.limiter.set_rule(changed).expect_err("no").to_string();
    assert_eq!(
        said(&rule.clone().key_parts(1)),
        "rate limit `api`: `key_parts` cannot change while the limiter is running"
    );
    assert_eq!(
        said(&Rule::new("other", 9, MINUTE)),
        "rate limit `api`: `name` cannot change while the limiter is running"
    );
    bench.limiter.set_limit_of("vip", Limit::new(9, MINUTE).burst(10)).expect("valid");
    let windows = rule.clone().algorithm(Algorithm::FixedWindow);
    assert_eq!(
        said(&windows),
        "rate limit `api`: `burst` is not for windows: they have their limit at once"
    );
    assert_eq!(bench.limiter.rule(), rule);
}
