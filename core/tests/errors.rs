//! Errors say what a person can act on, once.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    BoxError, Component, Dynamic, Elapsed, Error, InvalidLayers, Layer, Name, ReadingKind, Refusal,
    RefusalKind, Status, Tick,
};

fn refusal(kind: RefusalKind, component: Component) -> Refusal {
    Refusal::new(kind, &Layer::new(component, "payments"))
}

#[test]
fn the_index_of_a_refusals_kind_is_its_position_in_all() {
    for (position, kind) in RefusalKind::ALL.iter().enumerate() {
        assert_eq!(kind.index(), position, "{kind}");
    }
}

#[test]
fn a_refusal_is_one_sentence() {
    use Component::{Bulkhead, CircuitBreaker, ConnectionPool, RateLimiter};
    let open = refusal(RefusalKind::CircuitOpen, CircuitBreaker);
    let after = |wait| open.clone().with_retry_after(wait).to_string();
    assert_eq!(open.to_string(), "circuit breaker `payments` is open");
    assert_eq!(
        after(Duration::from_millis(4200)),
        "circuit breaker `payments` is open; retry in 4.2 s"
    );
    assert_eq!(
        after(Duration::from_secs(600)),
        "circuit breaker `payments` is open; retry in 600 s"
    );
    assert_eq!(after(Duration::from_micros(12_300)).split("in ").last(), Some("12 ms"));
    assert_eq!(after(Duration::from_nanos(20)).split("in ").last(), Some("1 µs"), "never zero");
    assert_eq!(
        refusal(RefusalKind::BulkheadFull, Bulkhead).with_limit(16).to_string(),
        "bulkhead `payments` is full (16 permits)"
    );
    assert_eq!(
        refusal(RefusalKind::TooManyKeys, CircuitBreaker).with_limit(9).to_string(),
        "circuit breaker `payments` has no room for another key (9 keys)"
    );
    assert_eq!(
        refusal(RefusalKind::CostAboveLimit, RateLimiter).with_limit(5).to_string(),
        "the call's cost exceeds the burst of rate limit `payments` (5 tokens)"
    );
    assert_eq!(
        refusal(RefusalKind::CheckoutTimeout, ConnectionPool).to_string(),
        "no resource of connection pool `payments` became free in time"
    );
}

#[test]
fn a_retry_after_is_rounded_up_for_http() {
    let open = refusal(RefusalKind::CircuitOpen, Component::CircuitBreaker);
    let seconds =
        |millis| open.clone().with_retry_after(Duration::from_millis(millis)).retry_after_seconds();
    assert_eq!(open.retry_after_seconds(), None);
    assert_eq!([0, 1, 1000, 1001, 59_999].map(seconds), [1, 1, 1, 2, 60].map(Some));
}

#[test]
fn a_source_is_returned_and_not_printed() {
    let cause = std::io::Error::other("password authentication failed");
    let refusal = refusal(RefusalKind::ResourceUnavailable, Component::ConnectionPool)
        .with_source(Arc::new(cause));
    let error: Error<std::fmt::Error> = refusal.into();
    assert_eq!(error.to_string(), "connection pool `payments` could not reach its resource");
    assert_eq!(error.source().expect("a source").to_string(), "password authentication failed");
    let own: Error<std::fmt::Error> = Error::Failed(std::fmt::Error);
    assert_eq!(own.to_string(), std::fmt::Error.to_string());
    assert!(own.source().is_none(), "printed already, so not returned as well");
}

#[test]
fn a_layer_that_instances_share_names_its_store() {
    for (kind, name) in [(Component::RateLimiter, "rate limit"), (Component::Bulkhead, "bulkhead")]
    {
        let refusal = refusal(RefusalKind::ResourceUnavailable, kind);
        assert_eq!(refusal.to_string(), format!("{name} `payments` could not reach its store"));
    }
}

#[test]
fn a_wait_is_never_rounded_up_to_a_thousand_of_its_unit() {
    let wait = |nanos| {
        let refusal = refusal(RefusalKind::CircuitOpen, Component::CircuitBreaker);
        let refusal = refusal.with_retry_after(Duration::from_nanos(nanos)).to_string();
        refusal.split_once("; retry in ").expect("a wait").1.to_owned()
    };
    assert_eq!([999_499, 999_500, 999_999].map(wait), ["999 µs", "1 ms", "1 ms"]);
    assert_eq!([999_499_999, 999_500_000, 99_960_000_000].map(wait), ["999 ms", "1.0 s", "100 s"]);
}

#[test]
fn the_operations_own_error_needs_no_trait() {
    struct Opaque;
    let error: Error<Opaque> = Error::Failed(Opaque);
    assert!(error.map_failed(|Opaque| 5).into_failed() == Some(5));
}

#[test]
fn a_refusal_is_small() {
    assert!(size_of::<Refusal>() <= 40);
    assert_eq!(size_of::<Result<u64, Error<u64>>>(), size_of::<Refusal>(), "nothing around it");
}

#[test]
fn a_refusal_says_what_it_was_given() {
    let plain = refusal(RefusalKind::RateLimited, Component::RateLimiter);
    assert_eq!((plain.retry_after(), plain.limit()), (None, None));
    let limits = [0, 1, u64::from(u32::MAX) - 1, u64::from(u32::MAX), u64::MAX];
    let kept = limits.map(|limit| plain.clone().with_limit(u64::MAX).with_limit(limit).limit());
    assert_eq!(kept, limits.map(|limit| Some(limit).filter(|limit| *limit > 0)));
    let waits = [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(86_400 * 365 * 500)];
    assert_eq!(
        waits.map(|wait| plain.clone().with_retry_after(wait).retry_after()),
        waits.map(Some)
    );
    let longest = plain.clone().with_retry_after(Duration::MAX).retry_after();
    assert_eq!(longest, Some(Duration::from_nanos(u64::MAX - 1)));
    let at = |at, now| plain.clone().with_retry_at(at, now).retry_after();
    let (now, later) = (Tick::from_millis(2), Tick::from_millis(5));
    assert_eq!(at(later, now), Some(Duration::from_millis(3)));
    assert_eq!(at(now, later), Some(Duration::ZERO));
    assert_eq!(at(Tick::MAX, Tick::ZERO), longest);
    let cause = Arc::new(std::io::Error::other("no route"));
    let all = plain.with_limit(u64::MAX).with_source(cause);
    let copy = all.clone().with_limit(3);
    assert_eq!((all.limit(), copy.limit()), (Some(u64::MAX), Some(3)), "a copy is on its own");
    assert_eq!(copy.source().expect("a source").to_string(), "no route");
}

#[test]
fn a_status_is_one_line() {
    let layer = Layer::new(Component::Bulkhead, "payments");
    let status = Status::new(&layer, "full")
        .with_gauge("running", 16, "{call}")
        .with_gauge("waiting", 3, "{call}");
    assert_eq!(status.to_string(), "bulkhead `payments`: full; running 16, waiting 3");
    let status = status.with_counter("admitted", 20, "{call}");
    let kinds = status.readings.iter().map(|reading| (reading.name, reading.kind, reading.unit));
    assert!(kinds.eq([
        ("running", ReadingKind::Gauge, "{call}"),
        ("waiting", ReadingKind::Gauge, "{call}"),
        ("admitted", ReadingKind::Counter, "{call}"),
    ]));
    let status = Status::new(&layer, "open").with_retry_after(Some(Duration::from_millis(300)));
    assert_eq!(status.to_string(), "bulkhead `payments`: open, retry in 300 ms");
}

#[test]
fn debug_is_the_sentence_that_main_prints() {
    let cause = Arc::new(std::io::Error::other("no route"));
    let refusal = refusal(RefusalKind::ResourceUnavailable, Component::ConnectionPool);
    let refusal = refusal.with_source(cause);
    assert_eq!(
        format!("{refusal:?}"),
        "connection pool `payments` could not reach its resource: no route"
    );
}

#[test]
fn an_unknown_name_is_said_once_in_the_words_of_its_source() {
    let source = Arc::new(std::io::Error::other(
        "protection `quotes` is not configured; did you mean `quote`?",
    ));
    let refusal = refusal(RefusalKind::UnknownName, Component::Protection).with_source(source);
    assert_eq!(refusal.to_string(), "protection `quotes` is not configured; did you mean `quote`?");
    assert!(refusal.source().is_none());
}

#[test]
fn a_limit_of_one_is_written_in_the_singular() {
    let full = refusal(RefusalKind::BulkheadFull, Component::Bulkhead).with_limit(1);
    assert_eq!(full.to_string(), "bulkhead `payments` is full (1 permit)");
}

#[test]
fn blank_names_are_refused_as_settings_refuse_them() {
    for name in ["", " ", "\t\n"] {
        let error = Name::new(name).validate(Component::Bulkhead).expect_err("blank");
        assert_eq!(error.to_string(), format!("bulkhead `{name}`: `name` must not be blank"));
        assert_eq!(Dynamic::new(name, vec![]).expect_err("blank"), InvalidLayers::BlankName);
    }
    Name::new("a b").validate(Component::Bulkhead).expect("fine");
}

#[test]
fn an_error_of_any_kind_becomes_a_box_with_what_it_was_inside() {
    let layer = Layer::new(Component::CircuitBreaker, "breaker");
    let refused = Error::<BoxError>::from(Refusal::new(RefusalKind::CircuitOpen, &layer)).boxed();
    let refusal = refused.downcast_ref::<Refusal>().expect("a refusal");
    assert_eq!(refusal.kind(), RefusalKind::CircuitOpen);

    let time = seawall_testkit::ManualClock::new();
    let driver = seawall_core::Driver::new().with_clock(time.clock());
    let nothing = Dynamic::new("nothing", vec![]).expect("valid");
    let call = driver.protect(&nothing).timeout(Duration::from_millis(1));
    let cut = time.block_on(call.run(std::future::pending::<Result<(), BoxError>>));
    let cut = cut.expect_err("cut").boxed();
    assert_eq!(cut.downcast_ref::<Elapsed>().expect("cut").limit(), Duration::from_millis(1));

    let own: BoxError = std::io::Error::other("full disk").into();
    let own = Error::Failed(own).boxed();
    assert!(own.is::<std::io::Error>(), "not wrapped");
    let own = Error::Failed(std::io::Error::other("full disk")).boxed();
    assert!(own.is::<std::io::Error>(), "not wrapped");
}
