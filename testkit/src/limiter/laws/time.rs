use std::time::Duration;

use seawall_core::Tick;

use crate::law::Random;
use crate::limiter::fixture::{BEGIN, BOTH, Fixture, MOMENT};
use crate::limiter::queue::Queue;
use crate::limiter::ran::Ran;
use crate::limiter::script::{SEEDS, assert_same, run};
use crate::limiter::{Setup, Subject};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

pub(in crate::limiter) fn origin_of_time_does_not_matter(subject: &Subject<'_>) {
    for seed in 0..10 {
        let run_from = |begin| {
            let fixture = Fixture::at(subject, subject.claim.setup, begin);
            let outcomes = run(&fixture, seed, |_, _, _| ());
            (fixture, outcomes)
        };
        for begin in [Tick::ZERO, BEGIN + CENTURY] {
            let ((here, outcomes), (there, others)) = (run_from(BEGIN), run_from(begin));
            let which = format!("starting at {BEGIN} and at {begin}, run {seed}");
            assert_same((&here, outcomes), (&there, others), &which);
        }
    }
}

/// Threads read the clock before they enter, so time can seem to go back a little.
pub(in crate::limiter) fn older_times_do_no_harm(subject: &Subject<'_>) {
    for (seed, key) in SEEDS.flat_map(|seed| BOTH.map(|key| (seed, key))) {
        let fixture = Fixture::new(subject);
        let token = fixture.token();
        let (mut random, mut ran) = (Random::new(seed), Ran::default());
        for _ in 0..300 {
            let late = token * u32::try_from(random.below(8)).unwrap_or(0) / 8;
            let then = Tick::ZERO + fixture.now().since(Tick::ZERO + late);
            if fixture.ask_at(then, key, 1).is_ok() {
                ran.add(key, fixture.now(), 1);
            }
            if random.below(3) == 0 {
                fixture.pass(token / 4);
            }
        }
        let which = format!("run {seed}, where each time may be older by up to {token:?}");
        ran.assert_within(&fixture, token, &which);
        fixture.pass_until_full();
        fixture.remains(key, fixture.all(), "long after calls with older times");
        fixture.use_up(key);
    }
}

pub(in crate::limiter) fn extreme_limits_are_kept(subject: &Subject<'_>) {
    let rare = Setup { limit: 1, period: CENTURY, burst: 1, ..Setup::default() };
    let often = Setup { limit: 1_000_000_000, burst: 1_000_000_000, ..Setup::default() };
    for (setup, key) in [rare, often].into_iter().flat_map(|setup| BOTH.map(|key| (setup, key))) {
        let fixture = Fixture::with(subject, setup);
        let all = fixture.all_as_cost();
        assert!(fixture.ask(key, u32::MAX).is_err(), "there are never that many tokens");
        for round in 0..2 {
            fixture.admitted(key, all, &format!("nothing was spent before round {round}"));
            fixture.remains(key, 0, "when all tokens are spent");
            let wait = fixture.wait(key, all);
            let reset_after = fixture.look(key, all).map_or(wait, |status| status.reset_after);
            assert_eq!(wait, reset_after, "`retry_after` of a cost of all tokens");
            assert!(wait <= setup.period * 2, "all is back in two periods, not {wait:?}");
            fixture.pass(wait - MOMENT);
            fixture.refused(key, all, "the last token comes back in 1 ns");
            fixture.pass(MOMENT);
        }
        fixture.admitted(key, all, "all tokens are back");
        if !fixture.admits_only() {
            fixture.refund(key, u32::MAX);
            fixture.remains(key, fixture.all(), "when more is refunded than there can be");
        }

        let fixture = Fixture::with(subject, setup);
        let mut queue = Queue::at(&fixture);
        for _ in 0..4 {
            queue.wait(key, all, Duration::MAX);
        }
        queue.finish();
        Ran::of(&queue).assert_within_bound(&fixture, "four calls that wait without limit");
    }
}
