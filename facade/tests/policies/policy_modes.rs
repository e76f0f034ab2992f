//! Policies that are observed, or off.

use std::time::Duration;

use seawall::{Clock, Component, Error, Statuses, Topic};

use super::{Fixture, MS, problems};

/// Returns a reading of the status of the protection `prices`.
fn reading(fixture: &Fixture, name: &str) -> Option<u64> {
    let mut statuses = fixture.infra.statuses().into_iter();
    let is_it = |status: &seawall::Status| {
        status.layer.component() == Component::Protection
            && status.layer.name().as_str() == "prices"
    };
    statuses.find(is_it)?.reading(name)
}

/// Makes a call that takes `time`.
fn call(fixture: &Fixture, time: Duration) -> Result<(), Error<&'static str>> {
    let clock: &Clock = fixture.infra.clock();
    let call = fixture.infra.execute_protected("prices", async || {
        clock.sleep_until(clock.now() + time).await;
        Ok(())
    });
    fixture.time.block_on(call)
}

#[test]
fn an_observed_timeout_cuts_nothing_and_counts_what_it_would_have_cut() {
    let fixture = Fixture::new("[protection.prices]\ntimeout = '100ms'\ntimeout_mode = 'observe'");
    assert_eq!(reading(&fixture, "observed_timeout_ns"), Some(100_000_000));
    assert_eq!(reading(&fixture, "timeout_ns"), None, "it is not in force");
    for time in [50, 100, 101, 5000] {
        call(&fixture, time * MS).expect("not cut");
    }
    assert_eq!(reading(&fixture, "would_time_out"), Some(2));
    fixture.change("[protection.prices]\ntimeout_mode = 'enforce'");
    assert!(matches!(call(&fixture, 101 * MS), Err(Error::TimedOut(_))));
    fixture.change("[protection.prices]\ntimeout_mode = 'off'");
    call(&fixture, 101 * MS).expect("there is none");
}

#[test]
fn an_observed_quantile_shows_the_timeout_that_would_be_in_force() {
    let settings =
        "[protection.prices]\ntimeout = 'p99.9 x 2 (50ms..1s)'\ntimeout_mode = 'observe'";
    let fixture = Fixture::new(settings);
    for _ in 0..10_000 {
        call(&fixture, 20 * MS).expect("it is fast");
    }
    let timeout = reading(&fixture, "observed_timeout_ns").expect("it is measured");
    assert_eq!(timeout, 50_000_000, "its minimum is more than twice what calls take");
    call(&fixture, 300 * MS).expect("not cut");
    assert_eq!(reading(&fixture, "would_time_out"), Some(1));
    fixture.change("[protection.prices]\ntimeout_mode = 'enforce'");
    let cut = call(&fixture, 300 * MS);
    assert!(matches!(cut, Err(Error::TimedOut(_))), "what was measured is kept");
}

#[test]
fn a_deadline_cuts_what_an_observed_timeout_does_not() {
    let settings =
        "[protection.prices]\ntimeout = '100ms'\ntimeout_mode = 'observe'\ndeadline = '1s'";
    let fixture = Fixture::new(settings);
    assert!(matches!(call(&fixture, 2000 * MS), Err(Error::TimedOut(_))));
    assert_eq!(reading(&fixture, "would_time_out"), Some(1));
}

const RETRIED: &str = "[protection.prices]\nattempts = 3\nidempotent = true\nattempts_mode = ";

#[test]
fn observed_attempts_are_counted_and_not_made() {
    let fixture = Fixture::new(&format!("{RETRIED}'observe'"));
    assert_eq!([fixture.sent("prices"), fixture.sent("prices")], [1, 1]);
    assert_eq!(reading(&fixture, "would_retry"), Some(2));
    assert_eq!(fixture.count(Topic::RetrySkipped), 2);
    let budget = fixture.budget("prices");
    assert_eq!([budget.reading("withdrawn"), budget.reading("exhausted")], [Some(0); 2]);
    fixture.change("[protection.prices]\nattempts_mode = 'enforce'");
    assert_eq!(fixture.sent("prices"), 3);
    assert_eq!(reading(&fixture, "would_retry"), Some(2), "a reload forgets no count");
    fixture.change("[protection.prices]\nattempts_mode = 'off'");
    assert_eq!(fixture.sent("prices"), 1);
    assert_eq!(fixture.count(Topic::RetrySkipped), 2, "there is nothing to skip");
}

#[test]
fn observed_copies_are_counted_and_not_sent() {
    let settings = "[budget.prices]\nratio = 1\n[protection.prices]\nhedge = '20ms, 100%'\n\
                    idempotent = true\nhedge_mode = ";
    let fixture = Fixture::new(&format!("{settings}'observe'"));
    let slow = || {
        let clock = fixture.infra.clock();
        let call = fixture.infra.protect("prices").expect("configured");
        let call = call.run_attempts(async |attempt| {
            if !attempt.is_extra() {
                clock.sleep_until(clock.now() + 50 * MS).await;
            }
            Ok::<_, &str>(attempt.number())
        });
        fixture.time.block_on(call).expect("it succeeds")
    };
    fixture.succeed("prices", 3);
    assert_eq!((slow(), reading(&fixture, "would_hedge")), (1, Some(1)));
    assert_eq!(fixture.count(Topic::Hedge), 0);
    assert_eq!(fixture.budget("prices").reading("withdrawn"), Some(0));
    fixture.change("[protection.prices]\nhedge_mode = 'enforce'");
    fixture.succeed("prices", 3);
    assert_eq!(slow(), 2);
    fixture.change("[protection.prices]\nhedge_mode = 'off'");
    assert_eq!(slow(), 1);
}

/// Settings with a mode where there is none, or where it does nothing, and what is said of them.
const WRONG: &[(&str, &str)] = &[
    (
        "[pool.db]\nmode = 'observe'",
        "2: pool.db.mode: a pool cannot be observed or off: a call needs the connection that it lends; expected it in a breaker, a rate limit or a bulkhead in front of the pool",
    ),
    (
        "[budget.b]\nmode = 'off'",
        "2: budget.b.mode: a budget cannot be observed or off: it keeps retries from making an outage of a hiccup; expected `attempts_mode` and `hedge_mode` in protections, or a larger `floor`",
    ),
    (
        "[protection.p]\ntimeout = '1s'\nmode = 'observe'",
        "3: protection.p.mode: a protection has a mode for each of its policies; expected `timeout_mode`, `attempts_mode` or `hedge_mode`; a layer has its own `mode`",
    ),
    (
        "[protection.p]\ndeadline = '1s'\ndeadline_mode = 'observe'",
        "3: protection.p.deadline_mode: a deadline is always obeyed: after it, no caller waits for the answer",
    ),
    (
        "[protection.p]\ndeadline = '1s'\ntimeout_mode = 'observe'",
        "3: protection.p.timeout_mode: it does nothing by itself; expected timeout with it",
    ),
    (
        "[protection.p]\ndeadline = '1s'\nattempts_mode = 'off'",
        "3: protection.p.attempts_mode: it does nothing by itself; expected attempts with it",
    ),
    (
        "[protection.p]\ntimeout = '500us'\ntimeout_mode = 'observe'",
        "3: protection.p.timeout_mode: a timeout of less than 1ms is too short to be observed; expected a timeout of 1ms or more with it",
    ),
    (
        "[protection.p]\ndeadline = '1s'\ntimeout = '2s'\ntimeout_mode = 'observe'",
        "3: protection.p.timeout: it never passes, as the `deadline` of 1s ends the call; expected 1s at most",
    ),
];

#[test]
fn where_a_mode_makes_no_sense_is_said_and_why() {
    for (settings, problem) in WRONG {
        let found = problems(settings);
        assert!(found.iter().any(|found| found == problem), "{found:#?}");
    }
}
