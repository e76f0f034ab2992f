//! What observers are told, and what only if that was asked for.

use std::convert::Infallible;

use seawall_core::{Component, Driver, RefusalKind, Topic};
use seawall_testkit::{Answer, Recorder, Scripted};

/// The keys that observers are told of: of a call that is let through and runs, and of one that the
/// breaker refuses.
fn told(asked: bool, key: Option<(&str, u32)>) -> Vec<(Topic, Option<String>)> {
    let recorder = Recorder::new();
    let driver = Driver::new().with_observer(recorder.clone());
    let driver = if asked { driver.with_keys_in_events() } else { driver };
    let limiter = Scripted::new(Component::RateLimiter, "limiter");
    let breaker = Scripted::new(Component::CircuitBreaker, "breaker");
    let layers = (&limiter, &breaker);
    for answer in [Answer::Go, Answer::Refuse(RefusalKind::CircuitOpen)] {
        breaker.then(answer);
        let run = || Ok::<(), Infallible>(());
        let ended = match key {
            Some(key) => driver.protect(&layers).key(key).run_blocking(run),
            None => driver.protect(&layers).run_blocking(run),
        };
        drop(ended);
    }
    recorder.events().into_iter().map(|event| (event.topic, event.key)).collect()
}

#[test]
fn answers_have_the_key_if_the_driver_was_asked_to_tell() {
    let key = || Some("user/7".to_owned());
    let events = [
        (Topic::RequestAllowed, key()),
        (Topic::BreakerExecuted, None),
        (Topic::RequestAllowed, key()),
        (Topic::BreakerRejected, key()),
    ];
    assert_eq!(told(true, Some(("user", 7))), events);
    let without = events.map(|(topic, _)| (topic, None));
    assert_eq!(told(false, Some(("user", 7))), without, "else nobody is told");
    assert_eq!(told(true, None), without, "what has none cannot tell it");
}

#[test]
fn a_request_that_is_denied_has_the_key_too() {
    let recorder = Recorder::new();
    let driver = Driver::new().with_observer(recorder.clone()).with_keys_in_events();
    let limiter = Scripted::new(Component::RateLimiter, "limiter");
    limiter.then(Answer::Refuse(RefusalKind::RateLimited));
    driver.protect(&limiter).key("ann").acquire_blocking().expect_err("refused");
    let events = recorder.take();
    assert_eq!(events[0].topic, Topic::RequestDenied);
    assert_eq!(events[0].key.as_deref(), Some("ann"));
}

/// Dashboards and alerts are written against these names, so a change of one breaks somebody.
#[test]
fn events_have_the_names_that_others_know_them_by() {
    let names = [
        (Topic::BreakerExecuted, "seawall.circuit_breaker.call_executed"),
        (Topic::BreakerRejected, "seawall.circuit_breaker.call_rejected"),
        (Topic::BreakerChanged, "seawall.circuit_breaker.state_change"),
        (Topic::AlarmRaised, "seawall.circuit_breaker.alarm_raised"),
        (Topic::AlarmCleared, "seawall.circuit_breaker.alarm_cleared"),
        (Topic::RequestAllowed, "seawall.rate_limiter.request_allowed"),
        (Topic::RequestDenied, "seawall.rate_limiter.request_denied"),
        (Topic::BulkheadExecuted, "seawall.bulkhead.call_executed"),
        (Topic::BulkheadRejected, "seawall.bulkhead.call_rejected"),
        (Topic::TransactionExecuted, "seawall.connection_pool.transaction_executed"),
        (Topic::CheckoutTimeout, "seawall.connection_pool.checkout_timeout"),
        (Topic::PoolFull, "seawall.connection_pool.pool_full"),
        (Topic::ResourceUnavailable, "seawall.connection_pool.resource_unavailable"),
        (Topic::CheckoutRejected, "seawall.connection_pool.checkout_rejected"),
        (Topic::ProtectionExecuted, "seawall.protection.call_executed"),
        (Topic::ProtectionRejected, "seawall.protection.call_rejected"),
        (Topic::ProtectionTimedOut, "seawall.protection.call_timed_out"),
        (Topic::ComponentStarted, "seawall.infrastructure.component_started"),
        (Topic::ComponentDegraded, "seawall.infrastructure.component_degraded"),
        (Topic::ComponentRecovered, "seawall.infrastructure.component_recovered"),
    ];
    for (topic, name) in names {
        assert_eq!(topic.to_string(), name);
    }
    assert_eq!(
        Topic::ALL.iter().map(|&(topic, ..)| topic).collect::<Vec<_>>(),
        names.map(|(topic, _)| topic),
        "all of them"
    );
}
