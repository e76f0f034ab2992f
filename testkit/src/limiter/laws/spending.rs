use std::time::Duration;

use seawall_core::{RefusalKind, Verdict};

use crate::limiter::fixture::{BOTH, CallKey, Fixture, MOMENT, retry_after};
use crate::limiter::script::{SEEDS, STEPS, Script};
use crate::limiter::{Setup, Subject};

/// Small limits, with the smallest burst and with one as large as the limit. A tenth of the time for
/// a token is a whole number of nanoseconds.
const SMALL: [(u32, u32); 7] = [(1, 1), (2, 1), (2, 2), (3, 1), (3, 3), (10, 1), (10, 5)];

/// Returns the small limits, and the one that the subject has in other laws.
fn limits(subject: &Subject<'_>) -> impl Iterator<Item = (Setup, CallKey)> + use<> {
    let period = Duration::from_secs(3);
    let setup = move |(limit, burst)| Setup { limit, burst, period, ..Setup::default() };
    let setups = SMALL.into_iter().map(setup).chain([subject.claim.setup]);
    setups.flat_map(|setup| BOTH.map(|key| (setup, key)))
}

pub(in crate::limiter) fn burst_goes_at_once(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        fixture.use_up(key);
        fixture.refused(key, 1, "all tokens have been spent, one by one");
        let fixture = Fixture::new(subject);
        fixture.admitted(key, fixture.all_as_cost(), "nothing has been spent");
        fixture.refused(key, 1, "all tokens have been spent at once");
    }
}

pub(in crate::limiter) fn refused_call_takes_nothing(subject: &Subject<'_>) {
    const TIMES: u32 = 50;
    for key in BOTH {
        let fixture = Fixture::new(subject);
        fixture.use_up(key);
        for round in 0..3 {
            // Windows give back more than one token at a time.
            fixture.spend_rest(key);
            let wait = fixture.wait(key, 1);
            for nth in 0..TIMES {
                let why = format!("only {nth}/{TIMES} of the first `retry_after` have passed");
                fixture.refused(key, 1, &why);
                fixture.pass(wait / TIMES);
            }
            fixture.pass(wait - wait / TIMES * TIMES);
            let why = format!("the first `retry_after` of round {round} has passed");
            fixture.admitted(key, 1, &why);
        }
    }
}

pub(in crate::limiter) fn cost_is_taken_whole_or_not_at_all(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let rest = fixture.all_as_cost() - 3;
        fixture.admitted(key, 3, "nothing has been spent");
        for _ in 0..10 {
            fixture.refused(key, rest + 1, "one token less is left");
        }
        fixture.admitted(key, rest, "exactly that is left, and refused calls took nothing");
        fixture.refused(key, 1, "nothing is left");
    }
}

pub(in crate::limiter) fn cost_above_limit_is_refused_as_such(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        for cost in [fixture.all_as_cost() + 1, 10 * fixture.all_as_cost(), u32::MAX] {
            let refusal = match fixture.ask(key, cost) {
                Ok(_) => panic!("there are never {cost} tokens, but that call was admitted"),
                Err(refusal) => refusal,
            };
            let kind = RefusalKind::CostAboveLimit;
            assert_eq!(refusal.kind(), kind, "the kind of the refusal of cost {cost}");
            assert_eq!(refusal.retry_after(), None, "the `retry_after` of cost {cost}");
        }
        fixture.remains(key, fixture.all(), "after calls that cost more than the limit");
        fixture.admitted(key, 1, "nothing has been spent");
        let refused = fixture.ask(key, fixture.all_as_cost() + 1);
        assert!(refused.is_err(), "there are never that many tokens");
        fixture.remains(key, fixture.all() - 1, "after a call that costs more than the limit");
    }
}

pub(in crate::limiter) fn retry_after_is_exact(subject: &Subject<'_>) {
    for (setup, key) in limits(subject) {
        let all = Fixture::with(subject, setup).all_as_cost();
        // Of many costs, some.
        let costs = (1..=all).step_by((all as usize / 10).max(1));
        for (cost, part) in costs.flat_map(|cost| [0, 1, 2].map(|part| (cost, part))) {
            let fixture = Fixture::with(subject, setup);
            fixture.use_up(key);
            fixture.pass(fixture.wait(key, cost) * part / 3);
            let wait = fixture.wait(key, cost);
            fixture.pass(wait - MOMENT);
            let again = fixture.wait(key, cost);
            assert_eq!(again, MOMENT, "`retry_after` of cost {cost}, 1 ns before it may go");
            fixture.pass(MOMENT);
            fixture.admitted(key, cost, "its `retry_after` has passed");
        }
    }
}

pub(in crate::limiter) fn whole_limit_is_given_out(subject: &Subject<'_>) {
    const PERIODS: u32 = 100;
    for (setup, key) in limits(subject) {
        for often in [true, false] {
            let fixture = Fixture::with(subject, setup);
            let end = fixture.now() + setup.period * PERIODS;
            let (mut admitted, due) = (0, setup.limit * PERIODS);
            while fixture.now() < end {
                match fixture.ask(key, 1) {
                    Ok(token) => {
                        fixture.end(token, 1, Verdict::Success);
                        admitted += 1;
                        assert!(admitted <= 2 * due, "{admitted} calls are far above the limit");
                    }
                    Err(_) if often => fixture.pass(fixture.token() / 10),
                    Err(refusal) => fixture.pass(retry_after(&refusal)),
                }
            }
            let limit = setup.limit;
            let how = if often { "that asks all the time" } else { "that obeys `retry_after`" };
            assert!(
                admitted >= due,
                "a caller {how} must get {due} calls in {PERIODS} periods of limit {limit}, but \
                 got {admitted}"
            );
        }
    }
}

pub(in crate::limiter) fn no_window_exceeds_the_bound(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::running(seed);
        for _ in 0..STEPS {
            script.step(&fixture, |_, _, _| ());
        }
        script.into_ran().assert_within_bound(&fixture, &format!("run {seed}"));
    }
}
