use seawall_core::RefusalKind;
use seawall_core::pool::Stage;

use crate::pool::bench::{Bench, HOUR, MS, answer, is_kind, options, poll, served, too_slow};
use crate::pool::{Act, Step, Subject};

pub(in crate::pool) fn deadline_covers_waiting(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 2);
    let held = bench.take_all(2);
    let refusal = bench.refused_after(30 * MS, 30 * MS);
    is_kind(&refusal, RefusalKind::CheckoutTimeout, "when no place came free");
    assert_eq!(bench.time.sleepers(), 0, "timers that are left behind");
    drop(held);
    bench.is_whole("after a wait was cut");
}

pub(in crate::pool) fn deadline_covers_connecting(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 2);
    for _ in 0..4 {
        bench.dummy.then(Act::Create, Step::Hang);
        let refusal = bench.refused_after(30 * MS, 30 * MS);
        let slow = too_slow(&refusal);
        assert_eq!((slow.stage(), slow.after()), (Stage::Connecting, 30 * MS), "what was cut");
    }
    assert_eq!(bench.status().failed_connects, 4, "attempts to connect that failed");
    bench.is_whole("after connects were cut");
}

pub(in crate::pool) fn deadline_covers_checking(subject: &Subject<'_>) {
    renewing(subject, Act::Check, Stage::Checking);
}

pub(in crate::pool) fn deadline_covers_resetting(subject: &Subject<'_>) {
    renewing(subject, Act::Reset, Stage::Resetting);
}

fn renewing(subject: &Subject<'_>, act: Act, stage: Stage) {
    let bench = Bench::new(subject, 2);
    for _ in 0..4 {
        bench.warm_up(2);
        bench.dummy.then(act, Step::Hang);
        let refusal = bench.refused_after(30 * MS, 30 * MS);
        let slow = too_slow(&refusal);
        assert_eq!((slow.stage(), slow.after()), (stage, 30 * MS), "what was cut");
        assert_eq!(bench.alive(), 1, "connections alive, without the one whose {act} was cut");
    }
    bench.is_whole(&format!("after {act} was cut"));
}

pub(in crate::pool) fn deadline_is_one_for_all_stages(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 1);
    let held = bench.taken("the pool is new");
    let mut asking = Box::pin(bench.lend().deadline(50 * MS).checkout());
    assert!(poll(&mut asking).is_pending(), "it is lent");
    bench.dummy.then(Act::Check, Step::Take(20 * MS)).then(Act::Reset, Step::Take(10 * MS));
    bench.time.advance(25 * MS);
    drop(held);
    assert!(poll(&mut asking).is_pending(), "it is checked");
    bench.time.advance(20 * MS);
    assert!(poll(&mut asking).is_pending(), "it is reset");
    bench.time.advance(5 * MS);
    let mut asking: crate::pool::bench::Asking<'_> = asking;
    let Err(refusal) = answer(&mut asking, "when wait, check and reset have used the deadline up")
    else {
        panic!("one deadline covers all stages; but one is lent that was not reset in time")
    };
    let slow = too_slow(&refusal);
    assert_eq!((slow.stage(), slow.after()), (Stage::Resetting, 5 * MS), "what was cut");
}

pub(in crate::pool) fn dead_connections_share_one_deadline(subject: &Subject<'_>) {
    let bench = Bench::with(subject, options(8).with_checkout_timeout(100 * MS));
    bench.warm_up(8);
    for _ in 0..8 {
        bench.dummy.then(Act::Check, Step::Hang);
    }
    let refusal = bench.refused_after(100 * MS, HOUR);
    assert_eq!(too_slow(&refusal).stage(), Stage::Checking, "what was cut");
    assert_eq!(bench.alive(), 0, "connections alive: all were idle while a check hung");
    drop(bench.taken("no dead one is left"));
    bench.is_whole("after eight dead ones");
}

pub(in crate::pool) fn what_was_in_use_is_not_suspect(subject: &Subject<'_>) {
    let bench = Bench::with(subject, options(12).with_check_timeout(10 * MS));
    let held = bench.taken("the pool is new");
    bench.warm_up(2);
    bench.dummy.then(Act::Check, Step::Hang);
    let mut hangs = bench.waits("its check hangs");
    let id = held.id();
    drop(held);
    bench.time.advance(10 * MS);
    let lent = served(&mut hangs, "when its check was cut and another is there");
    assert_eq!(lent.id(), id, "the one that was in use meanwhile, so that it is known to be good");
    assert_eq!(bench.dummy.alive(), [id], "connections alive: the others were idle meanwhile");
}

pub(in crate::pool) fn slow_check_leaves_time_to_connect(subject: &Subject<'_>) {
    for act in [Act::Check, Act::Reset] {
        let bench = Bench::with(subject, options(8).with_check_timeout(10 * MS));
        bench.warm_up(8);
        for _ in 0..8 {
            bench.dummy.then(act, Step::Hang);
        }
        let begin = bench.time.now();
        let lent = bench.time.block_on(bench.lend().deadline(100 * MS).checkout());
        assert!(lent.is_ok_and(|lent| !lent.is_midway()), "a new one is lent");
        assert_eq!(bench.time.now().since(begin), 10 * MS, "how long that took");
        bench.is_whole(&format!("after each {act} hung"));
    }
}

pub(in crate::pool) fn connect_has_its_own_limit(subject: &Subject<'_>) {
    let bench = Bench::with(subject, options(1).with_connect_timeout(10 * MS));
    bench.dummy.then(Act::Create, Step::Hang);
    let refusal = bench.refused_after(10 * MS, HOUR);
    assert_eq!(too_slow(&refusal).stage(), Stage::Connecting, "what was cut");
    bench.dummy.then(Act::Create, Step::Take(10 * MS));
    let lent = bench.time.block_on(bench.lend().deadline(HOUR).checkout());
    drop(lent.expect("a connection that is there just in time is lent"));
    bench.is_whole("after a connect was cut");
}

pub(in crate::pool) fn patience_bounds_every_checkout(subject: &Subject<'_>) {
    let bench = Bench::with(subject, options(1).with_checkout_timeout(20 * MS));
    let _held = bench.taken("the pool is new");
    for (deadline, time) in [(HOUR, 20 * MS), (5 * MS, 5 * MS)] {
        bench.refused_after(time, deadline);
    }
    let begin = bench.time.now();
    let refused = bench.time.block_on(bench.lend().checkout());
    assert!(refused.is_err(), "without a deadline too, it is refused");
    assert_eq!(bench.time.now().since(begin), 20 * MS, "how long that took");
}

pub(in crate::pool) fn what_is_there_at_the_deadline_counts(subject: &Subject<'_>) {
    for act in [Act::Create, Act::Check, Act::Reset] {
        let bench = Bench::new(subject, 1);
        if act != Act::Create {
            bench.warm_up(1);
        }
        bench.dummy.then(act, Step::Take(50 * MS));
        let lent = bench.time.block_on(bench.lend().deadline(50 * MS).checkout());
        match lent {
            Ok(lent) => assert!(!lent.is_midway(), "what is lent is ready"),
            Err(refusal) => {
                panic!("{act} has ended at the deadline, so one is lent; but: {refusal}")
            }
        }
    }
}
