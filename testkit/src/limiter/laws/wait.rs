use std::time::Duration;

use seawall_core::{RefusalKind, Verdict};

use crate::law::Chance;
use crate::limiter::bench::{BOTH, Bench, MOMENT, Who};
use crate::limiter::line::{Line, Stage};
use crate::limiter::ran::Ran;
use crate::limiter::script::SEEDS;
use crate::limiter::{Setup, Subject};

const HOUR: Duration = Duration::from_secs(60 * 60);

pub(in crate::limiter) fn waiters_go_in_order(subject: &Subject<'_>) {
    for who in BOTH {
        let stage = Stage::new(subject);
        stage.bench().use_up(who);
        let mut line = Line::on(&stage);
        let costs = [1, 3, 1, 2, 1, 1, 3, 2];
        let wait = stage.bench().wait(who, 1);
        for cost in costs {
            line.join(who, cost, Some(HOUR));
            stage.bench().refused(who, 1, "others wait");
            line.pass(wait / 16);
        }
        while line.is_waiting() {
            stage.bench().refused(who, 1, "others wait");
            line.pass(stage.setup.period / stage.setup.limit / 4);
            let due = stage.setup.period * (costs.iter().sum::<u32>() / stage.setup.limit + 2);
            assert!(stage.now() < crate::law::BEGIN + due, "the last waiter is through in time");
        }
        let began: Vec<_> = (0..costs.len()).map(|nth| line.began(nth)).collect();
        assert!(began.iter().all(Option::is_some), "all who wait are let through: {began:?}");
        assert!(began.is_sorted(), "in the order in which they came: {began:?}");
    }
    for (who, gone) in BOTH.into_iter().flat_map(|who| (0..3).map(move |gone| (who, gone))) {
        let stage = Stage::new(subject);
        stage.bench().use_up(who);
        let mut line = Line::on(&stage);
        for _ in 0..4 {
            line.join(who, 1, Some(HOUR));
        }
        assert!(line.give_up(gone), "it waits until its time comes");
        while line.is_waiting() {
            stage.bench().refused(who, 1, "others wait, and one of them has given up");
            line.pass(stage.setup.period / stage.setup.limit / 4);
        }
    }
}

pub(in crate::limiter) fn large_cost_is_not_starved(subject: &Subject<'_>) {
    for who in BOTH {
        let stage = Stage::new(subject);
        let bench = stage.bench();
        bench.use_up(who);
        let due = stage.now() + bench.wait(who, bench.all_as_cost());
        let mut line = Line::on(&stage);
        let large = line.join(who, bench.all_as_cost(), Some(HOUR));
        while stage.now() < due {
            line.pass((stage.setup.period / stage.setup.limit / 2).min(due.since(stage.now())));
            line.join(who, 1, Some(Duration::ZERO));
            line.join(who, 1, Some(HOUR));
        }
        assert_eq!(line.began(large), Some(due), "the large cost goes when it was told");
    }
}

pub(in crate::limiter) fn hopeless_waiter_is_refused_at_once(subject: &Subject<'_>) {
    for (who, cost) in BOTH.into_iter().flat_map(|who| [(who, 1), (who, 3)]) {
        let stage = Stage::new(subject);
        stage.bench().use_up(who);
        let need = stage.bench().wait(who, cost);
        let (little, before) = (Some(need - MOMENT), stage.bench().peek(who, 1));
        for (deadline, reason) in
            [(None, RefusalKind::RateLimited), (little, RefusalKind::Deadline)]
        {
            let mut line = Line::on(&stage);
            let max_wait = if deadline.is_some() { Some(HOUR) } else { little };
            let nth = line.join_until(who, cost, max_wait, deadline);
            let Some(refusal) = line.refusal(nth) else {
                panic!("a call that cannot be let through in time is refused at once")
            };
            assert_eq!(refusal.kind(), reason, "the reason");
            assert_eq!(refusal.retry_after(), Some(need), "when it could be let through");
            assert_eq!(stage.bench().peek(who, 1), before, "what is left after the refusal");
        }
        let mut line = Line::on(&stage);
        let nth = line.join_until(who, cost, Some(need), Some(need));
        line.play_out();
        let due = crate::law::BEGIN + need;
        assert_eq!(line.began(nth), Some(due), "when a call goes through that just can");
    }
}

pub(in crate::limiter) fn call_says_how_long_it_waits(subject: &Subject<'_>) {
    for who in BOTH {
        for (layers, own, waits) in [
            (Duration::ZERO, None, false),
            (HOUR, None, true),
            (HOUR, Some(Duration::ZERO), false),
            (Duration::ZERO, Some(HOUR), true),
        ] {
            let setup = Setup { max_wait: layers, ..Setup::default() };
            let stage = Stage::with(subject, setup);
            // It may wait too, so it is asked by the line.
            let mut line = Line::on(&stage);
            for _ in 0..stage.bench().all() {
                let nth = line.join(who, 1, Some(Duration::ZERO));
                assert_eq!(line.began(nth), Some(stage.now()), "some is left");
            }
            let nth = line.join(who, 1, own);
            let what = format!("where the limiter says {layers:?} and the call {own:?}");
            assert_eq!(line.refusal(nth).is_none(), waits, "does it wait, {what}");
            assert_eq!(line.began(nth), None, "is it let through at once, {what}");
            line.play_out();
            assert_eq!(line.began(nth).is_some(), waits, "is it let through later, {what}");
        }
    }
}

pub(in crate::limiter) fn waiter_that_gives_up_gives_back(subject: &Subject<'_>) {
    for (who, part) in BOTH.into_iter().flat_map(|who| [(who, 0), (who, 1), (who, 2)]) {
        for cost in [1, 3] {
            let (stage, twin) = (Stage::new(subject), Stage::new(subject));
            let need = {
                twin.bench().use_up(who);
                stage.bench().use_up(who);
                stage.bench().wait(who, cost)
            };
            let mut line = Line::on(&stage);
            let nth = line.join(who, cost, Some(HOUR));
            line.pass(need * part / 3);
            Line::on(&twin).pass(need * part / 3);
            assert!(line.give_up(nth), "it waits until its time comes");
            let (with, without) = (stage.bench().peek(who, 1), twin.bench().peek(who, 1));
            assert_eq!(with, without, "with and without a waiter of cost {cost} that gave up");
        }
    }
}

pub(in crate::limiter) fn waiting_mints_nothing(subject: &Subject<'_>) {
    for seed in SEEDS {
        let stage = Stage::new(subject);
        let mut line = Line::on(&stage);
        let mut chance = Chance::new(seed);
        for _ in 0..150 {
            step(&mut line, &stage.bench(), &mut chance);
        }
        line.play_out();
        let mut ran = Ran::default();
        for waiter in line.waiters() {
            if let Some(at) = waiter.began() {
                ran.add(waiter.who, at, waiter.cost);
            }
        }
        ran.assert_within(&stage.bound, &stage.setup, Duration::ZERO, &format!("play {seed}"));
    }
}

/// Someone comes, gives up or ends, or time passes.
fn step(line: &mut Line<'_>, bench: &Bench, chance: &mut Chance) {
    let token = bench.setup.period / bench.setup.limit;
    let who: Who = [None, Some(1)][chance.draw(2)];
    match chance.draw(8) {
        0..4 => {
            let cost = 1 + u32::try_from(chance.draw(bench.all_as_cost() as usize)).unwrap_or(0);
            let patience = [Duration::ZERO, token, token * 5, HOUR][chance.draw(4)];
            line.join(who, cost, Some(patience));
        }
        choice @ (4 | 5) if !line.waiters().is_empty() => {
            let nth = chance.draw(line.waiters().len());
            if choice == 4 {
                line.give_up(nth);
            } else {
                line.end(nth, [Verdict::Unused, Verdict::Success][chance.draw(2)]);
            }
        }
        _ => line.pass([token / 3, token, token * 2][chance.draw(3)]),
    }
}
