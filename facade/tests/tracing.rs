//! Events as `tracing` gets them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall::breaker::{Alarms, BreakerOptions, CircuitBreaker};
use seawall::ratelimit::{RateLimiter, Rule};
use seawall::{
    Clock, Component, ConfigSource, ControlAction, Detail, Driver, Infrastructure, Layer, Topic,
    TracingObserver,
};
use seawall_testkit::ManualClock;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// An event: its level, and its fields as they are written.
#[derive(Clone, Debug)]
struct Told {
    level: Level,
    target: String,
    fields: BTreeMap<&'static str, String>,
}

impl Told {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
}

/// Keeps the events.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Told>>>);

impl Log {
    /// Takes all events, and returns those at INFO and above.
    fn loud(&self) -> Vec<Told> {
        let told = std::mem::take(&mut *self.0.lock().expect("no panic while locked"));
        told.into_iter().filter(|told| told.level <= Level::INFO).collect()
    }
}

impl Subscriber for Log {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let (level, target) = (*event.metadata().level(), event.metadata().target().to_owned());
        let mut told = Told { level, target, fields: BTreeMap::new() };
        event.record(&mut told);
        self.0.lock().expect("no panic while locked").push(told);
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

/// Everything logged while `act` uses such a driver.
fn told(clock: Clock, act: impl FnOnce(Driver)) -> Vec<Told> {
    let log = Log::default();
    let driver = Driver::new().with_clock(clock).with_observer(TracingObserver::new());
    tracing::subscriber::with_default(log.clone(), || act(driver));
    log.0.lock().expect("no panic while locked").clone()
}

fn check_twice(driver: Driver) {
    let rule = Rule::new("api", 2, Duration::from_secs(1));
    let limiter = RateLimiter::start(&rule).expect("valid").with_driver(driver);
    limiter.check_rate(("user", 7), 2).expect("full");
    limiter.check_rate(("user", 7), 1).expect_err("used up");
}

#[test]
fn keys_are_logged_only_with_keys_in_events() {
    let clock = || ManualClock::new().clock();
    let keys = |told: &[Told]| -> Vec<_> {
        told.iter().map(|told| told.field("key").map(str::to_owned)).collect()
    };
    assert_eq!(keys(&told(clock(), check_twice)), [None, None]);
    let with_keys = told(clock(), |driver| check_twice(driver.with_keys_in_events()));
    assert_eq!(keys(&with_keys), [Some("user/7".to_owned()), Some("user/7".to_owned())]);
    let without_key = told(clock(), |driver| {
        let rule = Rule::new("api", 2, Duration::from_secs(1));
        let limiter = RateLimiter::start(&rule).expect("valid");
        limiter.with_driver(driver.with_keys_in_events()).check(1).expect("full");
    });
    assert_eq!(keys(&without_key), [None], "a call without a key has none to tell");
}

#[test]
fn requests_are_logged_with_their_cost_and_refusals_with_their_reason() {
    let told = told(ManualClock::new().clock(), check_twice);
    let [allowed, denied] = &told[..] else { panic!("{told:?}") };
    assert_eq!((allowed.level, denied.level), (Level::DEBUG, Level::DEBUG));
    assert_eq!(allowed.target, "seawall::rate_limiter::request_allowed");
    assert_eq!(denied.target, "seawall::rate_limiter::request_denied");
    assert!(told.iter().all(|told| told.field("name") == Some("api")), "{told:?}");
    assert_eq!(allowed.field("topic"), Some("seawall.rate_limiter.request_allowed"));
    assert_eq!((allowed.field("cost"), allowed.field("waited_ms")), (Some("2"), Some("0.0")));
    assert_eq!(denied.field("topic"), Some("seawall.rate_limiter.request_denied"));
    assert_eq!(denied.field("refusal"), Some("rate_limited"));
    assert_eq!(denied.field("retry_after_ms"), Some("500.0"));
    let sentence = "rate limit `api` is exhausted (2 tokens); retry in 500 ms";
    assert_eq!(denied.field("message"), Some(sentence));
}

#[test]
fn calls_are_logged_with_their_end_and_an_opening_circuit_as_a_warning() {
    let time = ManualClock::new();
    let told = told(time.clock(), |driver| {
        let options = BreakerOptions::new("db").failures(1).reset_after(Duration::from_secs(5));
        let breaker = CircuitBreaker::start(&options).expect("valid").with_driver(driver);
        let lasting = || {
            time.advance(Duration::from_millis(3));
            Ok::<_, Infallible>(())
        };
        breaker.execute_blocking(lasting).expect("closed");
        breaker.execute_blocking(|| Err::<(), _>("down")).expect_err("its own error");
        breaker.execute_blocking(|| Ok::<_, Infallible>(())).expect_err("open");
    });
    let of = |topic: &str| {
        let topic = format!("seawall.circuit_breaker.{topic}");
        let of: Vec<_> = told.iter().filter(|told| told.field("topic") == Some(&topic)).collect();
        of
    };
    let [success, failure] = of("call_executed")[..] else { panic!("{told:?}") };
    assert_eq!((success.level, success.field("verdict")), (Level::DEBUG, Some("success")));
    assert_eq!(success.field("elapsed_ms"), Some("3.0"));
    assert_eq!((failure.level, failure.field("verdict")), (Level::DEBUG, Some("failure")));
    let [opened] = of("state_change")[..] else { panic!("{told:?}") };
    assert_eq!(opened.level, Level::WARN);
    assert_eq!(opened.target, "seawall::circuit_breaker::state_change");
    assert_eq!((opened.field("from"), opened.field("to")), (Some("closed"), Some("open")));
    let [rejected] = of("call_rejected")[..] else { panic!("{told:?}") };
    assert_eq!(rejected.level, Level::DEBUG);
    assert_eq!(rejected.field("refusal"), Some("circuit_open"));
    assert_eq!(rejected.field("retry_after_ms"), Some("5000.0"));
}

#[test]
fn an_alarm_is_logged_in_addition_to_the_open_circuit() {
    let (time, log) = (ManualClock::new(), Log::default());
    let alarms = Alarms::new(Duration::from_secs(60), TracingObserver::new());
    let driver = Driver::new().with_clock(time.clock()).with_observer(alarms);
    let options = BreakerOptions::new("db").failures(1);
    let breaker = CircuitBreaker::start(&options).expect("valid").with_driver(driver);
    tracing::subscriber::with_default(log.clone(), || {
        breaker.execute_blocking(|| Err::<(), _>("down")).expect_err("its own error");
        breaker.reset();
        time.advance(Duration::from_secs(60));
        breaker.execute_blocking(|| Ok::<_, Infallible>(())).expect("closed");
    });
    let told = log.0.lock().expect("no panic while locked").clone();
    let alarms = told.iter().filter_map(|told| {
        let topic = told.field("topic").filter(|topic| topic.contains("alarm"))?;
        Some((told.level, topic, told.field("message")))
    });
    let alarms: Vec<_> = alarms.collect();
    assert_eq!(
        alarms,
        [
            (
                Level::WARN,
                "seawall.circuit_breaker.alarm_raised",
                Some("circuit breaker `db`: alarm_raised")
            ),
            (
                Level::INFO,
                "seawall.circuit_breaker.alarm_cleared",
                Some("circuit breaker `db`: alarm_cleared")
            ),
        ]
    );
}

#[test]
fn a_component_that_is_degraded_is_a_warning_with_its_cause() {
    let told = told(ManualClock::new().clock(), |driver| {
        let layer = Layer::new(Component::ConnectionPool, "orders");
        let cause = std::io::Error::other("refused");
        driver.emit(Topic::ComponentDegraded, &layer, || Detail::degraded(Some(&cause)));
        driver.emit(Topic::ComponentRecovered, &layer, || Detail::None);
    });
    let [degraded, recovered] = &told[..] else { panic!("{told:?}") };
    assert_eq!((degraded.level, recovered.level), (Level::WARN, Level::INFO));
    assert_eq!(degraded.field("topic"), Some("seawall.infrastructure.component_degraded"));
    assert_eq!(degraded.field("cause"), Some("refused"));
    assert_eq!(degraded.field("message"), Some("connection pool `orders` is degraded"));
    assert_eq!(recovered.field("topic"), Some("seawall.infrastructure.component_recovered"));
}

#[test]
fn manual_control_is_a_warning_with_the_operator_and_the_reason() {
    let told = told(ManualClock::new().clock(), |driver| {
        let layer = Layer::new(Component::CircuitBreaker, "cards");
        let minute = Some(Duration::from_secs(60));
        let detail = || Detail::controlled(ControlAction::ForceOpen, "ann", "bank is down", minute);
        driver.emit(Topic::ControlChanged, &layer, detail);
    });
    let [controlled] = &told[..] else { panic!("{told:?}") };
    assert_eq!(controlled.level, Level::WARN);
    assert_eq!(controlled.target, "seawall::infrastructure::control_changed");
    let fields = ["action", "by", "reason", "expires_after_ms"].map(|name| controlled.field(name));
    assert_eq!(fields, ["force_open", "ann", "bank is down", "60000.0"].map(Some));
    let said = "circuit breaker `cards`: force_open by ann: bank is down";
    assert_eq!(controlled.field("message"), Some(said));
}

#[test]
fn at_info_the_log_does_not_grow_with_the_load() {
    let settings = r#"
        [rate_limit.api]
        limit = 1
        period = "1h"

        [bulkhead.api]
        max_concurrent = 1

        [breaker.api]
        failures = 1
        reset_after = "1h"

        [protection.limited]
        rate_limit = "api"

        [protection.broken]
        breaker = "api"

        [protection.full]
        bulkhead = "api"

        [protection.slow]
        timeout = "1s"
    "#;
    let (time, log) = (ManualClock::new(), Log::default());
    let loud = tracing::subscriber::with_default(log.clone(), || {
        let infra = Infrastructure::builder()
            .config(ConfigSource::new().toml_str(settings))
            .clock(time.clock())
            .observer(TracingObserver::new())
            .build()
            .expect("valid settings");
        let _held = infra.protect("full").expect("configured").acquire_blocking().expect("one");
        let call = |name| infra.execute_protected_blocking(name, || Err::<(), _>("down"));
        ["limited", "broken", "full", "slow"].into_iter().for_each(|name| drop(call(name)));
        log.loud();
        for _ in 0..100 {
            ["limited", "broken", "full", "slow"].into_iter().for_each(|name| drop(call(name)));
            let never = std::future::pending::<Result<(), Infallible>>;
            drop(time.block_on(infra.execute_protected("slow", never)));
        }
        log.loud()
    });
    // A hundred times the second that a call of `slow` takes.
    assert!(loud.iter().all(|told| told.target == "seawall::refusals"), "{loud:?}");
    assert!((290..=300).contains(&loud.len()), "one for each layer that refuses: {}", loud.len());
}

#[test]
fn refusals_are_summed_up_once_a_second_for_each_layer() {
    let (log, time) = (Log::default(), ManualClock::new());
    let observed = log.clone();
    tracing::subscriber::with_default(observed, || {
        let settings = "[rate_limit.api]\nlimit = 1\nperiod = '60s'\n[rate_limit.web]\nlimit = 1\nperiod = '60s'\n\
                        [protection.api]\nrate_limit = 'api'\n[protection.web]\nrate_limit = 'web'";
        let infra = Infrastructure::builder()
            .config(ConfigSource::new().toml_str(settings))
            .clock(time.clock())
            .observer(TracingObserver::new())
            .build()
            .expect("valid");
        let call =
            |name: &str| infra.execute_protected_blocking(name, || Ok::<_, Infallible>(())).is_ok();
        assert!(call("api") && call("web"));
        let _started = log.loud();
        for name in ["api", "api", "web"] {
            assert!(!call(name));
            time.advance(Duration::from_millis(300));
        }
        assert_eq!(log.loud().len(), 0, "the second is not over");
        time.advance(Duration::from_millis(100));
        assert!(!call("api"));
        let told: Vec<_> = log
            .loud()
            .into_iter()
            .map(|told| {
                (
                    told.level,
                    told.target.clone(),
                    told.field("message").unwrap_or_default().to_owned(),
                )
            })
            .collect();
        let warning = |text: &str| (Level::WARN, "seawall::refusals".to_owned(), text.to_owned());
        assert_eq!(
            told,
            [
                warning("rate limit `api` has refused 2 calls within 1.0 s"),
                warning("rate limit `web` has refused 1 call within 1.0 s"),
            ]
        );
        time.advance(Duration::from_secs(5));
        assert!(!call("web"));
        let told = log.loud();
        assert_eq!(told[0].field("refused"), Some("1"), "of the api, which came after the sum");
        assert_eq!(told.len(), 1);
    });
}
