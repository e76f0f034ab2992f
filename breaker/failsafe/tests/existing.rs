//! Policies and machines that the application made.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use failsafe::{CircuitBreaker, Config, FailurePolicy, Instrument, backoff, failure_policy};
use seawall_breaker_failsafe::{Error, FailsafeBreaker};
use seawall_core::{Driver, Refusal};
use seawall_testkit::{ManualClock, Recorder};

const HOUR: Duration = Duration::from_secs(3600);

fn one_failure() -> impl FailurePolicy {
    failure_policy::consecutive_failures(1, backoff::constant(HOUR))
}

fn fail(breaker: &FailsafeBreaker) {
    let result = breaker.execute_blocking(|| Err::<(), _>("down"));
    assert!(matches!(result, Err(Error::Failed("down"))), "{result:?}");
}

fn refusal(breaker: &FailsafeBreaker) -> Refusal {
    match breaker.execute_blocking(|| Ok::<_, Infallible>(())) {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_policy_of_the_application_goes_by_the_drivers_clock() {
    let time = ManualClock::new();
    let driver = Driver::new().with_clock(time.clock());
    let breaker = FailsafeBreaker::from_policy("api", one_failure()).expect("a name");
    let breaker = breaker.with_driver(driver);
    fail(&breaker);
    assert_eq!(refusal(&breaker).to_string(), "circuit breaker `api` is open; retry in 3600 s");
    time.advance(HOUR + Duration::from_nanos(1));
    breaker.execute_blocking(|| Ok::<_, Infallible>(())).expect("its time is over");
    assert_eq!(breaker.status().state, "closed");
}

#[derive(Clone, Default)]
struct Opened(Arc<AtomicU32>);

impl Instrument for Opened {
    fn on_call_rejected(&self) {}
    fn on_open(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn on_half_open(&self) {}
    fn on_closed(&self) {}
}

#[test]
fn a_machine_is_shared_with_the_application() {
    let opened = Opened::default();
    let config = Config::new().failure_policy(one_failure());
    let theirs = config.instrument(opened.clone()).build();
    let recorder = Recorder::new();
    let ours = FailsafeBreaker::from_machine("api", theirs.clone()).expect("a name");
    let ours = ours.with_driver(Driver::new().with_observer(recorder.clone()));
    ours.execute_blocking(|| Ok::<_, Infallible>(())).expect("closed");
    fail(&ours);
    assert!(!theirs.is_call_permitted(), "it is the same circuit");
    assert_eq!(opened.0.load(Ordering::Relaxed), 1, "its instrument is still called");
    assert_eq!(refusal(&ours).retry_after(), None, "failsafe does not say how long");
    theirs.reset();
    assert_eq!(ours.status().state, "closed");
    ours.execute_blocking(|| Ok::<_, Infallible>(())).expect("closed again");
    theirs.call(|| Err::<(), _>("down")).expect_err("its own code opens it");
    assert_eq!(ours.status().state, "open");
    assert!(refusal(&ours).is_circuit_open());
    let changes = recorder.events().into_iter().filter_map(|event| event.change);
    let changes: Vec<_> =
        changes.map(|change| (change.sequence, change.to, change.cause)).collect();
    assert_eq!(
        changes,
        [
            (1, "open", "failure policy"),
            (2, "closed", "changed elsewhere"),
            (3, "open", "failure policy")
        ],
        "what happened elsewhere is reported at the next call that meets it"
    );
}

#[test]
fn an_instrument_may_use_the_breaker() {
    #[derive(Clone, Default)]
    struct Asks(Arc<std::sync::OnceLock<FailsafeBreaker>>);
    impl Instrument for Asks {
        fn on_call_rejected(&self) {}
        fn on_open(&self) {
            let breaker = self.0.get().expect("it is set");
            assert_eq!(breaker.status().state, "open");
        }
        fn on_half_open(&self) {}
        fn on_closed(&self) {}
    }
    let asks = Asks::default();
    let theirs = Config::new().failure_policy(one_failure()).instrument(asks.clone()).build();
    let ours = FailsafeBreaker::from_machine("api", theirs).expect("a name");
    asks.0.set(ours.clone()).expect("once");
    fail(&ours);
    assert_eq!(ours.status().state, "open");
}

#[test]
fn a_breaker_needs_a_name() {
    let error = FailsafeBreaker::from_policy(" ", one_failure()).unwrap_err();
    assert_eq!(error.option(), "name");
}
