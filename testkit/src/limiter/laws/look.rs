use std::time::Duration;

use seawall_core::RefusalKind;

use crate::limiter::Subject;
use crate::limiter::bench::{BOTH, Bench, MOMENT};
use crate::limiter::script::{Came, SEEDS, STEPS, Script, assert_same, play};

pub(in crate::limiter) fn peek_changes_nothing(subject: &Subject<'_>) {
    for seed in SEEDS {
        let (watched, left_alone) = (Bench::new(subject), Bench::new(subject));
        let one = play(&watched, seed, |bench, who, cost| {
            for (who, cost) in [(who, cost), (who, 1), (Some(99), bench.all_as_cost())] {
                let _of_no_interest = bench.peek(who, cost);
            }
        });
        let other = play(&left_alone, seed, |_, _, _| ());
        let which = format!("peeked at and not, play {seed}");
        assert_same((&watched, one), (&left_alone, other), &which);
    }
}

pub(in crate::limiter) fn peek_tells_what_entering_does(subject: &Subject<'_>) {
    for seed in SEEDS {
        let bench = Bench::new(subject);
        let mut script = Script::new(seed);
        for step in 0..STEPS {
            let mut told = None;
            let came = script.step(&bench, |bench, who, cost| told = Some(bench.peek(who, cost)));
            let Some(told) = told else { continue };
            let (allowed, wait) = match came {
                Came::Refused(RefusalKind::CostAboveLimit, _) => (false, None),
                Came::Refused(_, wait) => (false, wait),
                _ => (true, None),
            };
            let when = format!("at step {step} of play {seed}, where entering came to {came:?}");
            assert_eq!(told.is_allowed, allowed, "would it be let through, {when}");
            assert_eq!(told.retry_after, wait, "the time until it would, {when}");
        }
    }
}

pub(in crate::limiter) fn remaining_can_be_spent(subject: &Subject<'_>) {
    for who in BOTH {
        for spent in 0..=Bench::new(subject).all_as_cost() {
            for part in 0..5 {
                let bench = Bench::new(subject);
                for _ in 0..spent {
                    bench.admitted(who, 1, "some is left");
                }
                bench.pass(bench.setup.period / bench.setup.limit * part * 3 / 4);
                let status = bench.peek(who, 1);
                assert_eq!(status.limit, bench.all(), "the limit, as a peek tells it");
                for _ in 0..status.remaining {
                    bench.admitted(who, 1, "a peek said that as much remains");
                }
                bench.refused(who, 1, "a peek said that no more than was spent remains");
            }
        }
    }
}

pub(in crate::limiter) fn reset_time_is_when_all_is_back(subject: &Subject<'_>) {
    for who in BOTH {
        let bench = Bench::new(subject);
        let mut told = bench.peek(who, 1);
        for cost in [1, 3, 1] {
            bench.pass(bench.setup.period / 33);
            bench.admitted(who, cost, "as much is left");
            told = bench.peek(who, 1);
            assert_eq!(told.reset_at, bench.now() + told.reset_after, "the two ways to say when");
            assert!(told.reset_after > Duration::ZERO, "something is spent, so it takes time");
            // Where a window slides, what was spent in one counts until the next is over.
            let most = told.window * 2;
            assert!(told.reset_after <= most, "{:?} is more than {most:?}", told.reset_after);
        }
        bench.pass(told.reset_after - MOMENT);
        let remaining = bench.peek(who, 1).remaining;
        assert!(remaining < bench.all(), "{remaining} are back a moment before all are said to be");
        bench.pass(MOMENT);
        let told = bench.peek(who, 1);
        let all_is_back = (bench.all(), Duration::ZERO, bench.now());
        let found = (told.remaining, told.reset_after, told.reset_at);
        assert_eq!(found, all_is_back, "what remains, and when all is back, once all is");
    }
}
