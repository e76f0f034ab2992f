use std::error::Error as _;
use std::time::Duration;

use seawall_core::pool::{Pool as _, Stage};
use seawall_core::{Component, RefusalKind};

use crate::pool::fixture::{Fixture, HOUR, MS, NAME, is_kind, options, too_slow};
use crate::pool::{Act, DummyError, Step, Subject};

pub(in crate::pool) fn connect_error_is_the_source(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    fixture.dummy.then(Act::Create, Step::Fail("authentication failed"));
    let Err(refusal) = fixture.take() else { panic!("connecting failed, so none is lent") };
    is_kind(&refusal, RefusalKind::ResourceUnavailable, "when connecting failed");
    let source = refusal.source().and_then(|source| source.downcast_ref::<DummyError>());
    assert_eq!(source, Some(&DummyError("authentication failed")), "the source of {refusal:?}");
    fixture.is_whole("after connecting failed");
}

pub(in crate::pool) fn timeout_reports_the_last_connect_error(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    fixture.dummy.then(Act::Create, Step::Fail("authentication failed"));
    assert!(fixture.take().is_err(), "connecting failed");
    fixture.pause();
    fixture.dummy.then(Act::Create, Step::Take(2 * MS));
    let refusal = fixture.refused_after(MS, MS);
    let last = too_slow(&refusal).source().and_then(|last| last.downcast_ref::<DummyError>());
    assert_eq!(last, Some(&DummyError("authentication failed")), "the last error by {refusal:?}");
    fixture.time.advance(MS);
    drop(fixture.taken("connecting works"));
    fixture.dummy.then(Act::Check, Step::Hang);
    let refusal = fixture.refused_after(MS, MS);
    assert!(too_slow(&refusal).source().is_none(), "no error of before it worked: {refusal:?}");
}

pub(in crate::pool) fn unreachable_is_not_full(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    fixture.dummy.then(Act::Create, Step::Hang);
    let hangs = fixture.waits("its connect hangs");
    let refusal = fixture.refused_after(MS, MS);
    let slow = too_slow(&refusal);
    assert_eq!((slow.stage(), slow.after()), (Stage::Waiting, MS), "what was too slow");
    drop(hangs);
    fixture.is_whole("after a connect hung");
}

pub(in crate::pool) fn failed_connect_is_reported_at_once(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    fixture.dummy.then(Act::Create, Step::Fail("refused"));
    let refusal = fixture.refused_after(Duration::ZERO, HOUR);
    is_kind(&refusal, RefusalKind::ResourceUnavailable, "when connecting failed");
    assert_eq!(fixture.dummy.calls(Act::Create), 1, "attempts for one checkout");
}

pub(in crate::pool) fn failing_connects_do_not_block_the_pool(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    for nth in 1..=20 {
        fixture.dummy.then(Act::Create, Step::Fail("refused"));
        let Err(refusal) = fixture.take() else { panic!("connecting failed, so none is lent") };
        fixture.pause();
        is_kind(&refusal, RefusalKind::ResourceUnavailable, "when connecting failed");
        assert_eq!(fixture.status().failed_connects, nth, "attempts to connect that failed");
    }
    fixture.is_whole("after connecting failed twenty times");
}

pub(in crate::pool) fn checkout_without_waiting_answers_at_once(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    let lend = || fixture.lend().deadline(10 * MS).without_waiting().checkout();
    let held = fixture.time.block_on(lend()).expect("a place is free");
    drop(fixture.time.block_on(lend()).expect("another is free"));
    let other = fixture.time.block_on(lend()).expect("one is idle");
    let begin = fixture.time.now();
    let Err(refusal) = fixture.time.block_on(lend()) else { panic!("all are lent, so it is full") };
    assert_eq!(fixture.time.now(), begin, "no time passes without waiting");
    is_kind(&refusal, RefusalKind::PoolFull, "without waiting");
    drop((held, other));
    fixture.is_whole("after a pool was full");
}

pub(in crate::pool) fn full_queue_refuses_at_once(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(1).with_max_waiting(2));
    let held = fixture.taken("the pool is new");
    let waits = [fixture.waits("it is lent"), fixture.waits("it is lent")];
    let refusal = fixture.refused_after(Duration::ZERO, HOUR);
    is_kind(&refusal, RefusalKind::PoolFull, "when as many wait as may");
    drop(waits);
    drop(fixture.waits("it is lent, and those who waited have gone"));
    drop(held);
    fixture.is_whole("after a queue was full");
}

pub(in crate::pool) fn refusal_names_the_pool_and_its_size(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(1).with_max_overflow(1));
    let _held = fixture.take_all(2);
    let no_wait = fixture.lend().deadline(MS).without_waiting();
    for lend in [no_wait, fixture.lend().deadline(MS)] {
        let Err(refusal) = fixture.time.block_on(lend.checkout()) else {
            panic!("all are lent, so it is full")
        };
        assert!(refusal.is_full(), "the reason is that it is full: {refusal}");
        assert_eq!(refusal.limit(), Some(2), "how many places there are, by {refusal}");
        assert_eq!(refusal.by(), fixture.pool.layer(), "who refuses");
        assert_eq!(refusal.by().component(), Component::ConnectionPool, "what refuses");
        assert_eq!(refusal.by().name().as_str(), NAME, "the name of what refuses");
    }
}
