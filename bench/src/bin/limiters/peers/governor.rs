//! Governor, on its default clock, which is the cycle counter too.

use std::hash::RandomState;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::DefaultClock;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use seawall_bench::{Subject, each};

use crate::keys::Keys;
use crate::unkeyed::Situation;

pub const UNKEYED: Subject<Situation> = Subject {
    name: "governor",
    start: |situation| {
        if situation != Situation::Denied {
            let limiter = RateLimiter::direct(Quota::per_second(number(1_000_000_000)));
            return each(move || limiter.check().is_ok());
        }
        let limiter = RateLimiter::direct(Quota::per_hour(number(1)));
        limiter.check().expect("the first one is let through");
        each(move || limiter.check().is_ok())
    },
};

/// Governor looks keys up by `&String`. With only a `&str`, as with a part of a request, a caller
/// has to create a `String`.
pub const KEYED: [Subject<Arc<Keys>>; 2] = [
    Subject {
        name: "governor, from a &str",
        start: |keys| {
            let limiter = keyed(&keys);
            Some(keys.each(1, move |key| {
                let text: &str = key.as_str();
                limiter.check_key(&text.to_owned()).is_ok()
            }))
        },
    },
    Subject {
        name: "governor, String at hand",
        start: |keys| {
            let limiter = keyed(&keys);
            Some(keys.each(2, move |key| limiter.check_key(key).is_ok()))
        },
    },
];

type Keyed = RateLimiter<String, DashMapStateStore<String, RandomState>, DefaultClock>;

fn keyed(keys: &Keys) -> Keyed {
    let limiter = RateLimiter::keyed(Quota::per_hour(number(1_000_000)));
    for key in keys.fresh() {
        limiter.check_key(&key).expect("the first of a million");
    }
    limiter
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("not zero")
}
