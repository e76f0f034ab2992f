//! Which keys are kept, and what becomes of those without room.

use seawall_breaker::{
    BreakerOptions, KeyOptions, KeyOverflow, KeyedBreaker, RateWindow, Ratio, RefusalKind, State,
    Verdict,
};
use seawall_core::{Backend, Call, Entry, Exit, Key, Tick, Token};

use super::{Fixture, options};
use crate::fixture::{MS, SECOND};

const OVERFLOWS: [KeyOverflow; 3] =
    [KeyOverflow::Shared, KeyOverflow::Reject, KeyOverflow::EvictColdest];

fn keys(max_keys: u32) -> KeyOptions {
    KeyOptions::new().max_keys(max_keys)
}

#[test]
fn keys_without_room_share_one_circuit() {
    let bench = Fixture::new(&options(), &keys(2));
    bench.fail("a", 1);
    bench.fail("b", 1);
    bench.fail("c", 1);
    bench.fail("d", 1);
    let refusal = bench.acquire("e").expect_err("c and d have opened it");
    assert_eq!(refusal.kind(), RefusalKind::CircuitOpen);
    assert_eq!(refusal.retry_after(), Some(5 * SECOND));
    assert!(bench.admits("a") && bench.admits("b"), "who is kept is not touched");
    assert_eq!((bench.breaker.keys(), bench.is_kept("c")), (2, false));
    assert_eq!(bench.breaker.summary().shared.state, State::Open);
    bench.wait(5 * SECOND);
    bench.succeed("c");
    assert_eq!(bench.breaker.summary().shared.state, State::Closed, "that was its probe");
    bench.wait(5 * SECOND);
    assert!(bench.admits("c") && bench.is_kept("c"), "nothing is against the others any more");
}

#[test]
fn keys_without_room_can_be_rejected_and_are_told_when_there_is_some() {
    let bench = Fixture::new(&options(), &keys(2).overflow(KeyOverflow::Reject));
    bench.fail("a", 1);
    bench.wait(SECOND);
    bench.fail("b", 1);
    let refusal = bench.acquire("c").expect_err("no room");
    assert_eq!(refusal.kind(), RefusalKind::TooManyKeys);
    assert_eq!((refusal.by(), refusal.limit()), (bench.breaker.layer(), Some(2)));
    assert_eq!(
        refusal.to_string(),
        "circuit breaker `partners` has no room for another key (2 keys); retry in 9.0 s"
    );
    bench.wait(9 * SECOND - MS);
    assert_eq!(bench.acquire("c").expect_err("no room").retry_after(), Some(MS));
    bench.wait(MS);
    bench.succeed("c");
    assert_eq!([bench.is_kept("a"), bench.is_kept("b"), bench.is_kept("c")], [false, true, true]);
    assert_eq!(bench.breaker.summary().calls.refused, 2);
}

#[test]
fn where_all_keys_have_calls_under_way_nobody_knows_when_there_is_room() {
    let bench = Fixture::new(&options(), &keys(1).overflow(KeyOverflow::Reject));
    let running = bench.admitted("a");
    assert_eq!(bench.acquire("b").expect_err("no room").retry_after(), None);
    running.success();
    assert!(bench.admits("b"));
}

#[test]
fn who_has_nothing_against_it_makes_room_first() {
    for overflow in OVERFLOWS {
        let bench = Fixture::new(&options(), &keys(3).overflow(overflow));
        bench.fail("failed", 1);
        bench.wait(SECOND);
        bench.succeed("older");
        bench.wait(SECOND);
        bench.succeed("newer");
        bench.succeed("one");
        assert!(bench.is_kept("failed"), "{overflow:?}");
        bench.succeed("two");
        assert!(bench.is_kept("failed"), "{overflow:?}");
        assert_eq!(bench.breaker.summary().shared.calls.admitted, 0, "{overflow:?}");
        bench.fail("failed", 1);
        assert_eq!(bench.state("failed"), Some(State::Open), "{overflow:?}: it was remembered");
    }
}

#[test]
fn the_coldest_of_the_closed_make_room() {
    let bench = Fixture::new(&options(), &keys(3).overflow(KeyOverflow::EvictColdest));
    for key in ["a", "b", "c"] {
        bench.fail(key, 1);
        bench.wait(SECOND);
    }
    bench.admitted("a").success();
    bench.wait(MS);
    bench.fail("d", 1);
    let kept = |key: &str| bench.is_kept(key);
    assert_eq!(["a", "b", "c", "d"].map(kept), [true, false, true, true], "b was used before a");
    bench.fail("e", 1);
    assert_eq!(["a", "c", "d", "e"].map(kept), [true, false, true, true]);
}

#[test]
fn a_circuit_that_is_not_closed_is_never_forgiven() {
    for overflow in OVERFLOWS {
        let bench = Fixture::new(&options().failures(1), &keys(6).overflow(overflow));
        bench.fail("half-open", 1);
        bench.wait(5 * SECOND);
        bench.admitted("half-open").settle(Verdict::Ignored);
        bench.fail("open", 1);
        bench.breaker.force_open("forced").expect("room");
        bench.breaker.disable("disabled").expect("room");
        bench.breaker.observe("observed").expect("room");
        let running = bench.admitted("running");
        for stranger in 0..1000 {
            if let Ok(permit) = bench.acquire(("stranger", stranger)) {
                permit.settle(Verdict::Ignored);
            }
        }
        let state = |key: &str| bench.state(key).map_or("forgotten", State::as_str);
        let keys = ["half-open", "open", "forced", "disabled", "observed", "running"];
        let states = ["half_open", "open", "forced_open", "disabled", "observing", "closed"];
        assert_eq!(keys.map(state), states, "{overflow:?}");
        assert_eq!(bench.breaker.keys(), 6);
        running.failure();
        assert_eq!(bench.state("running"), Some(State::Open), "{overflow:?}: its result counted");
    }
}

#[test]
fn who_has_not_been_called_for_long_is_forgotten_unless_it_is_in_somebodys_hand() {
    let day = 24 * 3600 * SECOND;
    let bench = Fixture::new(&options().failures(1), &keys(2).overflow(KeyOverflow::Reject));
    bench.breaker.disable("disabled").expect("room");
    bench.fail("gone", 1);
    bench.wait(3600 * SECOND);
    assert_eq!(bench.acquire("new").expect_err("no room").retry_after(), Some(day - 3600 * SECOND));
    bench.wait(day - 3600 * SECOND - MS);
    assert!(!bench.admits("new"));
    bench.wait(MS);
    assert!(bench.admits("new"));
    assert_eq!([bench.is_kept("gone"), bench.is_kept("disabled")], [false, true]);
    bench.fail("new", 1);
    bench.breaker.reconfigure(&options(), &keys(2).forget_after(SECOND)).expect("valid");
    bench.wait(SECOND);
    assert!(bench.admits("newer") && bench.is_kept("newer") && !bench.is_kept("new"));
}

#[test]
fn a_key_that_is_refused_is_in_use() {
    let bench = Fixture::new(&options().failures(1), &keys(1).forget_after(10 * SECOND));
    bench.breaker.trip("a", 60 * SECOND).expect("room");
    for _ in 0..3 {
        bench.wait(9 * SECOND);
        assert!(!bench.admits("a"));
    }
    bench.succeed("b");
    assert_eq!(bench.state("a"), Some(State::Open));
}

#[test]
fn successes_of_a_rate_keep_a_key_as_long_as_time_does_not_end_them() {
    let rate = BreakerOptions::new("partners").failure_rate(Ratio::percent(50)).minimum_calls(2);
    for (window, is_kept) in [(RateWindow::Time(10 * SECOND), true), (RateWindow::Calls(9), false)]
    {
        let rate = rate.clone().rate_window(window);
        let bench = Fixture::new(&rate, &keys(1).overflow(KeyOverflow::Reject));
        bench.succeed("a");
        bench.wait(9 * SECOND);
        assert_eq!(bench.admits("b"), !is_kept, "{window:?}");
        assert_eq!(bench.is_kept("a"), is_kept, "{window:?}");
        bench.wait(SECOND);
        assert!(bench.admits("b"), "{window:?}");
        bench.fail("b", 1);
        bench.wait(9 * SECOND);
        assert!(!bench.admits("c"), "{window:?}: a failure keeps it");
    }
}

/// What only a backend that is told twice of one end can see: a driver tells it once.
#[test]
fn a_result_from_before_a_circuit_was_forgotten_decides_nothing_in_the_next() {
    let bench = Fixture::new(&options().failures(1), &keys(1));
    let enter = |key: &str| -> Token {
        match bench.breaker.enter(&Call::at(Tick::ZERO).with_key(Key::new(&key))) {
            Entry::Go(token) => token,
            entry => panic!("{entry:?}"),
        }
    };
    let exit = |token, verdict| bench.breaker.exit(token, &Exit::at(Tick::ZERO, verdict));
    let first = enter("a");
    exit(first, Verdict::Success);
    let other = enter("b");
    exit(other, Verdict::Success);
    assert!(!bench.is_kept("a"));
    let again = enter("a");
    assert!(!bench.is_kept("b"));
    exit(first, Verdict::Failure);
    exit(other, Verdict::Failure);
    assert_eq!(bench.state("a"), Some(State::Closed));
    assert_eq!(bench.breaker.summary().calls.late, 2);
    exit(again, Verdict::Failure);
    assert_eq!(bench.state("a"), Some(State::Open));
}

#[test]
fn room_that_is_taken_away_is_left_as_soon_as_it_can_be() {
    let bench = Fixture::new(&options(), &keys(6));
    for key in ["clear", "clearer"] {
        bench.succeed(key);
    }
    bench.fail("counted", 1);
    bench.fail("open", 2);
    let running = [bench.admitted("one"), bench.admitted("other")];
    bench.breaker.reconfigure(&options(), &keys(2)).expect("valid");
    assert_eq!(bench.breaker.keys(), 4, "none of these can go");
    bench.succeed("new");
    assert!(!bench.is_kept("new"));
    for permit in running {
        permit.success();
    }
    bench.succeed("new");
    assert_eq!(bench.breaker.keys(), 2);
    assert_eq!(
        [bench.is_kept("counted"), bench.is_kept("open"), bench.is_kept("new")],
        [true, true, false]
    );
    bench.breaker.reconfigure(&options(), &keys(3)).expect("valid");
    bench.succeed("new");
    assert!(bench.is_kept("new"));
}

#[test]
fn a_key_takes_some_hundred_bytes_and_its_windows() {
    const MOST: u32 = 10_000;
    let bytes = |options: &BreakerOptions| {
        let breaker = KeyedBreaker::start(options, &keys(MOST)).expect("valid");
        let memory = allocation_counter::measure(|| {
            for key in 0..MOST {
                _ = breaker.execute_blocking(("host", key), || Err::<(), ()>(()));
            }
        });
        assert_eq!(breaker.keys(), u64::from(MOST));
        memory.bytes_max / u64::from(MOST)
    };
    let rate = options().failure_rate(Ratio::ONE);
    let calls = rate.clone().rate_window(RateWindow::Calls(1000));
    let found = [options(), options().failures(102), rate, calls].map(|options| bytes(&options));
    let [few, failures, time, calls] = found;
    assert!(few < 500, "{found:?}");
    assert!((700..900).contains(&(failures - few)), "{found:?}: 100 more, of 8 bytes each");
    assert!((200..400).contains(&(time - few)), "{found:?}: ten tenths");
    assert!((950..1050).contains(&(calls - time)), "{found:?}: a byte a call");
}

#[test]
fn who_was_used_last_is_still_known_under_other_options() {
    let bench = Fixture::new(&options(), &keys(64).overflow(KeyOverflow::EvictColdest));
    let use_each = |keys: &mut dyn Iterator<Item = u32>, verdict| {
        for key in keys {
            bench.admitted(key).settle(verdict);
            bench.wait(MS);
        }
    };
    use_each(&mut (0..64), Verdict::Failure);
    use_each(&mut (0..64).rev(), Verdict::Success);
    bench
        .breaker
        .reconfigure(&options().failures(3), &keys(64).overflow(KeyOverflow::EvictColdest))
        .expect("valid");
    use_each(&mut (100..132), Verdict::Failure);
    let kept: Vec<_> = (0..64).filter(|key| bench.is_kept(key)).collect();
    assert_eq!(kept, (0..32).collect::<Vec<_>>());
}
