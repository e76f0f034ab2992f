use std::time::Duration;

use seawall_core::Verdict;

use crate::limiter::Subject;
use crate::limiter::bench::{BOTH, Bench};
use crate::limiter::script::{SEEDS, STEPS, Script};

pub(in crate::limiter) fn unused_call_was_never_there(subject: &Subject<'_>) {
    let period = Bench::new(subject).setup.period;
    let pauses = [Duration::ZERO, period / 20, period / 8, period / 3, period * 3];
    for (who, pause) in BOTH.into_iter().flat_map(|who| pauses.map(|pause| (who, pause))) {
        for cost in 1..=Bench::new(subject).all_as_cost() - 2 {
            let (bench, twin) = (Bench::new(subject), Bench::new(subject));
            for bench in [&bench, &twin] {
                bench.admitted(who, 2, "nothing has been spent");
                bench.pass(period / 20);
            }
            let token = bench.admitted(who, cost, "as much is left");
            [&bench, &twin].into_iter().for_each(|bench| bench.pass(pause));
            bench.end(token, cost, Verdict::Unused);
            for _ in 0..3 {
                let (with, without) = (bench.peek(who, 1), twin.peek(who, 1));
                assert_eq!(with, without, "{who:?} with and without an unused call of cost {cost}");
                [&bench, &twin].into_iter().for_each(|bench| bench.pass(period / 7));
            }
        }
    }
}

pub(in crate::limiter) fn giving_back_mints_nothing(subject: &Subject<'_>) {
    for seed in SEEDS {
        let bench = Bench::new(subject);
        let mut script = Script::new(seed);
        for _ in 0..STEPS {
            script.step(&bench, |_, _, _| ());
        }
        let which = format!("play {seed}");
        let ran = script.into_ran();
        ran.assert_within(&bench.bound, &bench.setup, Duration::ZERO, &which);
    }
}

pub(in crate::limiter) fn refund_never_exceeds_the_limit(subject: &Subject<'_>) {
    for who in BOTH {
        let bench = Bench::new(subject);
        bench.admitted(who, 3, "nothing has been spent");
        bench.refund(who, 2);
        bench.remains(who, bench.all() - 1, "when two of three tokens are refunded");
        for cost in [2, bench.all_as_cost(), u32::MAX] {
            bench.refund(who, cost);
            bench.remains(who, bench.all(), "when more is refunded than was spent");
        }
        bench.use_up(who);
        bench.refused(who, 1, "all there can be has been spent after refunds");
        bench.refund(who, 1);
        bench.admitted(who, 1, "one token was refunded");
        bench.refused(who, 1, "just one token was refunded");
    }
}

pub(in crate::limiter) fn reset_forgets_one_key(subject: &Subject<'_>) {
    for (who, others) in [(Some(1), [None, Some(2)]), (None, [Some(1), Some(2)])] {
        let bench = Bench::new(subject);
        others.into_iter().for_each(|other| drop(bench.use_up(other)));
        bench.use_up(who);
        bench.reset(who);
        bench.remains(who, bench.all(), "for what was reset");
        for other in others {
            bench.refused(other, 1, "another was reset");
        }
        bench.use_up(who);
        bench.refused(who, 1, "all there can be has been spent after a reset");
        bench.reset(Some(77));
        bench.remains(Some(77), bench.all(), "for a key that is reset when it had spent nothing");
    }
}

pub(in crate::limiter) fn nothing_comes_back_after_a_reset(subject: &Subject<'_>) {
    for who in BOTH {
        let bench = Bench::new(subject);
        let before = bench.use_up(who);
        bench.reset(who);
        bench.drain(who);
        for token in before {
            bench.end(token, 1, Verdict::Unused);
            bench.refused(who, 1, "what is given back was forgotten before");
        }
    }
}

pub(in crate::limiter) fn drain_takes_what_is_left(subject: &Subject<'_>) {
    for who in BOTH {
        let (bench, other) = (Bench::new(subject), Some(5));
        for who in [who, other] {
            bench.admitted(who, 2, "nothing has been spent");
        }
        let (left, rest) = (bench.all() - 2, bench.drain(who));
        assert_eq!(rest, left, "what was drained when two of {} were spent", bench.all());
        bench.remains(who, 0, "when all is drained");
        bench.refused(who, 1, "all is drained");
        assert_eq!(bench.drain(who), 0, "what is drained when nothing is left");
        bench.remains(other, left, "when another was drained");
        bench.pass(bench.wait(who, 1));
        bench.admitted(who, 1, "the time is over that was said after draining");
    }
}
