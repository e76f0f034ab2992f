use std::time::Duration;

use seawall_core::Verdict;

use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture};
use crate::limiter::script::{SEEDS, STEPS, Script};

pub(in crate::limiter) fn unused_call_was_never_there(subject: &Subject<'_>) {
    let period = Fixture::new(subject).setup.period;
    let pauses = [Duration::ZERO, period / 20, period / 8, period / 3, period * 3];
    for (key, pause) in BOTH.into_iter().flat_map(|key| pauses.map(|pause| (key, pause))) {
        for cost in 1..=Fixture::new(subject).all_as_cost() - 2 {
            let (fixture, twin) = (Fixture::new(subject), Fixture::new(subject));
            for fixture in [&fixture, &twin] {
                fixture.admitted(key, 2, "nothing has been spent");
                fixture.pass(period / 20);
            }
            let token = fixture.admitted(key, cost, "as much is left");
            [&fixture, &twin].into_iter().for_each(|fixture| fixture.pass(pause));
            fixture.end(token, cost, Verdict::Unused);
            for _ in 0..3 {
                let (with, without) = (fixture.peek(key, 1), twin.peek(key, 1));
                assert_eq!(with, without, "{key:?} with and without an unused call of cost {cost}");
                [&fixture, &twin].into_iter().for_each(|fixture| fixture.pass(period / 7));
            }
        }
    }
}

pub(in crate::limiter) fn giving_back_mints_nothing(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::new(seed);
        for _ in 0..STEPS {
            script.step(&fixture, |_, _, _| ());
        }
        let which = format!("play {seed}");
        let ran = script.into_ran();
        ran.assert_within(&fixture.bound, &fixture.setup, Duration::ZERO, &which);
    }
}

pub(in crate::limiter) fn refund_never_exceeds_the_limit(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        fixture.admitted(key, 3, "nothing has been spent");
        fixture.refund(key, 2);
        fixture.remains(key, fixture.all() - 1, "when two of three tokens are refunded");
        for cost in [2, fixture.all_as_cost(), u32::MAX] {
            fixture.refund(key, cost);
            fixture.remains(key, fixture.all(), "when more is refunded than was spent");
        }
        fixture.use_up(key);
        fixture.refused(key, 1, "all there can be has been spent after refunds");
        fixture.refund(key, 1);
        fixture.admitted(key, 1, "one token was refunded");
        fixture.refused(key, 1, "just one token was refunded");
    }
}

pub(in crate::limiter) fn reset_forgets_one_key(subject: &Subject<'_>) {
    for (key, others) in [(Some(1), [None, Some(2)]), (None, [Some(1), Some(2)])] {
        let fixture = Fixture::new(subject);
        others.into_iter().for_each(|other| drop(fixture.use_up(other)));
        fixture.use_up(key);
        fixture.reset(key);
        fixture.remains(key, fixture.all(), "for what was reset");
        for other in others {
            fixture.refused(other, 1, "another was reset");
        }
        fixture.use_up(key);
        fixture.refused(key, 1, "all there can be has been spent after a reset");
        fixture.reset(Some(77));
        fixture.remains(
            Some(77),
            fixture.all(),
            "for a key that is reset when it had spent nothing",
        );
    }
}

pub(in crate::limiter) fn nothing_comes_back_after_a_reset(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let before = fixture.use_up(key);
        fixture.reset(key);
        fixture.exhaust(key);
        for token in before {
            fixture.end(token, 1, Verdict::Unused);
            fixture.refused(key, 1, "what is given back was forgotten before");
        }
    }
}

pub(in crate::limiter) fn exhaust_takes_what_is_left(subject: &Subject<'_>) {
    for key in BOTH {
        let (fixture, other) = (Fixture::new(subject), Some(5));
        for key in [key, other] {
            fixture.admitted(key, 2, "nothing has been spent");
        }
        let (left, rest) = (fixture.all() - 2, fixture.exhaust(key));
        assert_eq!(rest, left, "what was taken when two of {} were spent", fixture.all());
        fixture.remains(key, 0, "when all is taken");
        fixture.refused(key, 1, "all is taken");
        assert_eq!(fixture.exhaust(key), 0, "what is taken when nothing is left");
        fixture.remains(other, left, "when another was exhausted");
        fixture.pass(fixture.wait(key, 1));
        fixture.admitted(key, 1, "the time is over that was said after `exhaust`");
    }
}
