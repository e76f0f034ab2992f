//! Costs that are known only afterwards.

use std::future::Future;

use seawall_ratelimit::{Algorithm, Limit, Rule};

use crate::support::{Bench, HOUR, SECOND};

#[test]
fn a_charge_beyond_what_is_left_is_owed_and_worked_off() {
    for algorithm in [Algorithm::Gcra, Algorithm::PeriodicBucket, Algorithm::FixedWindow] {
        let bench = Bench::new(&Rule::new("api", 10, SECOND).algorithm(algorithm));
        bench.limiter.check_rate("key", 1).expect("full");
        bench.limiter.charge("key", 28);
        let status = bench.limiter.status("key");
        assert_eq!((status.remaining, status.is_allowed), (0, false), "{algorithm}");
        let wait = bench.limiter.check_rate("key", 1).expect_err("19 are owed").retry_after();
        assert_eq!(wait, status.retry_after, "{algorithm}");
        let wait = wait.expect("it is worked off");
        assert!(wait >= SECOND * 19 / 10, "{algorithm}: {wait:?}");
        bench.time.advance(wait - std::time::Duration::from_nanos(1));
        bench.limiter.check_rate("key", 1).expect_err("not yet");
        bench.time.advance(std::time::Duration::from_nanos(1));
        bench.limiter.check_rate("key", 1).expect("exactly then");
    }
}

#[test]
fn a_charge_that_can_be_paid_takes_as_many_tokens_as_it_costs() {
    for algorithm in Algorithm::ALL {
        let bench = Bench::new(&Rule::new("api", 10, HOUR).algorithm(algorithm));
        bench.limiter.charge("key", 3);
        assert_eq!(bench.limiter.status("key").remaining, 7, "{algorithm}");
        bench.limiter.protect().cost(4).charge();
        assert_eq!(bench.limiter.protect().peek().remaining, 6, "{algorithm}");
        bench.limiter.reset("key");
        assert_eq!(bench.limiter.status("key").remaining, 10, "{algorithm}: a reset pays debts");
    }
}

#[test]
fn a_debt_outlives_a_change_of_the_limit() {
    let bench = Bench::new(&Rule::new("api", 10, HOUR));
    bench.limiter.charge("key", 15);
    for limit in [5, 10, 5] {
        bench.limiter.set_limit_of("key", Limit::new(limit, HOUR)).expect("valid");
        let status = bench.limiter.peek("key", limit);
        let owed = 5 + limit;
        assert_eq!(status.retry_after, Some(HOUR * owed / limit), "{limit} an hour");
    }
}

#[test]
fn a_charge_makes_waiters_wait_for_longer() {
    let bench = Bench::new(&Rule::new("api", 10, SECOND));
    bench.limiter.exhaust("key");
    let begin = bench.time.now();
    let mut wait = Box::pin(bench.limiter.wait("key", 1, HOUR));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(wait.as_mut().poll(&mut cx).is_pending());
    bench.limiter.charge("key", 10);
    bench.time.block_on(wait).expect("within an hour");
    assert_eq!(bench.time.now().since(begin), SECOND * 11 / 10);
}
