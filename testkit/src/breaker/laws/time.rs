use std::time::Duration;

use seawall_core::{Tick, Verdict};

use crate::breaker::fixture::{BEGIN, Fixture};
use crate::breaker::script::{assert_same, run};
use crate::breaker::{Setup, Subject};

pub(in crate::breaker) fn origin_of_time_does_not_matter(subject: &Subject<'_>) {
    let century = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    for seed in 0..10 {
        let run_from = |begin| {
            let fixture = Fixture::at(subject, Setup::default(), begin);
            let outcomes = run(&fixture, seed, |_| ());
            (fixture, outcomes)
        };
        for begin in [Tick::ZERO, BEGIN + century] {
            let ((here, here_came), (there, there_came)) = (run_from(BEGIN), run_from(begin));
            let which = format!("from {BEGIN} and {begin} on, run {seed}");
            assert_same((&here, here_came), (&there, there_came), &which);
        }
    }
}

/// Threads read the clock before they get here, so that time can seem to go back by a little.
pub(in crate::breaker) fn older_times_do_no_harm(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let (setup, begin) = (fixture.setup, fixture.now());
    let older = |nanos| Tick::from_nanos(begin.as_nanos() - u64::from(nanos));
    for nth in 0..setup.failures {
        fixture.is("closed", "before as many failures as open it, each older than the one before");
        let (answer, _) = fixture.ask_at(older(nth));
        let token = answer.expect("a closed circuit lets a call through, whatever the time");
        fixture.end_at(older(nth), token, Verdict::Failure);
    }
    fixture.is("open", "after as many failures as open it, each older than the one before");
    let (answer, _) = fixture.ask_at(older(setup.failures + 1));
    answer.expect_err("an open circuit refuses a call that comes with a time before it opened");
    fixture.pass_reset_time();
    let probe = fixture.admitted("its time is over");
    fixture.end_at(begin, probe, Verdict::Success);
    fixture.is("closed", "after a probe that succeeded, by its time before it began");
}
