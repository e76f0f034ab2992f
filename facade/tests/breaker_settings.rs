//! Every setting of a breaker does what it says, and none is ignored in silence.

use std::convert::Infallible;
use std::time::Duration;

use seawall::breaker::{CircuitBreaker, State};
use seawall::breaker_failsafe::FailsafeBreaker;
use seawall::{ConfigSource, Error, Infrastructure, Tick, Verdict};
use seawall_testkit::ManualClock;

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

fn build(settings: &str) -> Result<(ManualClock, CircuitBreaker), String> {
    let time = ManualClock::new();
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(format!("[breaker.api]\n{settings}")))
        .clock(time.clock())
        .build()
        .map_err(|error| error.to_string())?;
    Ok((time, infra.component::<CircuitBreaker>("api").expect("configured")))
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
    opens_after("recent_failures = 3\nrecent_calls = 5", 3);
    opens_after("failure_rate = 0.5", 20);
    opens_after("failure_rate = 0.5\nminimum_calls = 4", 4);
    opens_after("failure_rate = 0.5\nminimum_calls = 4\nrate_calls = 10", 4);
    opens_after("failure_rate = 1\nminimum_calls = 4\nrate_window = '1m'", 4);
    let (time, breaker) = build("failures = 2\nwindow = '3s'").expect("valid");
    fail(&breaker, 1);
    time.advance(3 * SECOND);
    fail(&breaker, 1);
    assert_eq!(breaker.status().state, State::Closed, "three seconds apart");
    time.advance(2 * SECOND);
    fail(&breaker, 1);
    assert_eq!(breaker.status().state, State::Open);
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
    let settings = "failures = 1\nreset_after = '1s'\nreset_max = '4s'\nprobes = 2\n\
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
fn chance_shortens_the_reset_time_by_its_jitter_at_most() {
    let settings = "failures = 1\nreset_after = '10s'\nreset_max = '10s'\nreset_jitter = 0.5";
    let waits = (0..20).map(|_| {
        let (_time, breaker) = build(settings).expect("valid");
        fail(&breaker, 1);
        breaker.status().retry_after.expect("open")
    });
    let (least, most) = waits.fold((Duration::MAX, Duration::ZERO), |(least, most), wait| {
        (least.min(wait), most.max(wait))
    });
    assert!(5 * SECOND <= least && most <= 10 * SECOND, "{least:?} to {most:?}");
    assert!(most - least > SECOND, "{least:?} to {most:?}");
}

#[test]
fn a_probe_has_its_lease_and_the_ramp_its_floor() {
    let settings = "failures = 1\nreset_after = '1s'\nprobe_lease = '2s'\nramp = '10s'\n\
                    ramp_floor = 100";
    let (time, breaker) = build(settings).expect("valid");
    let acquire = || breaker.protect().acquire_blocking();
    fail(&breaker, 1);
    time.advance(SECOND);
    let _hung = acquire().expect("the probe");
    time.advance(2 * SECOND - MS);
    acquire().expect_err("it has its turn");
    time.advance(MS);
    acquire().expect("the next").success();
    assert_eq!(breaker.status().state, State::Recovering);
    acquire().expect("the first of a hundred a second").success();
    assert_eq!(acquire().expect_err("too soon").retry_after(), Some(10 * MS));
    time.advance(10 * MS);
    acquire().expect("the second").success();
}

#[test]
fn a_call_of_the_breaker_by_itself_is_cut_by_its_call_timeout() {
    let (time, breaker) = build("failures = 1\ncall_timeout = '1s'").expect("valid");
    let never = std::future::pending::<Result<(), Infallible>>;
    let result = time.block_on(breaker.protect().run(never));
    let Err(Error::TimedOut(elapsed)) = result else { panic!("{result:?}") };
    assert_eq!((elapsed.limit(), time.now()), (SECOND, Tick::from_millis(1_000)));
    assert_eq!(breaker.status().state, State::Open);
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
             expected reset_max with it",
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
        "inline TOML:3: breaker.api.rate_calls: `rate_window` is set too; expected one of the two"
    );
    assert_eq!(
        message("failure_rate = 0.5\nrate_calls = 10\nminimum_calls = 11"),
        "inline TOML:4: breaker.api.minimum_calls: 11 is more than `rate_calls` (10); expected 10 at \
         most"
    );
    assert_eq!(
        message("failure_rate = 0.5\nwindow = '1s'"),
        "inline TOML:3: breaker.api.window: it is for `failures`, which is off beside \
         `failure_rate`; expected failures with it"
    );
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
        time.advance(SECOND + Duration::from_nanos(1));
        assert_eq!(call(Ok(1)).expect("the probe"), 1, "{backend}");
        assert_eq!(state(), "closed", "{backend}");
    }
}

#[test]
fn a_handle_is_of_the_backend_that_was_asked_for() {
    let config = ConfigSource::new().toml_str("[breaker.api]\nbackend = 'failsafe'");
    let infra = Infrastructure::builder().config(config).build().expect("valid");
    assert_eq!(
        infra.component::<FailsafeBreaker>("api").expect("configured").name().as_str(),
        "api"
    );
    let wrong = infra.component::<CircuitBreaker>("api").expect_err("not a native one").to_string();
    assert_eq!(
        wrong,
        "circuit breaker `api` is a `seawall::breaker_failsafe::FailsafeBreaker`, not a \
         `seawall::breaker::CircuitBreaker`"
    );
}
