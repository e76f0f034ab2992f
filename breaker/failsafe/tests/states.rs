//! What opens a circuit and for how long, by failsafe's policies and the driver's clock.

use std::convert::Infallible;
use std::time::Duration;

use seawall_breaker_failsafe::{
    Backoff, Error, FailsafeBreaker, FailsafeOptions, SuccessRate, Verdict,
};
use seawall_core::policy::{Budget, BudgetOptions, Policy, Retry};
use seawall_core::{Driver, Topic};
use seawall_testkit::{ManualClock, Recorder};

const SECOND: Duration = Duration::from_secs(1);
/// failsafe still refuses at the exact end of the open time.
const MOMENT: Duration = Duration::from_nanos(1);

struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    breaker: FailsafeBreaker,
}

impl Fixture {
    fn new(options: &FailsafeOptions) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let breaker = FailsafeBreaker::start(options).expect("valid").with_driver(driver);
        Self { time, recorder, breaker }
    }

    #[track_caller]
    fn call(&self, verdict: Verdict) {
        self.breaker.protect().acquire_blocking().expect("admitted").settle(verdict);
    }

    fn state(&self) -> &'static str {
        self.breaker.status().state
    }
}

fn options() -> FailsafeOptions {
    FailsafeOptions::new("payments")
}

#[test]
fn it_runs_calls_and_refuses_them_and_says_so() {
    let fixture = Fixture::new(&options().failures(2));
    let result =
        fixture.time.block_on(fixture.breaker.execute(async || Err::<(), _>("down"), SECOND));
    assert!(matches!(result, Err(Error::Failed("down"))));
    let hangs = std::future::pending::<Result<(), Infallible>>;
    let result = fixture.time.block_on(fixture.breaker.execute(hangs, SECOND));
    assert!(matches!(result, Err(Error::TimedOut(_))));
    let result = fixture.breaker.execute_blocking(|| Ok::<_, Infallible>(()));
    let Err(Error::Refused(refusal)) = result else { panic!("{result:?}") };
    assert_eq!(refusal.to_string(), "circuit breaker `payments` is open; retry in 5.0 s");
    fixture.time.advance(5 * SECOND + MOMENT);
    fixture.breaker.execute_blocking(|| Ok::<_, Infallible>(())).expect("the probe");
    let changes = fixture.recorder.events().into_iter().filter_map(|event| event.change);
    let changes: Vec<_> = changes.map(|change| (change.to, change.cause)).collect();
    assert_eq!(
        changes,
        [
            ("open", "failure policy"),
            ("half_open", "reset time over"),
            ("closed", "probe succeeded")
        ]
    );
    assert_eq!(fixture.recorder.count(Topic::BreakerRejected), 1);
}

#[test]
fn a_success_forgives_the_failures_before() {
    let fixture = Fixture::new(&options().failures(2));
    for _ in 0..9 {
        fixture.call(Verdict::Failure);
        fixture.call(Verdict::Success);
    }
    assert_eq!(fixture.state(), "closed");
    fixture.call(Verdict::Failure);
    fixture.time.advance(1_000_000 * SECOND);
    fixture.call(Verdict::Failure);
    assert_eq!(fixture.state(), "open");
}

#[test]
fn the_backoff_doubles_until_the_circuit_closes() {
    let reset = Backoff::Exponential { first: SECOND, most: 5 * SECOND };
    let fixture = Fixture::new(&options().failures(1).reset(reset));
    let waits = |count| -> Vec<_> {
        let fail = |_| {
            fixture.call(Verdict::Failure);
            let wait = fixture.breaker.status().retry_after.expect("open");
            fixture.time.advance(wait);
            wait.as_secs()
        };
        (0..count).map(fail).collect()
    };
    assert_eq!(waits(5), [1, 2, 4, 5, 5]);
    fixture.call(Verdict::Success);
    assert_eq!(waits(2), [1, 2]);
}

#[test]
fn chance_takes_away_half_of_the_backoff_at_most() {
    let reset = Backoff::Jittered { first: 10 * SECOND, most: 10 * SECOND };
    for _ in 0..50 {
        let fixture = Fixture::new(&options().failures(1).reset(reset));
        fixture.call(Verdict::Failure);
        let wait = fixture.breaker.status().retry_after.expect("open");
        assert!((5 * SECOND..=10 * SECOND + MOMENT).contains(&wait), "{wait:?}");
    }
}

#[test]
fn the_success_rate_follows_the_drivers_clock() {
    let rate = SuccessRate::new(0.5, 10 * SECOND).minimum_calls(3);
    let fixture = Fixture::new(&options().success_rate(rate));
    fixture.time.advance(1_000_000 * SECOND);
    for _ in 0..10 {
        fixture.call(Verdict::Failure);
        fixture.time.advance(SECOND - Duration::from_millis(1));
    }
    assert_eq!(fixture.state(), "closed", "the window has not passed yet");
    fixture.time.advance(SECOND);
    fixture.call(Verdict::Failure);
    assert_eq!(fixture.state(), "open");
    fixture.time.advance(5 * SECOND + MOMENT);
    fixture.call(Verdict::Success);
    for _ in 0..10 {
        fixture.call(Verdict::Success);
        fixture.time.advance(2 * SECOND);
    }
    fixture.call(Verdict::Failure);
    assert_eq!(fixture.state(), "closed", "one failure in eleven calls");
}

#[test]
fn either_rule_opens_it_if_there_are_two() {
    let rate = SuccessRate::new(0.5, 10 * SECOND);
    let fixture = Fixture::new(&options().failures(3).success_rate(rate));
    for _ in 0..3 {
        fixture.call(Verdict::Failure);
    }
    assert_eq!(fixture.state(), "open", "in a row, within the window");
}

#[test]
fn an_option_that_makes_no_sense_is_named() {
    let millis = Duration::from_millis;
    let backoff = |first, most| options().reset(Backoff::Exponential { first, most });
    let rate = |required, window| options().success_rate(SuccessRate::new(required, window));
    let whole = "must be a whole number of seconds, 1 or more";
    let part = "must be more than 0 and not more than 1";
    let invalid = [
        (options().failures(0), "failures", "must be 1 or more"),
        (options().reset_after(Duration::ZERO), "reset", "must be longer than zero"),
        (backoff(millis(500), SECOND), "reset", whole),
        (backoff(SECOND, millis(1500)), "reset", whole),
        (backoff(SECOND, Duration::MAX), "reset", whole),
        (
            backoff(SECOND, Duration::from_secs(u64::MAX)),
            "reset",
            "must not be longer than 100 years",
        ),
        (
            backoff(2 * SECOND, SECOND),
            "reset",
            "must not have a maximum shorter than its first time",
        ),
        (
            options().reset(Backoff::Jittered { first: SECOND, most: SECOND }),
            "reset",
            "must have a first time of 2 s or more, since jitter shortens it",
        ),
        (rate(0.5, millis(200)), "window", whole),
        (rate(0.5, Duration::ZERO), "window", whole),
        (rate(1.5, SECOND), "success_rate", part),
        (rate(0.0, SECOND), "success_rate", part),
        (rate(f64::NAN, SECOND), "success_rate", part),
        (
            options().success_rate(SuccessRate::new(0.5, SECOND).minimum_calls(0)),
            "minimum_calls",
            "must be 1 or more",
        ),
    ];
    for (options, option, problem) in invalid {
        let error = FailsafeBreaker::start(&options).expect_err(option);
        assert_eq!((error.option(), error.problem()), (option, problem));
        let message = format!("circuit breaker `payments`: `{option}` {problem}");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn the_longest_backoff_is_survived() {
    let century = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    let reset = Backoff::Exponential { first: century, most: century };
    let fixture = Fixture::new(&options().failures(1).reset(reset));
    for _ in 0..4 {
        fixture.call(Verdict::Failure);
        assert_eq!(fixture.breaker.status().retry_after, Some(century + MOMENT));
        fixture.time.advance(century + MOMENT);
    }
}

#[test]
fn a_status_goes_by_the_clock_of_the_calls() {
    let time = ManualClock::new();
    time.advance(3600 * SECOND);
    let driver = Driver::new().with_clock(time.clock());
    let options = FailsafeOptions::new("payments").failures(1);
    let options = options.reset(Backoff::Fixed(60 * SECOND));
    let breaker = FailsafeBreaker::start(&options).expect("valid");
    driver.protect(&breaker).acquire_blocking().expect("closed").failure();
    time.advance(10 * SECOND);
    assert_eq!(breaker.status().retry_after, Some(50 * SECOND + MOMENT));
}

#[test]
fn a_half_open_circuit_admits_every_call_and_the_first_result_decides() {
    let fixture = Fixture::new(&options().failures(1));
    let admit = || fixture.breaker.protect().acquire_blocking().expect("admitted");
    let early = admit();
    fixture.call(Verdict::Failure);
    fixture.time.advance(5 * SECOND + MOMENT);
    let probes = [admit(), admit(), admit()];
    assert_eq!(fixture.state(), "half_open");
    early.success();
    assert_eq!(fixture.state(), "half_open", "a result of an earlier state decides nothing");
    let [first, second, third] = probes;
    first.settle(Verdict::Abandoned);
    assert_eq!(fixture.state(), "half_open");
    second.success();
    third.failure();
    assert_eq!(fixture.state(), "closed", "the third is of an earlier state by now");
    assert_eq!(fixture.breaker.status().reading("late"), Some(2));
}

#[test]
fn retries_neither_ask_a_circuit_that_is_open_nor_probe_one() {
    let fixture = Fixture::new(&options().failures(2));
    let budget = Budget::start(&BudgetOptions::new("payments").floor(10.0)).expect("valid options");
    let policy = Policy::new(&budget).with_retry(Retry::new().attempts(7)).expect("valid options");
    let attempts = || {
        let mut attempts = 0;
        let call = fixture.breaker.protect().policy(&policy).idempotent();
        let call = call.run_attempts(|_| {
            attempts += 1;
            async { Err::<(), _>("down") }
        });
        fixture.time.block_on(call).expect_err("it fails");
        attempts
    };
    assert_eq!(attempts(), 2, "the second one opens the circuit");
    assert_eq!(attempts(), 0);
    assert_eq!(fixture.breaker.status().reading("refused"), Some(1), "one refusal, not seven");
    fixture.time.advance(5 * SECOND + MOMENT);
    assert_eq!(attempts(), 1, "the probe");
    let changes = fixture.recorder.count(Topic::BreakerChanged);
    let call = seawall_core::Call::at(fixture.time.now());
    assert!(!seawall_core::Backend::accepts_extra(&fixture.breaker, &call));
    assert_eq!(fixture.recorder.count(Topic::BreakerChanged), changes, "asking changes nothing");
}
