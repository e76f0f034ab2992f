use seawall_core::RefusalKind;

use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture, MOMENT};
use crate::limiter::script::{SEEDS, STEPS, Script};

pub(in crate::limiter) fn burst_goes_through_at_once(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        fixture.use_up(key);
        fixture.refused(key, 1, "all there is has been spent, one by one");
        let fixture = Fixture::new(subject);
        fixture.admitted(key, fixture.all_as_cost(), "nothing has been spent");
        fixture.refused(key, 1, "all there is has been spent at once");
    }
}

pub(in crate::limiter) fn refused_call_takes_nothing(subject: &Subject<'_>) {
    const TIMES: u32 = 50;
    for key in BOTH {
        let fixture = Fixture::new(subject);
        fixture.use_up(key);
        for round in 0..3 {
            // Windows give back more than one at a time.
            fixture.exhaust(key);
            let wait = fixture.wait(key, 1);
            for nth in 0..TIMES {
                let of_the_time = format!("only {nth}/{TIMES} of the time it said are over");
                fixture.refused(key, 1, &of_the_time);
                fixture.pass(wait / TIMES);
            }
            fixture.pass(wait - wait / TIMES * TIMES);
            let why = format!("the time is over that the first refusal of round {round} said");
            fixture.admitted(key, 1, &why);
        }
    }
}

pub(in crate::limiter) fn costs_are_weighed(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let rest = fixture.all_as_cost() - 3;
        fixture.admitted(key, 3, "nothing has been spent");
        for _ in 0..10 {
            fixture.refused(key, rest + 1, "one token less is left");
        }
        fixture.admitted(key, rest, "just that is left, and what was refused has taken nothing");
        fixture.refused(key, 1, "nothing is left");
    }
}

pub(in crate::limiter) fn cost_above_limit_is_never_let_through(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        for cost in [fixture.all_as_cost() + 1, 10 * fixture.all_as_cost(), u32::MAX] {
            let refusal = match fixture.ask(key, cost) {
                Ok(_) => panic!("there are never {cost} tokens, but that call went through"),
                Err(refusal) => refusal,
            };
            assert_eq!(refusal.kind(), RefusalKind::CostAboveLimit, "why {cost} is refused");
            assert_eq!(refusal.retry_after(), None, "when {cost} would go through");
        }
        fixture.remains(key, fixture.all(), "when all that was asked for is more than can be");
        fixture.admitted(key, 1, "nothing has been spent");
        let refused = fixture.ask(key, fixture.all_as_cost() + 1);
        assert!(refused.is_err(), "there are never so many tokens");
        fixture.remains(key, fixture.all() - 1, "when more than can be was asked for in between");
    }
}

pub(in crate::limiter) fn retry_after_is_honest(subject: &Subject<'_>) {
    for key in BOTH {
        for cost in 1..=Fixture::new(subject).all_as_cost() {
            for part in [0, 1, 2] {
                let fixture = Fixture::new(subject);
                fixture.use_up(key);
                fixture.pass(fixture.wait(key, cost) * part / 3);
                let wait = fixture.wait(key, cost);
                fixture.pass(wait - MOMENT);
                let again = fixture.wait(key, cost);
                assert_eq!(again, MOMENT, "what it says a moment before cost {cost} goes through");
                fixture.pass(MOMENT);
                fixture.admitted(key, cost, "the time it said is over");
            }
        }
    }
}

pub(in crate::limiter) fn limit_is_given_out_in_full(subject: &Subject<'_>) {
    const PERIODS: u32 = 10;
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let end = fixture.now() + fixture.setup.period * PERIODS;
        let mut given = 0;
        while fixture.now() < end {
            match fixture.ask(key, 1) {
                Ok(_) => given += 1,
                Err(_) => fixture.pass(fixture.wait(key, 1)),
            }
        }
        let due = fixture.setup.limit * PERIODS;
        assert!(given >= due, "{given} calls in {PERIODS} periods, not {due} at least");
    }
}

pub(in crate::limiter) fn no_window_sees_more_than_the_bound(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::running(seed);
        for _ in 0..STEPS {
            script.step(&fixture, |_, _, _| ());
        }
        script.into_ran().assert_within(
            &fixture.bound,
            &fixture.setup,
            std::time::Duration::ZERO,
            &format!("play {seed}"),
        );
    }
}
