use seawall_core::RefusalKind;

use crate::limiter::Subject;
use crate::limiter::bench::{BOTH, Bench, MOMENT};
use crate::limiter::script::{SEEDS, STEPS, Script};

pub(in crate::limiter) fn burst_goes_through_at_once(subject: &Subject<'_>) {
    for who in BOTH {
        let bench = Bench::new(subject);
        bench.use_up(who);
        bench.refused(who, 1, "all there is has been spent, one by one");
        let bench = Bench::new(subject);
        bench.admitted(who, bench.all_as_cost(), "nothing has been spent");
        bench.refused(who, 1, "all there is has been spent at once");
    }
}

pub(in crate::limiter) fn refused_call_takes_nothing(subject: &Subject<'_>) {
    const TIMES: u32 = 50;
    for who in BOTH {
        let bench = Bench::new(subject);
        bench.use_up(who);
        for round in 0..3 {
            // Windows give back more than one at a time.
            bench.drain(who);
            let wait = bench.wait(who, 1);
            for nth in 0..TIMES {
                let of_the_time = format!("only {nth}/{TIMES} of the time it said are over");
                bench.refused(who, 1, &of_the_time);
                bench.pass(wait / TIMES);
            }
            bench.pass(wait - wait / TIMES * TIMES);
            let why = format!("the time is over that the first refusal of round {round} said");
            bench.admitted(who, 1, &why);
        }
    }
}

pub(in crate::limiter) fn costs_are_weighed(subject: &Subject<'_>) {
    for who in BOTH {
        let bench = Bench::new(subject);
        let rest = bench.all_as_cost() - 3;
        bench.admitted(who, 3, "nothing has been spent");
        for _ in 0..10 {
            bench.refused(who, rest + 1, "one token less is left");
        }
        bench.admitted(who, rest, "just that is left, and what was refused has taken nothing");
        bench.refused(who, 1, "nothing is left");
    }
}

pub(in crate::limiter) fn cost_above_limit_is_never_let_through(subject: &Subject<'_>) {
    for who in BOTH {
        let bench = Bench::new(subject);
        for cost in [bench.all_as_cost() + 1, 10 * bench.all_as_cost(), u32::MAX] {
            let refusal = match bench.ask(who, cost) {
                Ok(_) => panic!("there are never {cost} tokens, but that call went through"),
                Err(refusal) => refusal,
            };
            assert_eq!(refusal.kind(), RefusalKind::CostAboveLimit, "why {cost} is refused");
            assert_eq!(refusal.retry_after(), None, "when {cost} would go through");
        }
        bench.remains(who, bench.all(), "when all that was asked for is more than can be");
        bench.admitted(who, 1, "nothing has been spent");
        let refused = bench.ask(who, bench.all_as_cost() + 1);
        assert!(refused.is_err(), "there are never so many tokens");
        bench.remains(who, bench.all() - 1, "when more than can be was asked for in between");
    }
}

pub(in crate::limiter) fn retry_after_is_honest(subject: &Subject<'_>) {
    for who in BOTH {
        for cost in 1..=Bench::new(subject).all_as_cost() {
            for part in [0, 1, 2] {
                let bench = Bench::new(subject);
                bench.use_up(who);
                bench.pass(bench.wait(who, cost) * part / 3);
                let wait = bench.wait(who, cost);
                bench.pass(wait - MOMENT);
                let again = bench.wait(who, cost);
                assert_eq!(again, MOMENT, "what it says a moment before cost {cost} goes through");
                bench.pass(MOMENT);
                bench.admitted(who, cost, "the time it said is over");
            }
        }
    }
}

pub(in crate::limiter) fn limit_is_given_out_in_full(subject: &Subject<'_>) {
    const PERIODS: u32 = 10;
    for who in BOTH {
        let bench = Bench::new(subject);
        let end = bench.now() + bench.setup.period * PERIODS;
        let mut given = 0;
        while bench.now() < end {
            match bench.ask(who, 1) {
                Ok(_) => given += 1,
                Err(_) => bench.pass(bench.wait(who, 1)),
            }
        }
        let due = bench.setup.limit * PERIODS;
        assert!(given >= due, "{given} calls in {PERIODS} periods, not {due} at least");
    }
}

pub(in crate::limiter) fn no_window_sees_more_than_the_bound(subject: &Subject<'_>) {
    for seed in SEEDS {
        let bench = Bench::new(subject);
        let mut script = Script::running(seed);
        for _ in 0..STEPS {
            script.step(&bench, |_, _, _| ());
        }
        script.into_ran().assert_within(
            &bench.bound,
            &bench.setup,
            std::time::Duration::ZERO,
            &format!("play {seed}"),
        );
    }
}
