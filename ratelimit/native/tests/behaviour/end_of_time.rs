//! Times that no clock reaches unless its origin is centuries ago.

use std::time::Duration;

use seawall_core::{Backend, Call, Entry, Key, Limiter, RefusalKind, Tick};
use seawall_ratelimit::{Algorithm, RateLimiter, Rule};

use crate::support::SECOND;

/// The number of calls that `limiter` admits at `now`, of at most ten; each refusal is checked.
fn admitted(limiter: &RateLimiter, now: Tick, about: &str) -> usize {
    let call = Call::at(now).with_key(Key::new(&"key"));
    for admitted in 0..10 {
        match limiter.enter(&call) {
            Entry::Go(_) => {}
            Entry::Refuse(refusal) => {
                assert_eq!(refusal.kind(), RefusalKind::RateLimited, "{about}");
                assert_eq!(refusal.retry_after(), None, "{about}: no retry succeeds");
                let status = Limiter::peek(limiter, &call);
                assert!(!status.is_allowed && status.retry_after.is_none(), "{about}");
                return admitted;
            }
            entry => panic!("{about}: {entry:?}"),
        }
    }
    10
}

#[test]
fn at_the_end_of_time_each_algorithm_admits_no_more_than_its_burst() {
    for algorithm in Algorithm::ALL.iter().copied() {
        for nanos in [1 << 63, u64::MAX - 1, u64::MAX] {
            let about = format!("{algorithm} at {nanos}");
            let rule = Rule::new("api", 2, SECOND).algorithm(algorithm).max_wait(Duration::ZERO);
            let limiter = RateLimiter::start(&rule).expect("valid");
            let now = Tick::from_nanos(nanos);
            assert!(admitted(&limiter, now, &about) <= 2, "{about}");
            assert_eq!(admitted(&limiter, now + 60 * SECOND, &about), 0, "{about}, a minute later");
        }
    }
}
