use std::time::Duration;

use seawall_core::{Change, Verdict};

use crate::breaker::Subject;
use crate::breaker::fixture::{Fixture, read};
use crate::breaker::script::{SEEDS, STEPS, Script, assert_no_effect};

pub(in crate::breaker) fn every_call_is_accounted_for(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::new(seed);
        for step in 0..STEPS {
            script.step(&fixture);
            let status = fixture.status();
            let reading = |name| read(&status, name);
            let when = format!("after step {step} of run {seed}");
            assert_eq!(reading("admitted"), script.admitted, "`admitted` {when}");
            let ended = script.admitted - script.in_flight();
            let verdicts = Verdict::ALL.iter().map(|verdict| reading(verdict.as_str()));
            let counted = verdicts.sum::<u64>() + reading("late");
            assert_eq!(counted, ended, "the sum of all verdicts and `late` {when}");
            for verdict in Verdict::ALL {
                let (name, max) = (verdict.as_str(), script.ended[verdict.index()]);
                assert!(reading(name) <= max, "`{name}` must be at most {max} {when}");
            }
        }
    }
}

pub(in crate::breaker) fn status_changes_nothing(subject: &Subject<'_>) {
    assert_no_effect(subject, "with and without reading the status", |fixture| {
        let setup = fixture.setup;
        for later in [Duration::ZERO, setup.window, setup.reset_after, setup.probe_lease] {
            let _status = fixture.backend().status(fixture.now() + later);
        }
    });
}

pub(in crate::breaker) fn changes_are_noted(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let expect = |change: Option<Change>, from_to: Option<(&str, &str)>, when: &str| {
        let noted = change.map(|change| (change.from, change.to));
        assert_eq!(noted, from_to, "the change that is noted {when}");
    };
    let enter = |expected, when| {
        let (answer, change) = fixture.ask_at(fixture.now());
        expect(change, expected, when);
        answer
    };
    let end = |token, verdict, expected, when| {
        expect(fixture.end_at(fixture.now(), token, verdict), expected, when);
    };
    let admitted = |expected, when| match enter(expected, when) {
        Ok(token) => token,
        Err(refusal) => panic!("a call must be admitted {when}; but: {refusal}"),
    };
    for nth in 1..=fixture.setup.failures {
        let token = admitted(None, "at a call to a closed circuit");
        let (opens, when) = match nth == fixture.setup.failures {
            true => (Some(("closed", "open")), "at the last failure"),
            false => (None, "at a failure before the last"),
        };
        end(token, Verdict::Failure, opens, when);
    }
    enter(None, "at a refusal").expect_err("it is open");
    fixture.pass_reset_time();
    let probe = admitted(Some(("open", "half_open")), "at the first probe");
    end(probe, Verdict::Failure, Some(("half_open", "open")), "at a probe that fails");
    fixture.pass_reset_time();
    let probe = admitted(Some(("open", "half_open")), "at the next probe");
    end(probe, Verdict::Ignored, None, "at an inconclusive probe");
    let probe = admitted(None, "at the probe that follows it");
    end(probe, Verdict::Success, Some(("half_open", "closed")), "at a probe that succeeds");
    let token = admitted(None, "at a call after that");
    end(token, Verdict::Success, None, "at a success");
}
