use std::num::NonZeroU32;
use std::task::Waker;
use std::time::Duration;

use seawall_core::{Backend, Call, Entry, Exit, Tick, Verdict};
use seawall_ratelimit::{Algorithm, Rule};

use crate::support::{Bench, HOUR, SECOND, UNPACED};

#[test]
fn a_reservation_comes_back_unless_it_is_committed() {
    let bench = Bench::new(&Rule::new("api", 5, HOUR));
    let left = || bench.limiter.status("key").remaining;
    let reservation = bench.limiter.reserve("key", 3).expect("there are five");
    assert_eq!(left(), 2);
    drop(reservation);
    assert_eq!(left(), 5);
    bench.limiter.reserve("key", 3).expect("there are five").commit();
    assert_eq!(left(), 2);
    bench.limiter.reserve("key", 3).expect_err("there are two");
    assert_eq!(left(), 2);
}

#[test]
fn holding_a_reservation_gains_nothing() {
    let bench = Bench::new(&Rule::new("api", 10, SECOND));
    let all = bench.limiter.reserve("key", 10).expect("full");
    bench.time.advance(Duration::from_millis(500));
    assert_eq!(bench.admitted("key", 20), 5, "what has flowed in meanwhile");
    drop(all);
    assert_eq!(bench.admitted("key", 20), 5, "ten in all, as without the reservation");
}

#[test]
fn a_sliding_window_takes_back_what_was_taken_in_the_last_period() {
    let rule = Rule::new("api", 4, SECOND).algorithm(Algorithm::SlidingWindow);
    let bench = Bench::new(&rule);
    for passes in [Duration::ZERO, SECOND] {
        let reservation = bench.limiter.reserve("key", 4).expect("full");
        bench.time.advance(passes);
        assert!(bench.limiter.status("key").remaining <= 1);
        drop(reservation);
        let status = bench.limiter.status("key");
        assert_eq!((status.remaining, status.reset_after), (4, Duration::ZERO), "{passes:?}");
    }
}

#[test]
fn a_sliding_window_takes_back_what_was_taken_before_others_came_in_this_period() {
    let rule = Rule::new("api", 4, SECOND).algorithm(Algorithm::SlidingWindow);
    let bench = Bench::new(&rule);
    let reservation = bench.limiter.reserve("key", 4).expect("full");
    bench.time.advance(SECOND + SECOND / 2);
    bench.limiter.check_rate("key", 1).expect("half of the last period's four count");
    assert_eq!(bench.limiter.status("key").remaining, 2, "less than two of the four count");
    drop(reservation);
    assert_eq!(bench.limiter.status("key").remaining, 3);
}

#[test]
fn a_call_that_is_late_already_is_let_through_if_it_need_not_wait() {
    let begin = Tick::from_millis(10_000);
    for algorithm in UNPACED {
        let bench = Bench::new(&Rule::new("api", 1, SECOND).algorithm(algorithm));
        let call = Call::at(begin).with_deadline(Tick::from_millis(9_999));
        assert!(matches!(bench.limiter.enter(&call), Entry::Go(_)), "{algorithm}");
        assert!(matches!(bench.limiter.enter(&call), Entry::Refuse(_)), "{algorithm}");
    }
}

#[test]
fn what_comes_back_while_a_call_waits_for_the_next_portion_is_not_had_twice() {
    let rule = Rule::new("api", 7, SECOND).algorithm(Algorithm::PeriodicBucket).burst(9);
    let Bench { limiter, .. } = Bench::new(&rule);
    let (now, next) = (Tick::from_millis(10_200), Tick::from_millis(11_000));
    let ask = |at: Tick, cost: u32, patience| {
        let call = Call::at(at).with_cost(NonZeroU32::new(cost).expect("not zero"));
        match limiter.enter(&call.with_max_wait(Some(patience))) {
            Entry::Go(token) => Some((at, token)),
            Entry::GoAt(token, start) => Some((start, token)),
            _ => None,
        }
    };
    let give_back = |token, cost| {
        let cost = NonZeroU32::new(cost).expect("not zero");
        limiter.exit(token, &Exit::at(now, Verdict::Unused).with_cost(cost));
    };
    let (_, first) = ask(now, 4, Duration::ZERO).expect("there are nine");
    let (start, waits) = ask(now, 6, SECOND).expect("it may wait");
    assert_eq!(start, next);
    let (start, mut behind) = ask(now, 1, SECOND).expect("it may wait");
    assert_eq!(start, next, "no call overtakes one that waits");
    give_back(waits, 6);
    let start = limiter.poll_start(&mut behind, start, now, Waker::noop());
    assert_eq!(start.expect("it may start"), now, "the call behind moved up");
    assert!(ask(now, 4, Duration::ZERO).is_some());
    assert_eq!(ask(now, 1, Duration::ZERO), None);
    give_back(first, 4);
    assert!(ask(now, 4, Duration::ZERO).is_some());
    assert_eq!(ask(next, 8, Duration::ZERO), None);
    assert!(ask(next, 7, Duration::ZERO).is_some());
}
