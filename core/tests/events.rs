//! What observers receive, and what only where it is asked for.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Change, Component, ControlAction, ControlStatus, Detail, Driver, Dynamic, Entry,
    Event, Exit, Interest, Layer, Observer, RefusalKind, Status, Tick, Token, Topic,
};
use seawall_testkit::{Answer, ManualClock, Recorder, Scripted};

const MS: Duration = Duration::from_millis(1);

/// Returns the topics and keys of the events of a call that runs, and of one that the breaker refuses.
fn observed(asked: bool, key: Option<(&str, u32)>) -> Vec<(Topic, Option<String>)> {
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
fn admissions_refusals_and_ends_have_the_key_where_keys_in_events_are_on() {
    let key = || Some("user/7".to_owned());
    let events = [
        (Topic::RequestAllowed, key()),
        (Topic::BreakerExecuted, key()),
        (Topic::RequestAllowed, key()),
        (Topic::BreakerRejected, key()),
    ];
    assert_eq!(observed(true, Some(("user", 7))), events);
    let without = events.map(|(topic, _)| (topic, None));
    assert_eq!(observed(false, Some(("user", 7))), without, "they are off by default");
    assert_eq!(observed(true, None), without, "the call has no key");
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

/// Dashboards and alerts are written against these names.
#[test]
fn events_have_their_documented_names() {
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
        (Topic::BulkheadWaited, "seawall.bulkhead.call_waited"),
        (Topic::TransactionExecuted, "seawall.connection_pool.transaction_executed"),
        (Topic::CheckoutTimeout, "seawall.connection_pool.checkout_timeout"),
        (Topic::PoolFull, "seawall.connection_pool.pool_full"),
        (Topic::ResourceUnavailable, "seawall.connection_pool.resource_unavailable"),
        (Topic::CheckoutRejected, "seawall.connection_pool.checkout_rejected"),
        (Topic::CheckoutSlow, "seawall.connection_pool.checkout_slow"),
        (Topic::ResourceLeaked, "seawall.connection_pool.resource_leaked"),
        (Topic::ChecksFailing, "seawall.connection_pool.checks_failing"),
        (Topic::ProtectionExecuted, "seawall.protection.call_executed"),
        (Topic::ProtectionRejected, "seawall.protection.call_rejected"),
        (Topic::ProtectionTimedOut, "seawall.protection.call_timed_out"),
        (Topic::AttemptExecuted, "seawall.protection.attempt_executed"),
        (Topic::AttemptRejected, "seawall.protection.attempt_rejected"),
        (Topic::Retry, "seawall.protection.retry"),
        (Topic::RetryExhausted, "seawall.protection.retry_exhausted"),
        (Topic::BudgetExhausted, "seawall.protection.budget_exhausted"),
        (Topic::RetrySkipped, "seawall.protection.retry_skipped"),
        (Topic::Hedge, "seawall.protection.hedge"),
        (Topic::HedgeWon, "seawall.protection.hedge_won"),
        (Topic::Fallback, "seawall.protection.fallback"),
        (Topic::StaleAnswer, "seawall.coalescer.stale_answer"),
        (Topic::ComponentStarted, "seawall.infrastructure.component_started"),
        (Topic::ComponentDegraded, "seawall.infrastructure.component_degraded"),
        (Topic::ComponentRecovered, "seawall.infrastructure.component_recovered"),
        (Topic::ControlChanged, "seawall.infrastructure.control_changed"),
        (Topic::ComponentReplaced, "seawall.infrastructure.component_replaced"),
        (Topic::ComponentRemoved, "seawall.infrastructure.component_removed"),
        (Topic::ConfigReloaded, "seawall.infrastructure.config_reloaded"),
        (Topic::ConfigRejected, "seawall.infrastructure.config_rejected"),
        (Topic::BackgroundFailed, "seawall.infrastructure.background_failed"),
        (Topic::BackgroundRestarted, "seawall.infrastructure.background_restarted"),
        (Topic::ConfigWarning, "seawall.infrastructure.config_warning"),
        (Topic::StoreWarning, "seawall.infrastructure.store_warning"),
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

/// Keeps the topic, the component and the protection of each event, and the time that a call took.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Names {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }
}

impl Observer for Names {
    fn observe(&self, event: &Event<'_>) {
        let protection = event.protection.map_or("-", |layer| layer.name());
        let took = match &event.detail {
            Detail::Executed { elapsed, waited, .. } => {
                let waited = waited.map(|waited| format!(" after {waited:?}"));
                format!(" {elapsed:?}{}", waited.unwrap_or_default())
            }
            _ => String::new(),
        };
        let (layer, topic) = (event.layer.name(), event.topic);
        self.0.lock().expect("no panic").push(format!("{protection}/{layer}: {topic}{took}"));
    }
}

#[test]
fn a_named_protection_is_in_the_events_of_its_layers_and_emits_its_own() {
    let (time, names) = (ManualClock::new(), Names::default());
    let driver = Driver::new().with_clock(time.clock()).with_observer(names.clone());
    let limiter = Arc::new(Scripted::new(Component::RateLimiter, "api"));
    let breaker = Arc::new(Scripted::new(Component::CircuitBreaker, "bank"));
    let layers = vec![Arc::clone(&limiter) as Arc<dyn Backend>, Arc::clone(&breaker) as _];
    let charge = Dynamic::new("charge_card", layers).expect("valid");

    limiter.then(Answer::GoAfter(2 * MS));
    let op = async || {
        driver.clock().sleep_until(Tick::from_millis(5)).await;
        Ok::<(), Infallible>(())
    };
    time.block_on(driver.protect(&charge).run(op)).expect("admitted");
    assert_eq!(
        names.take(),
        [
            "charge_card/api: seawall.rate_limiter.request_allowed",
            "charge_card/bank: seawall.circuit_breaker.call_executed 3ms",
            "charge_card/charge_card: seawall.protection.call_executed 5ms after 2ms",
        ]
    );

    breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
    driver.protect(&charge).acquire_blocking().expect_err("refused");
    assert_eq!(
        names.take(),
        [
            "charge_card/api: seawall.rate_limiter.request_allowed",
            "charge_card/bank: seawall.circuit_breaker.call_rejected",
            "charge_card/charge_card: seawall.protection.call_rejected",
        ]
    );

    driver.protect(&*breaker).acquire_blocking().expect("admitted").success();
    assert_eq!(names.take(), ["-/bank: seawall.circuit_breaker.call_executed 0ns"], "used alone");
}

#[test]
fn a_protection_without_layers_emits_each_kind_of_end() {
    let (time, recorder) = (ManualClock::new(), Recorder::new());
    let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
    let nothing = Dynamic::new("only_a_timeout", vec![]).expect("valid");
    let protect = || driver.protect(&nothing).timeout(MS);
    let never = std::future::pending::<Result<(), Infallible>>;

    time.block_on(protect().run(async || Ok::<(), Infallible>(()))).expect("in time");
    time.block_on(protect().run(never)).expect_err("cut");
    drop(driver.protect(&nothing).acquire_blocking().expect("admitted"));
    driver.protect(&nothing).reserve_blocking().map(drop).expect("returned unused");
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        protect().run_blocking(|| -> Result<(), Infallible> { panic!("the operation") })
    }));
    assert!(caught.is_err());

    let events = recorder.take();
    let ends: Vec<_> =
        events.iter().map(|event| (event.topic, event.verdict.expect("an end").as_str())).collect();
    assert_eq!(
        ends,
        [
            (Topic::ProtectionExecuted, "success"),
            (Topic::ProtectionTimedOut, "failure"),
            (Topic::ProtectionExecuted, "abandoned"),
            (Topic::ProtectionExecuted, "panicked"),
        ]
    );
}

#[test]
fn a_call_that_is_refused_after_all_was_not_allowed() {
    let (time, recorder) = (ManualClock::new(), Recorder::new());
    let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
    let limiter = Scripted::new(Component::RateLimiter, "api");
    limiter.then(Answer::GoAfter(20 * MS));
    let call = driver.protect(&limiter).deadline(10 * MS).acquire();
    time.block_on(call).expect_err("too late");
    assert_eq!(recorder.names(), ["rate_limiter.request_denied"]);
}

/// Changes its state when a call enters and when it ends.
struct Flipping(Layer);

impl Backend for Flipping {
    fn layer(&self) -> &Layer {
        &self.0
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        call.note(Change::new("open", "half_open", "a call").with_sequence(1));
        Entry::Go(Token::default())
    }

    fn exit(&self, _: Token, exit: &Exit<'_>) {
        exit.note(Change::new("half_open", "closed", "its end").with_sequence(2));
    }

    fn status(&self, _: Tick) -> Status {
        Status::new(&self.0, "flipping")
    }
}

#[test]
fn state_changes_have_the_key_of_the_call_that_caused_them() {
    let recorder = Recorder::new();
    let driver = Driver::new().with_observer(recorder.clone()).with_keys_in_events();
    let flipping = Flipping(Layer::new(Component::CircuitBreaker, "hosts"));
    // The key is only borrowed for the question, and the permit outlives it.
    let permit = driver.protect(&flipping).key(String::from("a")).acquire_blocking();
    drop(permit.expect("admitted"));
    let events: Vec<_> = recorder
        .take()
        .into_iter()
        .map(|event| (event.topic, event.key, event.change.map_or(0, |change| change.sequence)))
        .collect();
    let key = || Some("a".to_owned());
    assert_eq!(
        events,
        [
            (Topic::BreakerChanged, key(), 1),
            (Topic::BreakerExecuted, key(), 0),
            (Topic::BreakerChanged, key(), 2),
        ]
    );
}

#[test]
fn events_have_the_namespace_of_their_driver() {
    let recorder = Recorder::new();
    let layer = Layer::new(Component::CircuitBreaker, "cards");
    let plain = Driver::new();
    for driver in [
        plain.clone().with_observer(recorder.clone()),
        plain.clone().with_namespace("shop").with_observer(recorder.clone()),
        plain.with_observer(recorder.clone()).with_namespace("bank"),
    ] {
        driver.emit(Topic::ComponentStarted, &layer, || Detail::None);
    }
    let namespaces = recorder.events().into_iter().map(|event| event.namespace);
    let expected = [None, Some("shop"), Some("bank")].map(|name| name.map(str::to_owned));
    assert_eq!(namespaces.collect::<Vec<_>>(), expected);
}

#[test]
fn a_status_says_where_it_is_from_and_what_controls_it() {
    let layer = Layer::new(Component::CircuitBreaker, "cards");
    let control = ControlStatus::new(ControlAction::ForceOpen, "ann", "bank is down");
    let minutes = Some(Duration::from_secs(120));
    let vip = ControlStatus::new(ControlAction::Resize(7), "bob", "vip").of_key();
    let status = Status::new(&layer, "forced_open")
        .with_namespace(Some("shop".into()))
        .with_control(control.expires_in(minutes))
        .with_control(vip);
    assert_eq!(
        status.to_string(),
        "shop: circuit breaker `cards`: forced_open; force_open by ann: bank is down, for another \
         120 s; resize to 7 of a key by bob: vip"
    );
}

/// Receives the events of some interest, and keeps their topics.
struct Interested(Interest, Arc<Mutex<Vec<Topic>>>);

impl Observer for Interested {
    fn observe(&self, event: &Event<'_>) {
        self.1.lock().expect("no panic").push(event.topic);
    }

    fn interest(&self) -> Interest {
        self.0
    }
}

#[test]
fn an_observer_receives_what_it_is_interested_in() {
    let interests =
        [Interest::Infrastructure, Interest::Changes, Interest::Refusals, Interest::Calls];
    for interest in interests {
        let seen = Arc::default();
        let driver = Driver::new().with_observer(Interested(interest, Arc::clone(&seen)));
        let layer = Layer::new(Component::CircuitBreaker, "payments");
        for (topic, ..) in Topic::ALL {
            driver.emit(*topic, &layer, || {
                assert!(topic.interest() <= interest, "{topic} is built for nobody");
                Detail::None
            });
        }
        let wanted = Topic::ALL.iter().map(|&(topic, ..)| topic);
        let wanted: Vec<_> = wanted.filter(|topic| topic.interest() <= interest).collect();
        assert_eq!(*seen.lock().expect("no panic"), wanted);
        assert_eq!(driver.is_observed(), interest > Interest::Infrastructure);
    }
}

#[test]
fn each_observer_is_spared_what_only_others_want() {
    let [few, all] = [Interest::Infrastructure, Interest::Calls].map(|interest| {
        let seen = Arc::default();
        (Interested(interest, Arc::clone(&seen)), seen)
    });
    let driver = Driver::new().with_observer(few.0).with_observer(all.0);
    let layer = Layer::new(Component::CircuitBreaker, "payments");
    driver.emit(Topic::BreakerExecuted, &layer, || Detail::None);
    driver.emit(Topic::ComponentDegraded, &layer, || Detail::None);
    assert_eq!(*few.1.lock().expect("no panic"), [Topic::ComponentDegraded]);
    assert_eq!(all.1.lock().expect("no panic").len(), 2);
}
