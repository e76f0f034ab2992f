use std::time::Duration;

use seawall_core::RefusalKind;

use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture, MOMENT};
use crate::limiter::script::{Outcome, SEEDS, STEPS, Script, assert_no_effect};

pub(in crate::limiter) fn peek_changes_nothing(subject: &Subject<'_>) {
    assert_no_effect(subject, "with and without peeking", |fixture, key, cost| {
        for (key, cost) in [(key, cost), (key, 1), (Some(99), fixture.all_as_cost())] {
            let _status = fixture.peek(key, cost);
        }
    });
}

pub(in crate::limiter) fn peek_agrees_with_entering(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::new(seed);
        for step in 0..STEPS {
            let mut peeked = None;
            let outcome =
                script.step(&fixture, |fixture, key, cost| peeked = Some(fixture.peek(key, cost)));
            let Some(peeked) = peeked else { continue };
            let (allowed, wait) = match outcome {
                Outcome::Refused(RefusalKind::CostAboveLimit, _) => (false, None),
                Outcome::Refused(_, wait) => (false, wait),
                _ => (true, None),
            };
            let when = format!("of the peek at step {step} of run {seed}; entering: {outcome:?}");
            assert_eq!(peeked.is_allowed, allowed, "`is_allowed` {when}");
            assert_eq!(peeked.retry_after, wait, "`retry_after` {when}");
        }
    }
}

pub(in crate::limiter) fn remaining_can_be_spent(subject: &Subject<'_>) {
    for key in BOTH {
        for spent in 0..=Fixture::new(subject).all_as_cost() {
            for part in 0..5 {
                let fixture = Fixture::new(subject);
                for _ in 0..spent {
                    fixture.admitted(key, 1, "tokens are left");
                }
                fixture.pass(fixture.token() * part * 3 / 4);
                let status = fixture.peek(key, 1);
                assert_eq!(status.limit, fixture.all(), "the limit in the key's status");
                for _ in 0..status.remaining {
                    fixture.admitted(key, 1, "a peek said that this token remains");
                }
                fixture.refused(key, 1, "a peek said that no more tokens remain");
            }
        }
    }
}

pub(in crate::limiter) fn reset_time_is_when_all_is_back(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let mut status = fixture.peek(key, 1);
        for cost in [1, 3, 1] {
            fixture.pass(fixture.setup.period / 33);
            fixture.admitted(key, cost, "as many tokens are left");
            status = fixture.peek(key, 1);
            let reset_at = fixture.now() + status.reset_after;
            assert_eq!(status.reset_at, reset_at, "`reset_at`, which is now + `reset_after`");
            assert!(status.reset_after > Duration::ZERO, "tokens are spent, so it takes time");
            // Tokens spent in a sliding window count until the end of the next one.
            let max = status.window * 2;
            assert!(status.reset_after <= max, "{:?} is more than {max:?}", status.reset_after);
        }
        fixture.pass(status.reset_after - MOMENT);
        let remaining = fixture.peek(key, 1).remaining;
        assert!(remaining < fixture.all(), "all {remaining} tokens are back before `reset_at`");
        fixture.pass(MOMENT);
        let status = fixture.peek(key, 1);
        let all_is_back = (fixture.all(), Duration::ZERO, fixture.now());
        let found = (status.remaining, status.reset_after, status.reset_at);
        assert_eq!(found, all_is_back, "`remaining`, `reset_after`, `reset_at` at `reset_at`");
    }
}
