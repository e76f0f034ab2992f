use std::time::Duration;

use seawall_core::{Change, Verdict};

use crate::breaker::fixture::{Fixture, read};
use crate::breaker::script::{Script, assert_same, play};
use crate::breaker::{Setup, Subject};

const SEEDS: std::ops::Range<u64> = 0..20;
const STEPS: usize = 500;

pub(in crate::breaker) fn books_close(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::new(seed);
        for step in 0..STEPS {
            script.step(&fixture);
            let status = fixture.status();
            let reading = |name| read(&status, name);
            let when = format!("after step {step} of play {seed}");
            assert_eq!(reading("admitted"), script.admitted, "`admitted`, {when}");
            let ended = script.admitted - script.under_way();
            let booked = Verdict::ALL.iter().map(|verdict| reading(verdict.as_str())).sum::<u64>();
            assert_eq!(
                booked + reading("late"),
                ended,
                "the sum of all verdicts and `late`, {when}"
            );
            for &verdict in Verdict::ALL {
                let (name, most) = (verdict.as_str(), script.ended[verdict.index()]);
                assert!(reading(name) <= most, "`{name}` is {most} at most, {when}");
            }
        }
    }
}

pub(in crate::breaker) fn status_changes_nothing(subject: &Subject<'_>) {
    for seed in SEEDS {
        let setup = Setup::default();
        let (watched, left_alone) = (Fixture::with(subject, setup), Fixture::with(subject, setup));
        let watch = |fixture: &Fixture| {
            let times = [Duration::ZERO, setup.window, setup.reset_after, setup.probe_lease];
            for later in times {
                let _of_no_interest = fixture.backend.status(fixture.now() + later);
            }
        };
        let one = play(&watched, seed, STEPS, watch);
        let other = play(&left_alone, seed, STEPS, |_| ());
        let which = format!("watched and not, play {seed}");
        assert_same((&watched, one), (&left_alone, other), &which);
    }
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
        Err(refusal) => panic!("a call goes through {when}; but: {refusal}"),
    };
    for nth in 1..=fixture.setup.failures {
        let token = admitted(None, "at a call to a closed circuit");
        let opens = (nth == fixture.setup.failures).then_some(("closed", "open"));
        end(
            token,
            Verdict::Failure,
            opens,
            if opens.is_some() { "at the last failure" } else { "at a failure before the last" },
        );
    }
    enter(None, "at a refusal").expect_err("it is open");
    fixture.pass_reset_time();
    let probe = admitted(Some(("open", "half_open")), "at the first probe");
    end(probe, Verdict::Failure, Some(("half_open", "open")), "at a probe that fails");
    fixture.pass_reset_time();
    let probe = admitted(Some(("open", "half_open")), "at the next probe");
    end(probe, Verdict::Ignored, None, "at a probe that says nothing");
    let probe = admitted(None, "at the probe that follows it");
    end(probe, Verdict::Success, Some(("half_open", "closed")), "at a probe that succeeds");
    let token = admitted(None, "at a call after that");
    end(token, Verdict::Success, None, "at a success");
}
