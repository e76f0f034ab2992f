use std::time::Duration;

use seawall_core::RefusalKind;

use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture, MOMENT};
use crate::limiter::script::{Outcome, SEEDS, STEPS, Script, assert_same, play};

pub(in crate::limiter) fn peek_changes_nothing(subject: &Subject<'_>) {
    for seed in SEEDS {
        let (watched, left_alone) = (Fixture::new(subject), Fixture::new(subject));
        let one = play(&watched, seed, |fixture, key, cost| {
            for (key, cost) in [(key, cost), (key, 1), (Some(99), fixture.all_as_cost())] {
                let _of_no_interest = fixture.peek(key, cost);
            }
        });
        let other = play(&left_alone, seed, |_, _, _| ());
        let which = format!("peeked at and not, play {seed}");
        assert_same((&watched, one), (&left_alone, other), &which);
    }
}

pub(in crate::limiter) fn peek_tells_what_entering_does(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::new(seed);
        for step in 0..STEPS {
            let mut told = None;
            let outcome =
                script.step(&fixture, |fixture, key, cost| told = Some(fixture.peek(key, cost)));
            let Some(told) = told else { continue };
            let (allowed, wait) = match outcome {
                Outcome::Refused(RefusalKind::CostAboveLimit, _) => (false, None),
                Outcome::Refused(_, wait) => (false, wait),
                _ => (true, None),
            };
            let when = format!("at step {step} of play {seed}, where entering came to {outcome:?}");
            assert_eq!(told.is_allowed, allowed, "would it be let through, {when}");
            assert_eq!(told.retry_after, wait, "the time until it would, {when}");
        }
    }
}

pub(in crate::limiter) fn remaining_can_be_spent(subject: &Subject<'_>) {
    for key in BOTH {
        for spent in 0..=Fixture::new(subject).all_as_cost() {
            for part in 0..5 {
                let fixture = Fixture::new(subject);
                for _ in 0..spent {
                    fixture.admitted(key, 1, "some is left");
                }
                fixture.pass(fixture.setup.period / fixture.setup.limit * part * 3 / 4);
                let status = fixture.peek(key, 1);
                assert_eq!(status.limit, fixture.all(), "the limit, as a peek tells it");
                for _ in 0..status.remaining {
                    fixture.admitted(key, 1, "a peek said that as much remains");
                }
                fixture.refused(key, 1, "a peek said that no more than was spent remains");
            }
        }
    }
}

pub(in crate::limiter) fn reset_time_is_when_all_is_back(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let mut told = fixture.peek(key, 1);
        for cost in [1, 3, 1] {
            fixture.pass(fixture.setup.period / 33);
            fixture.admitted(key, cost, "as much is left");
            told = fixture.peek(key, 1);
            assert_eq!(told.reset_at, fixture.now() + told.reset_after, "the two ways to say when");
            assert!(told.reset_after > Duration::ZERO, "something is spent, so it takes time");
            // Where a window slides, what was spent in one counts until the next is over.
            let most = told.window * 2;
            assert!(told.reset_after <= most, "{:?} is more than {most:?}", told.reset_after);
        }
        fixture.pass(told.reset_after - MOMENT);
        let remaining = fixture.peek(key, 1).remaining;
        assert!(
            remaining < fixture.all(),
            "{remaining} are back a moment before all are said to be"
        );
        fixture.pass(MOMENT);
        let told = fixture.peek(key, 1);
        let all_is_back = (fixture.all(), Duration::ZERO, fixture.now());
        let found = (told.remaining, told.reset_after, told.reset_at);
        assert_eq!(found, all_is_back, "what remains, and when all is back, once all is");
    }
}
