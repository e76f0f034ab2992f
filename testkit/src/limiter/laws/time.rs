use std::time::Duration;

use seawall_core::Tick;

use crate::law::Chance;
use crate::limiter::bench::{BEGIN, BOTH, Bench, MOMENT};
use crate::limiter::line::{Line, Stage};
use crate::limiter::ran::Ran;
use crate::limiter::script::{SEEDS, assert_same, play};
use crate::limiter::{Setup, Subject};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

pub(in crate::limiter) fn origin_of_time_does_not_matter(subject: &Subject<'_>) {
    for seed in 0..10 {
        let play_from = |begin| {
            let bench = Bench::at(subject, Setup::default(), begin);
            let came = play(&bench, seed, |_, _, _| ());
            (bench, came)
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
    for (seed, who) in SEEDS.flat_map(|seed| BOTH.map(|who| (seed, who))) {
        let bench = Bench::new(subject);
        let token = bench.setup.period / bench.setup.limit;
        let (mut chance, mut ran) = (Chance::new(seed), Ran::default());
        for _ in 0..300 {
            let late = token * u32::try_from(chance.draw(8)).unwrap_or(0) / 8;
            let then = Tick::ZERO + bench.now().since(Tick::ZERO + late);
            if bench.ask_at(then, who, 1).is_ok() {
                ran.add(who, bench.now(), 1);
            }
            if chance.draw(3) == 0 {
                bench.pass(token / 4);
            }
        }
        let which = format!("play {seed}, with times that are late by less than {token:?}");
        ran.assert_within(&bench.bound, &bench.setup, token, &which);
        bench.pass_until_full();
        bench.remains(who, bench.all(), "for one who came with older times, much later");
        bench.use_up(who);
    }
}

pub(in crate::limiter) fn extremes_are_kept(subject: &Subject<'_>) {
    let rare = Setup { limit: 1, period: CENTURY, burst: 1, ..Setup::default() };
    let often = Setup { limit: 1_000_000_000, burst: 1_000_000_000, ..Setup::default() };
    for (setup, who) in [rare, often].into_iter().flat_map(|setup| BOTH.map(|who| (setup, who))) {
        let bench = Bench::with(subject, setup);
        let all = bench.all_as_cost();
        assert!(bench.ask(who, u32::MAX).is_err(), "there are never so many tokens");
        for round in 0..2 {
            bench.admitted(who, all, &format!("nothing was spent before round {round}"));
            bench.remains(who, 0, "when all is spent");
            let (wait, told) = (bench.wait(who, all), bench.peek(who, all));
            assert_eq!(wait, told.reset_after, "all can be spent when all is back");
            assert!(wait <= setup.period * 2, "all is back in two periods, not {wait:?}");
            bench.pass(wait - MOMENT);
            bench.refused(who, all, "all is back only in a moment");
            bench.pass(MOMENT);
        }
        bench.admitted(who, all, "all is back");
        bench.refund(who, u32::MAX);
        bench.remains(who, bench.all(), "when more is refunded than there can be");

        let stage = Stage::with(subject, setup);
        let mut line = Line::on(&stage);
        for _ in 0..4 {
            line.join(who, all, Some(Duration::MAX));
        }
        line.play_out();
        let mut ran = Ran::default();
        for waiter in line.waiters() {
            if let Some(at) = waiter.began() {
                ran.add(who, at, all);
            }
        }
        ran.assert_within(&stage.bound, &setup, Duration::ZERO, "four who wait for ever");
    }
}
