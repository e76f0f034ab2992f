use std::time::Duration;

use seawall_core::{RefusalKind, Verdict};

use crate::law::Random;
use crate::limiter::fixture::{BOTH, CallKey, Fixture, MOMENT};
use crate::limiter::queue::{Driven, Queue};
use crate::limiter::ran::Ran;
use crate::limiter::script::SEEDS;
use crate::limiter::{Setup, Subject};

const HOUR: Duration = Duration::from_secs(60 * 60);

pub(in crate::limiter) fn waiters_go_in_order(subject: &Subject<'_>) {
    for key in BOTH {
        let driven = Driven::new(subject);
        driven.fixture().use_up(key);
        let mut queue = Queue::on(&driven);
        let costs = [1, 3, 1, 2, 1, 1, 3, 2];
        let wait = driven.fixture().wait(key, 1);
        for cost in costs {
            queue.join(key, cost, Some(HOUR));
            driven.fixture().refused(key, 1, "others wait");
            queue.pass(wait / 16);
        }
        while queue.is_waiting() {
            driven.fixture().refused(key, 1, "others wait");
            queue.pass(driven.setup.period / driven.setup.limit / 4);
            let due = driven.setup.period * (costs.iter().sum::<u32>() / driven.setup.limit + 2);
            assert!(driven.now() < crate::law::BEGIN + due, "the last waiter is through in time");
        }
        let began: Vec<_> = (0..costs.len()).map(|nth| queue.began(nth)).collect();
        assert!(began.iter().all(Option::is_some), "all key wait are let through: {began:?}");
        assert!(began.is_sorted(), "in the order in which they came: {began:?}");
    }
    for (key, gone) in BOTH.into_iter().flat_map(|key| (0..3).map(move |gone| (key, gone))) {
        let driven = Driven::new(subject);
        driven.fixture().use_up(key);
        let mut queue = Queue::on(&driven);
        for _ in 0..4 {
            queue.join(key, 1, Some(HOUR));
        }
        assert!(queue.give_up(gone), "it waits until its time comes");
        while queue.is_waiting() {
            driven.fixture().refused(key, 1, "others wait, and one of them has given up");
            queue.pass(driven.setup.period / driven.setup.limit / 4);
        }
    }
}

pub(in crate::limiter) fn large_cost_is_not_starved(subject: &Subject<'_>) {
    for key in BOTH {
        let driven = Driven::new(subject);
        let fixture = driven.fixture();
        fixture.use_up(key);
        let due = driven.now() + fixture.wait(key, fixture.all_as_cost());
        let mut queue = Queue::on(&driven);
        let large = queue.join(key, fixture.all_as_cost(), Some(HOUR));
        while driven.now() < due {
            queue.pass((driven.setup.period / driven.setup.limit / 2).min(due.since(driven.now())));
            queue.join(key, 1, Some(Duration::ZERO));
            queue.join(key, 1, Some(HOUR));
        }
        assert_eq!(queue.began(large), Some(due), "the large cost goes when it was told");
    }
}

pub(in crate::limiter) fn hopeless_waiter_is_refused_at_once(subject: &Subject<'_>) {
    for (key, cost) in BOTH.into_iter().flat_map(|key| [(key, 1), (key, 3)]) {
        let driven = Driven::new(subject);
        driven.fixture().use_up(key);
        let need = driven.fixture().wait(key, cost);
        let (little, before) = (Some(need - MOMENT), driven.fixture().peek(key, 1));
        for (deadline, reason) in
            [(None, RefusalKind::RateLimited), (little, RefusalKind::Deadline)]
        {
            let mut queue = Queue::on(&driven);
            let max_wait = if deadline.is_some() { Some(HOUR) } else { little };
            let nth = queue.join_until(key, cost, max_wait, deadline);
            let Some(refusal) = queue.refusal(nth) else {
                panic!("a call that cannot be let through in time is refused at once")
            };
            assert_eq!(refusal.kind(), reason, "the reason");
            assert_eq!(refusal.retry_after(), Some(need), "when it could be let through");
            assert_eq!(driven.fixture().peek(key, 1), before, "what is left after the refusal");
        }
        let mut queue = Queue::on(&driven);
        let nth = queue.join_until(key, cost, Some(need), Some(need));
        queue.play_out();
        let due = crate::law::BEGIN + need;
        assert_eq!(queue.began(nth), Some(due), "when a call goes through that just can");
    }
}

pub(in crate::limiter) fn call_says_how_long_it_waits(subject: &Subject<'_>) {
    for key in BOTH {
        for (layers, own, waits) in [
            (Duration::ZERO, None, false),
            (HOUR, None, true),
            (HOUR, Some(Duration::ZERO), false),
            (Duration::ZERO, Some(HOUR), true),
        ] {
            let setup = Setup { max_wait: layers, ..Setup::default() };
            let driven = Driven::with(subject, setup);
            // It may wait too, so it is asked by the queue.
            let mut queue = Queue::on(&driven);
            for _ in 0..driven.fixture().all() {
                let nth = queue.join(key, 1, Some(Duration::ZERO));
                assert_eq!(queue.began(nth), Some(driven.now()), "some is left");
            }
            let nth = queue.join(key, 1, own);
            let what = format!("where the limiter says {layers:?} and the call {own:?}");
            assert_eq!(queue.refusal(nth).is_none(), waits, "does it wait, {what}");
            assert_eq!(queue.began(nth), None, "is it let through at once, {what}");
            queue.play_out();
            assert_eq!(queue.began(nth).is_some(), waits, "is it let through later, {what}");
        }
    }
}

pub(in crate::limiter) fn waiter_that_gives_up_gives_back(subject: &Subject<'_>) {
    for (key, part) in BOTH.into_iter().flat_map(|key| [(key, 0), (key, 1), (key, 2)]) {
        for cost in [1, 3] {
            let (driven, twin) = (Driven::new(subject), Driven::new(subject));
            let need = {
                twin.fixture().use_up(key);
                driven.fixture().use_up(key);
                driven.fixture().wait(key, cost)
            };
            let mut queue = Queue::on(&driven);
            let nth = queue.join(key, cost, Some(HOUR));
            queue.pass(need * part / 3);
            Queue::on(&twin).pass(need * part / 3);
            assert!(queue.give_up(nth), "it waits until its time comes");
            let (with, without) = (driven.fixture().peek(key, 1), twin.fixture().peek(key, 1));
            assert_eq!(with, without, "with and without a waiter of cost {cost} that gave up");
        }
    }
}

pub(in crate::limiter) fn waiting_mints_nothing(subject: &Subject<'_>) {
    for seed in SEEDS {
        let driven = Driven::new(subject);
        let mut queue = Queue::on(&driven);
        let mut random = Random::new(seed);
        for _ in 0..150 {
            step(&mut queue, &driven.fixture(), &mut random);
        }
        queue.play_out();
        let mut ran = Ran::default();
        for waiter in queue.waiters() {
            if let Some(at) = waiter.began() {
                ran.add(waiter.key, at, waiter.cost);
            }
        }
        ran.assert_within(&driven.bound, &driven.setup, Duration::ZERO, &format!("play {seed}"));
    }
}

/// Someone comes, gives up or ends, or time passes.
fn step(queue: &mut Queue<'_>, fixture: &Fixture, random: &mut Random) {
    let token = fixture.setup.period / fixture.setup.limit;
    let key: CallKey = random.choose(&[None, Some(1)]);
    match random.below(8) {
        0..4 => {
            let cost = 1 + u32::try_from(random.below(fixture.all_as_cost() as usize)).unwrap_or(0);
            let patience = random.choose(&[Duration::ZERO, token, token * 5, HOUR]);
            queue.join(key, cost, Some(patience));
        }
        choice @ (4 | 5) if !queue.waiters().is_empty() => {
            let nth = random.below(queue.waiters().len());
            if choice == 4 {
                queue.give_up(nth);
            } else {
                queue.end(nth, random.choose(&[Verdict::Unused, Verdict::Success]));
            }
        }
        _ => queue.pass(random.choose(&[token / 3, token, token * 2])),
    }
}
