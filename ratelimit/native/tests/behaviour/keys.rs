use seawall_core::Key;
use seawall_ratelimit::{Algorithm, KeyOverflow, Rule};

use crate::support::{Bench, HOUR, SECOND, UNPACED};

#[test]
fn composite_keys_that_read_alike_are_counted_apart() {
    let bench = Bench::new(&Rule::new("api", 1, HOUR));
    let check = |key: (&str, &str)| bench.limiter.check_rate(key, 1).is_ok();
    assert!(check(("a:b", "c")) && check(("a", "b:c")) && !check(("a", "b:c")));
    assert_ne!(Key::new(&("a:b", "c")).to_bytes(), Key::new(&("a", "b:c")).to_bytes());
}

#[test]
fn a_check_of_a_known_key_allocates_nothing() {
    let limiter = seawall_ratelimit::RateLimiter::start(&Rule::new("api", 2, HOUR)).expect("valid");
    let user = String::from("ann");
    for known in [false, true, true] {
        let counted = allocation_counter::measure(|| {
            _ = std::hint::black_box(limiter.check_rate(("user", user.as_str()), 1));
        });
        assert_eq!(counted.count_total == 0, known, "{counted:?}");
    }
    let unkeyed = allocation_counter::measure(|| _ = std::hint::black_box(limiter.check(1)));
    assert_eq!(unkeyed.count_total, 0);
}

#[test]
fn keys_without_room_share_one_count() {
    let bench = Bench::new(&Rule::new("api", 3, HOUR).max_keys(2));
    assert_eq!((bench.admitted("a", 1), bench.admitted("b", 1)), (1, 1));
    assert_eq!((bench.admitted("c", 2), bench.admitted("d", 2)), (2, 1), "three for both");
    assert_eq!(bench.limiter.status("e").remaining, 0, "a newcomer is told what it will get");
    assert_eq!(bench.admitted("a", 5), 2, "who is kept is not touched");
    bench.time.advance(2 * HOUR);
    assert_eq!(
        bench.admitted("c", 5),
        3,
        "there is room once others have nothing to their account"
    );
}

#[test]
fn keys_without_room_can_be_refused() {
    let rule = Rule::new("api", 3, SECOND).max_keys(2).overflow(KeyOverflow::Reject);
    let bench = Bench::new(&rule);
    assert_eq!((bench.admitted("a", 1), bench.admitted("b", 3)), (1, 3));
    let refusal = bench.limiter.check_rate("c", 1).expect_err("no room");
    let status = bench.limiter.status("c");
    assert!(!status.is_allowed && status.remaining == 0, "{status:?}");
    bench.time.advance(refusal.retry_after().expect("it knows"));
    assert_eq!(bench.admitted("c", 5), 3, "then there is room");
}

#[test]
fn a_key_that_is_refused_for_want_of_room_has_nothing_to_drain_or_to_be_refunded() {
    let rule = Rule::new("api", 3, HOUR).max_keys(1);
    let bench = Bench::new(&rule);
    assert_eq!(bench.admitted("kept", 1), 1);
    assert_eq!(bench.admitted("shares", 1), 1, "before newcomers are refused, they share");
    bench.limiter.set_rule(&rule.clone().overflow(KeyOverflow::Reject)).expect("valid");
    let before = (bench.limiter.status("kept"), bench.limiter.status("new"));
    assert_eq!(bench.limiter.exhaust("new"), 0);
    bench.limiter.refund("new", 1);
    bench.limiter.reset("new");
    assert_eq!((bench.limiter.status("kept"), bench.limiter.status("new")), before);
    bench.limiter.set_rule(&rule).expect("valid");
    assert_eq!(bench.limiter.status("new").remaining, 2, "what newcomers shared is as it was");
}

#[test]
fn keys_without_room_are_refunded_and_drained_where_they_are_counted() {
    let bench = Bench::new(&Rule::new("api", 5, HOUR).max_keys(1));
    assert_eq!((bench.admitted("kept", 1), bench.admitted("one", 4)), (1, 4));
    bench.limiter.refund("two", 2);
    assert_eq!(bench.limiter.status("one").remaining, 3);
    bench.limiter.reset("one");
    assert_eq!(
        bench.limiter.status("one").remaining,
        3,
        "what it has spent, others have spent too"
    );
    assert_eq!((bench.limiter.exhaust("three"), bench.limiter.status("one").remaining), (3, 0));
    assert_eq!(bench.limiter.status("kept").remaining, 4);
}

#[test]
fn the_coldest_keys_make_room_but_never_one_that_is_used_up() {
    let rule = Rule::new("api", 10, HOUR).max_keys(100).overflow(KeyOverflow::EvictColdest);
    let bench = Bench::new(&rule);
    let victims: Vec<String> = (0..50).map(|key| format!("victim {key}")).collect();
    for victim in &victims {
        bench.admitted(victim, 10);
    }
    for stranger in 0..1000 {
        assert!(bench.limiter.check_rate(stranger, 1).is_ok(), "strangers find room");
    }
    assert_eq!(victims.iter().map(|victim| bench.admitted(victim, 1)).sum::<u32>(), 0);
    let status = seawall_core::Backend::status(&bench.limiter, bench.time.now());
    assert!(status.reading("keys").is_some_and(|keys| keys <= 100), "{status}");
}

#[test]
fn where_all_keys_are_used_up_none_is_forgotten_and_newcomers_share() {
    for algorithm in UNPACED {
        let rule = Rule::new("api", 2, HOUR).algorithm(algorithm).max_keys(4);
        let bench = Bench::new(&rule.overflow(KeyOverflow::EvictColdest));
        for victim in 0..4 {
            bench.limiter.check_rate(victim, 2).expect("full");
        }
        assert_eq!(bench.limiter.status("new").remaining, 2, "{algorithm}");
        assert_eq!((bench.admitted("new", 1), bench.admitted("newer", 5)), (1, 1), "{algorithm}");
        assert_eq!(bench.limiter.status("newest").remaining, 0, "{algorithm}: it would share");
        for victim in 0..4 {
            assert_eq!(bench.limiter.status(victim).remaining, 0, "{algorithm}");
        }
    }
}

#[test]
fn an_exhausted_key_is_kept_also_where_it_is_idle_sooner_than_others() {
    let rule = Rule::new("api", 10, HOUR).algorithm(Algorithm::SlidingWindow);
    let bench = Bench::new(&rule.max_keys(2).overflow(KeyOverflow::EvictColdest));
    bench.limiter.check_rate("exhausted", 10).expect("full");
    bench.time.advance(HOUR);
    bench.limiter.check_rate("exhausted", 1).expect("a little of the last hour is over");
    bench.limiter.check_rate("other", 5).expect("full");
    bench.limiter.check_rate("new", 6).expect("there is room");
    assert_eq!(bench.limiter.status("exhausted").remaining, 0);
    assert_eq!(bench.limiter.status("other").remaining, 10, "it was forgotten");
    bench.limiter.check_rate("newer", 7).expect("there is room");
    assert_eq!(bench.limiter.status("new").remaining, 10, "it was forgotten");
    bench.time.advance(HOUR);
    bench.limiter.check_rate("newest", 4).expect("there is room");
    assert_eq!(bench.limiter.status("newer").remaining, 4, "idle keys go before it");
}

#[test]
fn the_coldest_key_goes_and_no_other() {
    let rule = Rule::new("api", 100, HOUR).max_keys(64).overflow(KeyOverflow::EvictColdest);
    let bench = Bench::new(&rule);
    for key in 1..=64 {
        bench.limiter.check_rate(key, 1 + (key * 37) % 64).expect("full");
    }
    for newcomer in 1..=5 {
        bench.limiter.check_rate(("new", newcomer), 99).expect("there is room");
        let status = seawall_core::Backend::status(&bench.limiter, bench.time.now());
        assert_eq!(status.reading("keys"), Some(64), "one has gone for one that came");
        let spent = |key: u32| 100 - bench.limiter.status(key).remaining;
        let mut kept: Vec<_> = (1..=64).map(spent).filter(|spent| *spent > 0).collect();
        kept.sort_unstable();
        assert_eq!(kept, (newcomer + 1..=64).collect::<Vec<_>>());
    }
}

#[test]
fn refunds_resets_and_drains_are_of_one_key() {
    let bench = Bench::new(&Rule::new("api", 10, HOUR));
    assert_eq!(bench.limiter.exhaust("a"), 10);
    assert_eq!(bench.limiter.exhaust("a"), 0);
    bench.limiter.refund("a", 4);
    bench.limiter.refund("b", 4);
    assert_eq!(bench.limiter.status("a").remaining, 4);
    assert_eq!(bench.limiter.status("b").remaining, 10, "never more than the limit");
    assert_eq!(bench.admitted("b", 3), 3);
    bench.limiter.reset("a");
    assert_eq!(bench.limiter.status("a").remaining, 10);
    assert_eq!(bench.limiter.status("b").remaining, 7);
}

#[test]
fn draining_what_is_empty_takes_nothing() {
    for algorithm in Algorithm::ALL {
        let bench = Bench::new(&Rule::new("api", 3, HOUR).algorithm(algorithm));
        assert_eq!(bench.limiter.exhaust("a"), 3, "{algorithm}");
        let empty = bench.limiter.status("a");
        assert_eq!(bench.limiter.exhaust("a"), 0, "{algorithm}");
        assert_eq!(bench.limiter.status("a"), empty, "{algorithm}");
    }
}
