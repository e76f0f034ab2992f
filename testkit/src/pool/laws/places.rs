use crate::pool::fixture::{Fixture, HOUR, options, poll, request, served};
use crate::pool::{DummyError, Subject};

pub(in crate::pool) fn never_more_are_lent_than_max(subject: &Subject<'_>) {
    for max in [1, 2, 5] {
        let fixture = Fixture::new(subject, max);
        let lent = fixture.take_all(max);
        fixture.full(&format!("all of {max} are lent"));
        assert_eq!(fixture.alive(), max, "connections alive, all of them lent");
        drop(lent);
        fixture.is_whole("after all came back");
    }
}

pub(in crate::pool) fn overflow_has_a_limit(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(1).with_max_overflow(2));
    let _lent = fixture.take_all(3);
    fixture.full("one is lent, and two that are overflow");
    assert_eq!(fixture.alive(), 3, "connections alive, all of them lent");
}

pub(in crate::pool) fn returned_overflow_is_closed(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(1).with_max_overflow(2));
    for left in [2, 1, 1] {
        let mut lent = fixture.take_all(3);
        while lent.len() >= left {
            lent.pop();
        }
        let expected = u32::try_from(left - 1).expect("few").max(1);
        assert_eq!(fixture.alive(), expected, "connections alive when {} are lent", left - 1);
    }
}

pub(in crate::pool) fn returned_overflow_goes_to_a_waiter(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(1).with_max_overflow(1));
    let mut lent = fixture.take_all(2);
    let mut waits = fixture.waits("all are lent");
    let back = lent.pop().expect("two are lent");
    let id = back.id();
    drop(back);
    let served = served(&mut waits, "when one has come back");
    assert_eq!(served.id(), id, "the connection that goes to the waiter, not a new one");
    let waits = fixture.waits("all are lent");
    drop(served);
    assert_eq!(fixture.alive(), 2, "connections alive, one of them for the waiter");
    drop(waits);
    assert_eq!(fixture.alive(), 1, "connections alive, when the waiter has gone");
}

pub(in crate::pool) fn resizing_never_exceeds_the_size(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 16);
    let lent = fixture.take_all(16);
    for cycle in 1..=5 {
        fixture.resize(1);
        fixture.full(&format!("all are lent and there is one place, in cycle {cycle}"));
        fixture.resize(16);
        fixture.full(&format!("all of 16 are lent, after cycle {cycle} of sizes"));
    }
    drop(lent);
    fixture.is_whole("after five cycles of sizes");
    fixture.resize(3);
    fixture.is_whole("after it was made smaller");
    fixture.resize(20);
    fixture.is_whole("after it was made larger than before");
}

pub(in crate::pool) fn shrinking_closes_the_surplus(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 4);
    fixture.warm_up(4);
    let lent = fixture.take_all(2);
    fixture.resize(1);
    assert_eq!(fixture.alive(), 2, "connections alive: those that are lent");
    fixture.full("more are lent than there are places");
    drop(lent);
    assert_eq!(fixture.alive(), 1, "connections alive, since there is one place");
    fixture.is_whole("after it was made smaller");
}

pub(in crate::pool) fn growing_serves_waiters(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    let _held = fixture.taken("the pool is new");
    let mut waits = [fixture.waits("the place is taken"), fixture.waits("the place is taken")];
    fixture.resize(2);
    let [first, second] = &mut waits;
    let _lent = served(first, "when there is one more place");
    assert!(poll(second).is_pending(), "there is no place for the second that waits");
}

pub(in crate::pool) fn nested_use_gets_its_own_resource(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 7);
    let lend = || fixture.lend().deadline(HOUR);
    let inner = async || match lend().with(async |inner| request(inner, 1).await).await {
        Ok(id) => id,
        Err(error) => panic!("there is a place for a use inside a use; but: {error}"),
    };
    let outer = lend().with(async |outer| {
        let ids = [inner().await, inner().await];
        Ok::<_, DummyError>((request(outer, 1).await?, ids))
    });
    let ids = fixture.time.block_on(outer).ok();
    assert_eq!(ids, Some((1, [2, 2])), "the connections of a use and of two inside it");
    let _all = fixture.take_all(7);
    let refused = fixture.refused_after(HOUR / 2, HOUR / 2);
    assert!(refused.is_full(), "where there is none, a use is refused: {refused}");
}
