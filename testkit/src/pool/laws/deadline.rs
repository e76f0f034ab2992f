use seawall_core::RefusalKind;
use seawall_core::pool::Stage;

use crate::pool::fixture::{Fixture, HOUR, MS, answer, is_kind, options, poll, served, too_slow};
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
    assert_eq!(fixture.status().failed_connects, 4, "attempts to connect that failed");
    fixture.is_whole("after connects were cut");
}

pub(in crate::pool) fn deadline_covers_checking(subject: &Subject<'_>) {
    renewing(subject, Act::Check, Stage::Checking);
}

pub(in crate::pool) fn deadline_covers_resetting(subject: &Subject<'_>) {
    renewing(subject, Act::Reset, Stage::Resetting);
}

fn renewing(subject: &Subject<'_>, act: Act, stage: Stage) {
    let fixture = Fixture::new(subject, 2);
    for _ in 0..4 {
        fixture.warm_up(2);
        fixture.dummy.then(act, Step::Hang);
        let refusal = fixture.refused_after(30 * MS, 30 * MS);
        let slow = too_slow(&refusal);
        assert_eq!((slow.stage(), slow.after()), (stage, 30 * MS), "what was cut");
        assert_eq!(fixture.alive(), 1, "connections alive, without the one whose {act} was cut");
    }
    fixture.is_whole(&format!("after {act} was cut"));
}

pub(in crate::pool) fn deadline_is_one_for_all_stages(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    let held = fixture.taken("the pool is new");
    let mut asking = Box::pin(fixture.lend().deadline(50 * MS).checkout());
    assert!(poll(&mut asking).is_pending(), "it is lent");
    fixture.dummy.then(Act::Check, Step::Take(20 * MS)).then(Act::Reset, Step::Take(10 * MS));
    fixture.time.advance(25 * MS);
    drop(held);
    assert!(poll(&mut asking).is_pending(), "it is checked");
    fixture.time.advance(20 * MS);
    assert!(poll(&mut asking).is_pending(), "it is reset");
    fixture.time.advance(5 * MS);
    let mut asking: crate::pool::fixture::Asking<'_> = asking;
    let Err(refusal) = answer(&mut asking, "when wait, check and reset have used the deadline up")
    else {
        panic!("one deadline covers all stages; but one is lent that was not reset in time")
    };
    let slow = too_slow(&refusal);
    assert_eq!((slow.stage(), slow.after()), (Stage::Resetting, 5 * MS), "what was cut");
}

pub(in crate::pool) fn dead_connections_share_one_deadline(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(8).with_checkout_timeout(100 * MS));
    fixture.warm_up(8);
    for _ in 0..8 {
        fixture.dummy.then(Act::Check, Step::Hang);
    }
    let refusal = fixture.refused_after(100 * MS, HOUR);
    assert_eq!(too_slow(&refusal).stage(), Stage::Checking, "what was cut");
    assert_eq!(fixture.alive(), 0, "connections alive: all were idle while a check hung");
    drop(fixture.taken("no dead one is left"));
    fixture.is_whole("after eight dead ones");
}

pub(in crate::pool) fn resources_in_use_are_not_suspect(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(12).with_check_timeout(10 * MS));
    let held = fixture.taken("the pool is new");
    fixture.warm_up(2);
    fixture.dummy.then(Act::Check, Step::Hang);
    let mut hangs = fixture.waits("its check hangs");
    let id = held.id();
    drop(held);
    fixture.time.advance(10 * MS);
    let lent = served(&mut hangs, "when its check was cut and another is there");
    assert_eq!(lent.id(), id, "the one that was in use meanwhile, so that it is known to be good");
    assert_eq!(fixture.dummy.alive(), [id], "connections alive: the others were idle meanwhile");
}

pub(in crate::pool) fn slow_check_leaves_time_to_connect(subject: &Subject<'_>) {
    for act in [Act::Check, Act::Reset] {
        let fixture = Fixture::with(subject, options(8).with_check_timeout(10 * MS));
        fixture.warm_up(8);
        for _ in 0..8 {
            fixture.dummy.then(act, Step::Hang);
        }
        let begin = fixture.time.now();
        let lent = fixture.time.block_on(fixture.lend().deadline(100 * MS).checkout());
        assert!(lent.is_ok_and(|lent| !lent.is_midway()), "a new one is lent");
        assert_eq!(fixture.time.now().since(begin), 10 * MS, "how long that took");
        fixture.is_whole(&format!("after each {act} hung"));
    }
}

pub(in crate::pool) fn connect_has_its_own_limit(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(1).with_connect_timeout(10 * MS));
    fixture.dummy.then(Act::Create, Step::Hang);
    let refusal = fixture.refused_after(10 * MS, HOUR);
    assert_eq!(too_slow(&refusal).stage(), Stage::Connecting, "what was cut");
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
    for act in [Act::Create, Act::Check, Act::Reset] {
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
