//! Limiters that the application made, and uses directly as well.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::FakeRelativeClock;
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter as Governor};
use seawall_core::{Backend, Key};
use seawall_ratelimit_governor::{RateLimiter, RefusalKind};
use seawall_testkit::ManualClock;

fn quota(limit: u32) -> Quota {
    Quota::per_second(NonZeroU32::new(limit).expect("not zero"))
}

#[test]
fn a_limiter_without_keys_is_shared_with_the_application() {
    let clock = FakeRelativeClock::default();
    let theirs = Arc::new(Governor::direct_with_clock(quota(2), clock.clone()));
    let ours = RateLimiter::from_limiter("api", Arc::clone(&theirs)).expect("a name");
    theirs.check().expect("full");
    ours.check_rate("ann", 1).expect("one is left");
    let refusal = ours.check_rate("bob", 1).expect_err("all keys share the count");
    assert_eq!(refusal.to_string(), "rate limit `api` is exhausted; retry in 500 ms");
    theirs.check().expect_err("the same count");
    let never = ours.check_rate("ann", 3).expect_err("never");
    assert_eq!((never.kind(), never.limit()), (RefusalKind::CostAboveLimit, Some(2)));
    clock.advance(Duration::from_millis(500));
    ours.check_rate("ann", 1).expect("it goes by its own clock");
}

#[test]
fn a_limiter_with_keys_gets_the_keys_of_the_application() {
    let theirs = Governor::keyed(quota(1)).with_middleware::<StateInformationMiddleware>();
    let theirs: Arc<Governor<IpAddr, _, _, _>> = Arc::new(theirs);
    let address = |key: Option<Key<'_>>| {
        let parsed = key.and_then(|key| key.reveal().parse().ok());
        parsed.unwrap_or(IpAddr::from([0, 0, 0, 0]))
    };
    let ours =
        RateLimiter::from_keyed_limiter("api", Arc::clone(&theirs), address).expect("a name");
    let (ann, bob) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
    theirs.check_key(&ann).expect("full");
    ours.check_rate(ann, 1).expect_err("its own code has spent it");
    ours.check_rate(bob, 1).expect("another key");
    theirs.check_key(&bob).expect_err("spent");
    let status = Backend::status(&ours, ManualClock::new().now());
    assert_eq!((status.reading("keys"), status.reading("limit")), (Some(2), None));
}

#[test]
fn a_limiter_needs_a_name() {
    let error = RateLimiter::from_limiter(" ", Arc::new(Governor::direct(quota(1)))).unwrap_err();
    assert_eq!(error.option(), "name");
}
