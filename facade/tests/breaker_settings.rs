//! Every setting of a breaker does what it says, and none is ignored in silence.

use std::time::Duration;

use seawall::breaker::{CircuitBreaker, State};
use seawall::{ConfigSource, Infrastructure, Verdict};
use seawall_testkit::ManualClock;

const SECOND: Duration = Duration::from_secs(1);

fn build(settings: &str) -> Result<(ManualClock, CircuitBreaker), String> {
    let time = ManualClock::new();
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(format!("[breaker.api]\n{settings}")))
        .clock(time.clock())
        .build()
        .map_err(|error| error.to_string())?;
    Ok((time, infra.breaker("api").expect("configured")))
}

fn end(breaker: &CircuitBreaker, verdict: Verdict) {
    breaker.protect().acquire_blocking().expect("admitted").settle(verdict);
}

fn fail(breaker: &CircuitBreaker, times: u32) {
    (0..times).for_each(|_| end(breaker, Verdict::Failure));
}

#[test]
fn each_rule_can_be_set() {
    let opens_after = |settings: &str, failures: u32| {
        let (_time, breaker) = build(settings).expect("valid");
        fail(&breaker, failures - 1);
        assert_eq!(breaker.status().state, State::Closed, "{settings}");
        fail(&breaker, 1);
        assert_eq!(breaker.status().state, State::Open, "{settings}");
    };
    opens_after("", 5);
    opens_after("failures = 3", 3);
    opens_after("consecutive_failures = 7", 7);
    opens_after("failure_rate = 0.5", 20);
    opens_after("failure_rate = 0.5\nminimum_calls = 4", 4);
    opens_after("failure_rate = 0.5\nminimum_calls = 4\nrate_calls = 10", 4);
    opens_after("failure_rate = 1\nminimum_calls = 4\nrate_window = '1m'", 4);
    let (time, breaker) =
        build("slow_call = '1s'\nslow_call_rate = 0.5\nminimum_calls = 1").expect("valid");
    let slow = breaker.protect().acquire_blocking().expect("closed");
    time.advance(SECOND);
    slow.success();
    assert_eq!(breaker.status().state, State::Open);
    let (time, breaker) = build("slow_call = '1s'\nhung_calls = 1").expect("valid");
    let _hung = breaker.protect().acquire_blocking().expect("closed");
    time.advance(2 * SECOND);
    breaker.protect().acquire_blocking().expect_err("one hangs");
}

#[test]
fn recovery_can_be_set() {
    let settings = "failures = 1\nreset_after = '1s'\nreset_most = '4s'\nprobes = 2\n\
                    probe_successes = 0.5\nprobe_lease = '2s'\nramp = '10s'\nramp_floor = 100";
    let (time, breaker) = build(settings).expect("valid");
    fail(&breaker, 1);
    assert_eq!(breaker.status().retry_after, Some(SECOND));
    time.advance(SECOND);
    fail(&breaker, 2);
    assert_eq!(breaker.status().retry_after, Some(2 * SECOND));
    time.advance(2 * SECOND);
    end(&breaker, Verdict::Success);
    assert_eq!(breaker.status().state, State::Recovering);
    let (time, breaker) =
        build("failures = 1\nheal_after = '3s'\nabandoned = 'failure'\npanicked = 'nothing'")
            .expect("valid");
    end(&breaker, Verdict::Panicked);
    end(&breaker, Verdict::Abandoned);
    assert_eq!(breaker.status().retry_after, Some(3 * SECOND));
    time.advance(3 * SECOND);
    end(&breaker, Verdict::Success);
    assert_eq!(breaker.status().state, State::Closed);
}

#[test]
fn what_does_nothing_by_itself_is_said() {
    let report = build("minimum_calls = 5\nslow_call = '1s'\nreset_jitter = 0.1\nramp_floor = 2");
    let report = report.expect_err("they do nothing");
    let lines: Vec<_> = report.lines().collect();
    assert_eq!(
        lines,
        [
            "4 problems in the configuration:",
            "inline TOML:2: breaker.api.minimum_calls: it does nothing by itself; \
             expected failure_rate or slow_call_rate with it",
            "inline TOML:3: breaker.api.slow_call: it does nothing by itself; \
             expected slow_call_rate or hung_calls with it",
            "inline TOML:4: breaker.api.reset_jitter: it does nothing by itself; \
             expected reset_most with it",
            "inline TOML:5: breaker.api.ramp_floor: it does nothing by itself; expected ramp with it",
        ]
    );
}

#[test]
fn what_contradicts_itself_is_said() {
    let message = |settings: &str| {
        let report = build(settings).expect_err("it contradicts itself");
        report.lines().nth(1).map(str::to_owned).expect("a problem")
    };
    assert_eq!(
        message("failure_rate = 0.5\nrate_calls = 10\nrate_window = '1s'\nminimum_calls = 5"),
        "inline TOML:3: breaker.api.rate_calls: there is a `rate_window` too"
    );
    assert!(message("failure_rate = 0.5\nrate_calls = 10").contains("minimum_calls"));
    assert!(message("slow_call_rate = 0.5").contains("slow_call"));
    assert!(message("reset_after = '9s'\nreset_most = '1s'").contains("reset"));
}

#[test]
fn one_word_swaps_the_backend() {
    for backend in ["native", "failsafe"] {
        let settings = format!(
            "[breaker.api]\nbackend = '{backend}'\nconsecutive_failures = 3\nreset_after = '1s'\n\
             [protection.call]\nbreaker = 'api'"
        );
        let time = ManualClock::new();
        let infra = Infrastructure::builder()
            .config(ConfigSource::new().toml_str(settings))
            .clock(time.clock())
            .build()
            .expect("valid");
        let state = || infra.status("call").expect("configured")[0].state;
        let call = |result: Result<u8, ()>| infra.execute_protected_blocking("call", || result);
        for _ in 0..3 {
            assert_eq!(state(), "closed", "{backend}");
            call(Err(())).expect_err("it failed");
        }
        assert_eq!(state(), "open", "{backend}");
        assert!(call(Ok(1)).expect_err("open").is_refused(), "{backend}");
        time.advance(SECOND);
        assert_eq!(call(Ok(1)).expect("the probe"), 1, "{backend}");
        assert_eq!(state(), "closed", "{backend}");
    }
}

#[test]
fn a_handle_is_of_the_backend_that_was_asked_for() {
    let config = ConfigSource::new().toml_str("[breaker.api]\nbackend = 'failsafe'");
    let infra = Infrastructure::builder().config(config).build().expect("valid");
    assert_eq!(infra.failsafe_breaker("api").expect("configured").name().as_str(), "api");
    let wrong = infra.breaker("api").expect_err("not a native one").to_string();
    assert_eq!(
        wrong,
        "circuit breaker `api` is not configured as `seawall_breaker::breaker::CircuitBreaker`"
    );
}
