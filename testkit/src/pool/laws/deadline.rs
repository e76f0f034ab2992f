use seawall_core::RefusalKind;
use seawall_core::pool::{PoolOptions, Stage};

use crate::pool::fixture::{Fixture, HOUR, MS, answer, is_kind, options, poll, too_slow};
use crate::pool::{Act, Step, Subject};

pub(in crate::pool) fn deadline_covers_waiting(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    let held = fixture.take_all(2);
    let refusal = fixture.refused_after(30 * MS, 30 * MS);
    is_kind(&refusal, RefusalKind::CheckoutTimeout, "when no place came free");
    assert_eq!(fixture.time.sleepers(), 0, "timers that are left behind");
    drop(held);
    fixture.is_whole("after a wait was cut");
}

pub(in crate::pool) fn deadline_covers_connecting(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    for _ in 0..4 {
        fixture.dummy.then(Act::Create, Step::Hang);
        let refusal = fixture.refused_after(30 * MS, 30 * MS);
        let slow = too_slow(&refusal);
        assert_eq!((slow.stage(), slow.after()), (Stage::Connecting, 30 * MS), "what was cut");
    }
    fixture.is_whole("after connects were cut");
}

pub(in crate::pool) fn connect_outlives_its_caller(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    fixture.dummy.then(Act::Create, Step::Take(45 * MS));
    for _ in 0..2 {
        fixture.refused_after(20 * MS, 20 * MS);
    }
    let begin = fixture.time.now();
    let lent = fixture.time.block_on(fixture.lend().deadline(20 * MS).checkout());
    assert!(lent.is_ok(), "the third caller gets the connection that the first began to make");
    assert_eq!(fixture.time.now().since(begin), 5 * MS, "how long it has waited");
    assert_eq!(fixture.dummy.calls(Act::Create), 1, "connects that were begun");
}

pub(in crate::pool) fn failing_connects_have_pauses(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 8);
    fixture.dummy.then(Act::Create, Step::Fail("refused")).then(Act::Create, Step::Fail("refused"));
    for nth in 1..=2 {
        for _ in 0..50 {
            let refusal = fixture.refused_after(std::time::Duration::ZERO, HOUR);
            is_kind(&refusal, RefusalKind::ResourceUnavailable, "when connecting has just failed");
            assert_eq!(refusal.retry_after(), Some(100 * MS), "when to try again, by {refusal}");
        }
        assert_eq!(fixture.dummy.calls(Act::Create), nth, "attempts to connect");
        fixture.pause();
    }
    drop(fixture.taken("connecting works"));
    fixture.is_whole("after connects failed");
}

pub(in crate::pool) fn deadline_covers_checking(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    for _ in 0..4 {
        fixture.warm_up(2);
        fixture.dummy.then(Act::Check, Step::Hang);
        let refusal = fixture.refused_after(30 * MS, 30 * MS);
        let slow = too_slow(&refusal);
        assert_eq!((slow.stage(), slow.after()), (Stage::Checking, 30 * MS), "what was cut");
        assert_eq!(fixture.alive(), 1, "connections alive, without the one whose check was cut");
    }
    fixture.is_whole("after checks were cut");
}

pub(in crate::pool) fn deadline_covers_resetting(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    for _ in 0..4 {
        fixture.warm_up(1);
        fixture.dummy.then(Act::Reset, Step::Hang);
        // It is reset as it comes back, or before it is lent again.
        fixture.warm_up(1);
        fixture.refused_after(30 * MS, 30 * MS);
        fixture.time.advance(PoolOptions::new().check_timeout);
    }
    fixture.is_whole("after resets were cut");
}

pub(in crate::pool) fn deadline_is_one_for_all_stages(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    let held = fixture.taken("the pool is new");
    let mut asking = Box::pin(fixture.lend().deadline(50 * MS).checkout());
    assert!(poll(&mut asking).is_pending(), "it is lent");
    fixture.dummy.then(Act::Check, Step::Take(30 * MS));
    fixture.time.advance(25 * MS);
    drop(held);
    assert!(poll(&mut asking).is_pending(), "it is checked");
    fixture.time.advance(25 * MS);
    let mut asking: crate::pool::fixture::Asking<'_> = asking;
    let Err(refusal) = answer(&mut asking, "when wait and check have used the deadline up") else {
        panic!("one deadline covers all stages; but one is lent that was not checked in time")
    };
    let slow = too_slow(&refusal);
    assert_eq!((slow.stage(), slow.after()), (Stage::Checking, 25 * MS), "what was cut");
}

pub(in crate::pool) fn dead_connections_share_one_deadline(subject: &Subject<'_>) {
    let options = options(8).with_checkout_timeout(100 * MS).with_check_timeout(10 * MS);
    let fixture = Fixture::with(subject, options);
    fixture.warm_up(8);
    for _ in 0..8 {
        fixture.dummy.then(Act::Check, Step::Hang);
    }
    let begin = fixture.time.now();
    let lent = fixture.time.block_on(fixture.lend().checkout());
    assert!(lent.is_ok_and(|lent| lent.id() == 9), "a new one is lent");
    assert!(fixture.time.now().since(begin) <= 100 * MS, "within one deadline");
    assert_eq!(fixture.dummy.alive(), [9], "connections alive: the dead are gone");
    fixture.is_whole("after eight dead ones");
}

pub(in crate::pool) fn slow_check_costs_one_resource(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(8).with_check_timeout(10 * MS));
    fixture.warm_up(8);
    fixture.dummy.then(Act::Check, Step::Hang);
    let begin = fixture.time.now();
    let lent = fixture.time.block_on(fixture.lend().deadline(100 * MS).checkout());
    assert!(lent.is_ok_and(|lent| lent.id() <= 8), "another is lent, which is good");
    assert_eq!(fixture.time.now().since(begin), 10 * MS, "how long that took");
    assert_eq!(fixture.alive(), 7, "connections alive");
    fixture.is_whole("after a slow check");
}

pub(in crate::pool) fn slow_check_leaves_time_to_connect(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(1).with_check_timeout(10 * MS));
    fixture.warm_up(1);
    fixture.dummy.then(Act::Check, Step::Hang);
    let begin = fixture.time.now();
    let lent = fixture.time.block_on(fixture.lend().deadline(100 * MS).checkout());
    assert!(lent.is_ok_and(|lent| !lent.is_midway()), "a new one is lent");
    assert_eq!(fixture.time.now().since(begin), 10 * MS, "how long that took");
    fixture.is_whole("after a check hung");
}

pub(in crate::pool) fn connect_has_its_own_limit(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(1).with_connect_timeout(10 * MS));
    fixture.dummy.then(Act::Create, Step::Hang);
    let refusal = fixture.refused_after(10 * MS, HOUR);
    assert_eq!(too_slow(&refusal).stage(), Stage::Connecting, "what was cut");
    fixture.pause();
    fixture.dummy.then(Act::Create, Step::Take(10 * MS));
    let lent = fixture.time.block_on(fixture.lend().deadline(HOUR).checkout());
    drop(lent.expect("a connection that is there just in time is lent"));
    fixture.is_whole("after a connect was cut");
}

pub(in crate::pool) fn checkout_timeout_limits_every_checkout(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(1).with_checkout_timeout(20 * MS));
    let _held = fixture.taken("the pool is new");
    for (deadline, time) in [(HOUR, 20 * MS), (5 * MS, 5 * MS)] {
        fixture.refused_after(time, deadline);
    }
    let begin = fixture.time.now();
    let refused = fixture.time.block_on(fixture.lend().checkout());
    assert!(refused.is_err(), "without a deadline too, it is refused");
    assert_eq!(fixture.time.now().since(begin), 20 * MS, "how long that took");
}

pub(in crate::pool) fn resource_ready_at_the_deadline_is_lent(subject: &Subject<'_>) {
    for act in [Act::Create, Act::Check] {
        let fixture = Fixture::new(subject, 1);
        if act != Act::Create {
            fixture.warm_up(1);
        }
        fixture.dummy.then(act, Step::Take(50 * MS));
        let lent = fixture.time.block_on(fixture.lend().deadline(50 * MS).checkout());
        match lent {
            Ok(lent) => assert!(!lent.is_midway(), "what is lent is ready"),
            Err(refusal) => {
                panic!("{act} has ended at the deadline, so one is lent; but: {refusal}")
            }
        }
    }
}
