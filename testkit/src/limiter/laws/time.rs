use std::time::Duration;

use seawall_core::Tick;

use crate::law::Random;
use crate::limiter::fixture::{BEGIN, BOTH, Fixture, MOMENT};
use crate::limiter::queue::{Driven, Queue};
use crate::limiter::ran::Ran;
use crate::limiter::script::{SEEDS, assert_same, play};
use crate::limiter::{Setup, Subject};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

pub(in crate::limiter) fn origin_of_time_does_not_matter(subject: &Subject<'_>) {
    for seed in 0..10 {
        let play_from = |begin| {
            let fixture = Fixture::at(subject, Setup::default(), begin);
            let outcomes = play(&fixture, seed, |_, _, _| ());
            (fixture, outcomes)
        };
        for begin in [Tick::ZERO, BEGIN + CENTURY] {
            let ((here, here_came), (there, there_came)) = (play_from(BEGIN), play_from(begin));
            let which = format!("from {BEGIN} and {begin} on, play {seed}");
            assert_same((&here, here_came), (&there, there_came), &which);
        }
    }
}

/// Threads read the clock before they get here, so that time can seem to go back by a little.
pub(in crate::limiter) fn older_times_are_survived(subject: &Subject<'_>) {
    for (seed, key) in SEEDS.flat_map(|seed| BOTH.map(|key| (seed, key))) {
        let fixture = Fixture::new(subject);
        let token = fixture.setup.period / fixture.setup.limit;
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
        let which = format!("play {seed}, with times that are late by less than {token:?}");
        ran.assert_within(&fixture.bound, &fixture.setup, token, &which);
        fixture.pass_until_full();
        fixture.remains(key, fixture.all(), "after calls with older times, much later");
        fixture.use_up(key);
    }
}

pub(in crate::limiter) fn extremes_are_kept(subject: &Subject<'_>) {
    let rare = Setup { limit: 1, period: CENTURY, burst: 1, ..Setup::default() };
    let often = Setup { limit: 1_000_000_000, burst: 1_000_000_000, ..Setup::default() };
    for (setup, key) in [rare, often].into_iter().flat_map(|setup| BOTH.map(|key| (setup, key))) {
        let fixture = Fixture::with(subject, setup);
        let all = fixture.all_as_cost();
        assert!(fixture.ask(key, u32::MAX).is_err(), "there are never so many tokens");
        for round in 0..2 {
            fixture.admitted(key, all, &format!("nothing was spent before round {round}"));
            fixture.remains(key, 0, "when all is spent");
            let (wait, told) = (fixture.wait(key, all), fixture.peek(key, all));
            assert_eq!(wait, told.reset_after, "all can be spent when all is back");
            assert!(wait <= setup.period * 2, "all is back in two periods, not {wait:?}");
            fixture.pass(wait - MOMENT);
            fixture.refused(key, all, "all is back only in a moment");
            fixture.pass(MOMENT);
        }
        fixture.admitted(key, all, "all is back");
        fixture.refund(key, u32::MAX);
        fixture.remains(key, fixture.all(), "when more is refunded than there can be");

        let driven = Driven::with(subject, setup);
        let mut queue = Queue::on(&driven);
        for _ in 0..4 {
            queue.join(key, all, Some(Duration::MAX));
        }
        queue.play_out();
        let mut ran = Ran::default();
        for waiter in queue.waiters() {
            if let Some(at) = waiter.began() {
                ran.add(key, at, all);
            }
        }
        ran.assert_within(&driven.bound, &setup, Duration::ZERO, "four key wait for ever");
    }
}
