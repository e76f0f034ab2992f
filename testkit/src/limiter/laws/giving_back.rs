use std::time::Duration;

use seawall_core::Verdict;

use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture};
use crate::limiter::script::{SEEDS, STEPS, Script};

pub(in crate::limiter) fn unused_call_leaves_no_trace(subject: &Subject<'_>) {
    let [one, _] = Fixture::twins(subject);
    let (period, max_cost) = (one.setup.period, one.all_as_cost() - 2);
    let pauses = [Duration::ZERO, period / 20, period / 8, period / 3, period * 3];
    let cases = BOTH.into_iter().flat_map(|key| pauses.map(|pause| (key, pause)));
    for ((key, pause), cost) in cases.flat_map(|case| (1..=max_cost).map(move |cost| (case, cost)))
    {
        let twins = Fixture::twins(subject);
        let pass = |time| twins.iter().for_each(|fixture| fixture.pass(time));
        let [with, without] = &twins;
        for fixture in &twins {
            fixture.admitted(key, 2, "nothing has been spent");
        }
        pass(period / 20);
        let token = with.admitted(key, cost, "as many tokens are left");
        pass(pause);
        with.end(token, cost, Verdict::Unused);
        for _ in 0..3 {
            let (with, without) = (with.peek(key, 1), without.peek(key, 1));
            assert_eq!(with, without, "the status with and without an unused call of cost {cost}");
            pass(period / 7);
        }
    }
}

pub(in crate::limiter) fn giving_back_keeps_the_bound(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::new(seed);
        for _ in 0..STEPS {
            script.step(&fixture, |_, _, _| ());
        }
        script.into_ran().assert_within_bound(&fixture, &format!("run {seed}"));
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
        fixture.refused(key, 1, "all tokens have been spent after the refunds");
        fixture.refund(key, 1);
        fixture.admitted(key, 1, "one token was refunded");
        fixture.refused(key, 1, "only one token was refunded");
    }
}

pub(in crate::limiter) fn reset_forgets_one_key(subject: &Subject<'_>) {
    for (key, others) in [(Some(1), [None, Some(2)]), (None, [Some(1), Some(2)])] {
        let fixture = Fixture::new(subject);
        others.into_iter().for_each(|other| drop(fixture.use_up(other)));
        fixture.use_up(key);
        fixture.reset(key);
        fixture.remains(key, fixture.all(), "for a key that was reset");
        for other in others {
            fixture.refused(other, 1, "only another key was reset");
        }
        fixture.use_up(key);
        fixture.refused(key, 1, "all tokens have been spent after a reset");
        fixture.reset(Some(77));
        fixture.remains(Some(77), fixture.all(), "for an unused key that was reset");
    }
}

pub(in crate::limiter) fn calls_from_before_a_reset_give_nothing_back(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let before = fixture.use_up(key);
        fixture.reset(key);
        fixture.exhaust(key);
        for token in before {
            fixture.end(token, 1, Verdict::Unused);
            fixture.refused(key, 1, "the reset had already given these tokens back");
        }
    }
}

pub(in crate::limiter) fn exhaust_takes_all_that_is_left(subject: &Subject<'_>) {
    for key in BOTH {
        let (fixture, other) = (Fixture::new(subject), Some(5));
        for key in [key, other] {
            fixture.admitted(key, 2, "nothing has been spent");
        }
        let (left, taken) = (fixture.all() - 2, fixture.exhaust(key));
        assert_eq!(taken, left, "the tokens taken when two of {} were spent", fixture.all());
        fixture.remains(key, 0, "when all tokens were taken");
        fixture.refused(key, 1, "all tokens were taken");
        assert_eq!(fixture.exhaust(key), 0, "the tokens taken when none are left");
        fixture.remains(other, left, "when another key was exhausted");
        fixture.pass(fixture.wait(key, 1));
        fixture.admitted(key, 1, "the `retry_after` of the exhausted key has passed");
    }
}
