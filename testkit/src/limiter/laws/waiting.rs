use std::time::Duration;

use seawall_core::{RefusalKind, Verdict};

use crate::law::Random;
use crate::limiter::fixture::{BEGIN, BOTH, CallKey, Fixture, MOMENT, retry_after};
use crate::limiter::queue::{Patience, Queue};
use crate::limiter::ran::Ran;
use crate::limiter::script::SEEDS;
use crate::limiter::{Setup, Subject};

const HOUR: Duration = Duration::from_secs(60 * 60);

pub(in crate::limiter) fn waiters_go_in_order(subject: &Subject<'_>) {
    let costs = [1, 3, 1, 2, 1, 1, 3, 2];
    for key in BOTH {
        let fixture = Fixture::new(subject);
        fixture.use_up(key);
        let mut queue = Queue::at(&fixture);
        let wait = fixture.wait(key, 1);
        for cost in costs {
            queue.wait(key, cost, HOUR);
            fixture.refused(key, 1, "others wait");
            queue.pass(wait / 16);
        }
        let tokens = costs.iter().sum::<u32>();
        let latest = BEGIN + fixture.setup.period * (tokens / fixture.setup.limit + 2);
        while queue.is_waiting() {
            fixture.refused(key, 1, "others wait");
            queue.pass(fixture.token() / 4);
            assert!(fixture.now() < latest, "all waiters must have gone by now");
        }
        let began = queue.all_began();
        assert!(began.iter().all(Option::is_some), "all waiters must be admitted: {began:?}");
        assert!(began.is_sorted(), "waiters must go in the order of their arrival: {began:?}");
    }
    for (key, leaver) in BOTH.into_iter().flat_map(|key| (0..3).map(move |nth| (key, nth))) {
        let fixture = Fixture::new(subject);
        fixture.use_up(key);
        let mut queue = Queue::at(&fixture);
        for _ in 0..4 {
            queue.wait(key, 1, HOUR);
        }
        leave(&mut queue, &[leaver]);
        while queue.is_waiting() {
            fixture.refused(key, 1, "others wait, and one of them has left");
            queue.pass(fixture.token() / 4);
        }
    }
}

pub(in crate::limiter) fn large_cost_is_not_starved(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        fixture.use_up(key);
        let due = fixture.now() + fixture.wait(key, fixture.all_as_cost());
        let mut queue = Queue::at(&fixture);
        let large = queue.wait(key, fixture.all_as_cost(), HOUR);
        while fixture.now() < due {
            queue.pass((fixture.token() / 2).min(due.since(fixture.now())));
            queue.wait(key, 1, Duration::ZERO);
            queue.wait(key, 1, HOUR);
        }
        assert_eq!(queue.began(large), Some(due), "when a waiter that needs all tokens goes");
    }
}

pub(in crate::limiter) fn hopeless_waiter_is_refused_at_once(subject: &Subject<'_>) {
    for (key, cost) in BOTH.into_iter().flat_map(|key| [(key, 1), (key, 3)]) {
        let fixture = Fixture::new(subject);
        fixture.use_up(key);
        let need = fixture.wait(key, cost);
        let before = fixture.look(key, 1);
        for (patience, option, kind) in [
            (Patience::max_wait(need - MOMENT), "max_wait", RefusalKind::RateLimited),
            (Patience::deadline(need - MOMENT), "deadline", RefusalKind::Deadline),
        ] {
            let mut queue = Queue::at(&fixture);
            let nth = queue.join(key, cost, patience);
            let Some(refusal) = queue.refusal(nth) else {
                panic!("a call must be refused at once if its tokens come after its `{option}`")
            };
            assert_eq!(
                refusal.kind(),
                kind,
                "the kind of the refusal where the tokens come after the call's `{option}`"
            );
            assert_eq!(fixture.look(key, 1), before, "the key's status after that refusal");
        }
        let mut queue = Queue::at(&fixture);
        // At the deadline no time is left for the operation.
        let patience = Patience { max_wait: Some(need), deadline: Some(need + MOMENT) };
        let nth = queue.join(key, cost, patience);
        queue.finish();
        assert_eq!(queue.began(nth), Some(BEGIN + need), "when a call goes that just can");
    }
}

pub(in crate::limiter) fn retry_after_suits_calls_that_may_wait(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let patience = Patience::max_wait(fixture.token() * 7 / 2);
        let mut queue = Queue::at(&fixture);
        let refused = (0..100).find_map(|_| {
            let nth = queue.join(key, 1, patience);
            queue.refusal(nth).map(retry_after)
        });
        // That there is a refusal is another law.
        let Some(wait) = refused else { return };
        queue.pass(wait - MOMENT);
        let nth = queue.join(key, 1, patience);
        let early = queue.refusal(nth).map(retry_after);
        assert!(early.is_none_or(|wait| wait == MOMENT), "it must be exact, but then is {early:?}");
        queue.pass(MOMENT);
        match early {
            Some(_) => {
                let nth = queue.join(key, 1, patience);
                let refusal = queue.refusal(nth);
                assert!(refusal.is_none(), "the same call must be let in now; but: {refusal:?}");
            }
            None => {
                let due = Some(fixture.now());
                assert_eq!(queue.began(nth), due, "when a call goes that came 1 ns before");
            }
        }
    }
}

pub(in crate::limiter) fn call_decides_how_long_it_waits(subject: &Subject<'_>) {
    for key in BOTH {
        for (by_rule, by_call, waits) in [
            (Duration::ZERO, None, false),
            (HOUR, None, true),
            (HOUR, Some(Duration::ZERO), false),
            (Duration::ZERO, Some(HOUR), true),
        ] {
            let setup = Setup { max_wait: by_rule, ..subject.claim.setup };
            let fixture = Fixture::with(subject, setup);
            let mut queue = Queue::at(&fixture);
            for _ in 0..fixture.all() {
                let nth = queue.wait(key, 1, Duration::ZERO);
                assert_eq!(queue.began(nth), Some(fixture.now()), "tokens are left");
            }
            let nth = queue.join(key, 1, Patience { max_wait: by_call, deadline: None });
            let what =
                format!("where `max_wait` of the rule is {by_rule:?}, the call's {by_call:?}");
            assert_eq!(queue.refusal(nth).is_none(), waits, "whether it waits, {what}");
            assert_eq!(queue.began(nth), None, "when it goes at once, {what}");
            queue.finish();
            assert_eq!(queue.began(nth).is_some(), waits, "whether it goes later, {what}");
        }
    }
}

pub(in crate::limiter) fn call_out_of_time_leaves_no_trace(subject: &Subject<'_>) {
    let late = |fixture: &Fixture| fixture.token() * 3 / 2;
    for (key, used_up) in BOTH.into_iter().flat_map(|key| [(key, false), (key, true)]) {
        for tenths in [0, 11] {
            let twins @ [with, without] = &Fixture::twins(subject);
            let deadline = with.token() * tenths / 10;
            if used_up {
                twins.iter().for_each(|fixture| drop(fixture.use_up(key)));
            } else if deadline > Duration::ZERO {
                continue;
            }
            let mut queue = Queue::at(with);
            let nth = queue.join(key, 1, Patience::deadline(deadline));
            // Its task runs again only after its deadline.
            queue.pass_asleep(late(with));
            without.pass(late(without));
            let kind = queue.refusal(nth).map(seawall_core::Refusal::kind);
            let what = format!("of a call whose deadline of {deadline:?} passed before it started");
            assert_eq!(kind, Some(RefusalKind::Deadline), "the kind of the refusal {what}");
            // What flows in while tokens are held is the subject of another law.
            let remaining =
                twins.each_ref().map(|fixture| fixture.look(key, 1).map(|s| s.remaining));
            assert_eq!(
                remaining[0], remaining[1],
                "what remains with and without the call, {what}"
            );
            let readings = Verdict::ALL.iter().map(|verdict| with.reading(verdict.as_str()));
            let unused = with.reading(Verdict::Unused.as_str());
            assert_eq!(
                readings.sum::<u64>(),
                unused,
                "the sum of all verdicts, which must all be `unused`, {what}"
            );
        }
    }
}

pub(in crate::limiter) fn waiters_that_leave_free_their_tokens(subject: &Subject<'_>) {
    /// The costs of the waiters, and the order in which they leave.
    const CASES: [(&[u32], &[usize]); 6] = [
        (&[1], &[0]),
        (&[3], &[0]),
        (&[1, 3, 2, 1], &[0, 1, 2, 3]),
        (&[1, 3, 2, 1], &[3, 2, 1, 0]),
        (&[1, 3, 2, 1], &[2, 0, 3, 1]),
        (&[4, 1, 4, 1, 4, 1], &[1, 3, 0, 5, 4, 2]),
    ];
    for ((costs, order), key) in CASES.into_iter().flat_map(|case| BOTH.map(|key| (case, key))) {
        for part in 0..3 {
            let twins @ [with, without] = &Fixture::twins_for_waiters(subject);
            let [mut queue, _] = queues(twins, key);
            let pause = with.token() * part / 4;
            costs.iter().for_each(|cost| _ = queue.wait(key, *cost, HOUR));
            queue.pass(pause);
            without.pass(pause);
            leave(&mut queue, order);
            let all = with.all_as_cost();
            let seen = twins.each_ref().map(|twin| (twin.look(key, 1), twin.wait(key, all)));
            assert_eq!(
                seen[0], seen[1],
                "the status and the `retry_after` of all tokens after waiters of costs {costs:?} \
                 left in the order {order:?}, and those without any waiter"
            );
        }
    }
}

/// Which of four waiters leave, in this order.
const LEAVERS: [&[usize]; 5] = [&[0], &[1], &[0, 2], &[2, 0], &[1, 2, 0]];

pub(in crate::limiter) fn waiters_behind_leavers_move_up(subject: &Subject<'_>) {
    for (key, leavers) in BOTH.into_iter().flat_map(|key| LEAVERS.map(|leavers| (key, leavers))) {
        let twins = Fixture::twins_for_waiters(subject);
        let [mut queue, mut others] = queues(&twins, key);
        let stays = |nth: &usize| !leavers.contains(nth);
        (0..4).for_each(|_| _ = queue.wait(key, 1, HOUR));
        (0..4).filter(stays).for_each(|_| _ = others.wait(key, 1, HOUR));
        leave(&mut queue, leavers);
        queue.finish();
        others.finish();
        let began: Vec<_> = (0..4).filter(stays).map(|nth| queue.began(nth)).collect();
        let leavers = format!("when waiters {leavers:?} of four have left");
        assert_eq!(began, others.all_began(), "when the others go, {leavers}");
    }
}

pub(in crate::limiter) fn waiter_that_moves_up_is_woken(subject: &Subject<'_>) {
    for (key, leavers) in BOTH.into_iter().flat_map(|key| LEAVERS.map(|leavers| (key, leavers))) {
        let twins = Fixture::twins_for_waiters(subject);
        let [mut asleep, mut awake] = queues(&twins, key);
        for queue in [&mut asleep, &mut awake] {
            // With each that comes, those before it are polled again by another waker.
            (0..4).for_each(|_| _ = queue.wait(key, 1, HOUR));
        }
        asleep.sleep();
        for queue in [&mut asleep, &mut awake] {
            leave(queue, leavers);
            queue.finish();
        }
        assert_eq!(
            asleep.all_began(),
            awake.all_began(),
            "when waiters go that are polled only when they are woken, and when those that are polled \
             always, after waiters {leavers:?} of four have left"
        );
    }
}

/// Returns the queues of `key`, whose next call has to wait.
fn queues(twins: &[Fixture; 2], key: CallKey) -> [Queue<'_>; 2] {
    twins.each_ref().map(|fixture| {
        fixture.use_up_now(key);
        Queue::at(fixture)
    })
}

#[track_caller]
fn leave(queue: &mut Queue<'_>, leavers: &[usize]) {
    for nth in leavers {
        assert!(queue.leave(*nth), "a waiter must wait until its tokens are there");
    }
}

pub(in crate::limiter) fn waiting_keeps_the_bound(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut queue = Queue::at(&fixture);
        let mut random = Random::new(seed);
        for _ in 0..150 {
            step(&mut queue, &fixture, &mut random);
        }
        queue.finish();
        Ran::of(&queue).assert_within_bound(&fixture, &format!("run {seed}"));
    }
}

/// Lets a call arrive, leave or end, or lets time pass.
fn step(queue: &mut Queue<'_>, fixture: &Fixture, random: &mut Random) {
    let token = fixture.token();
    let key: CallKey = random.choose(&[None, Some(1)]);
    match random.below(8) {
        0..4 => {
            let cost = 1 + u32::try_from(random.below(fixture.all_as_cost() as usize)).unwrap_or(0);
            queue.wait(key, cost, random.choose(&[Duration::ZERO, token, token * 5, HOUR]));
        }
        choice @ (4 | 5) if !queue.waiters().is_empty() => {
            let nth = random.below(queue.waiters().len());
            if choice == 4 {
                queue.leave(nth);
            } else {
                queue.end(nth, random.choose(&[Verdict::Unused, Verdict::Success]));
            }
        }
        _ => queue.pass(random.choose(&[token / 3, token, token * 2])),
    }
}
