use std::task::Poll;

use seawall_core::pool::{Order, PoolControl};

use crate::pool::Subject;
use crate::pool::fixture::{Borrowed, Fixture, HOUR, MS, Watched, options, poll, served};

pub(in crate::pool) fn waiters_are_served_in_arrival_order(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    let mut held = fixture.taken("the pool is new");
    let mut waiting: Vec<_> = (0..5).map(|_| fixture.waits("it is lent")).collect();
    assert_eq!(fixture.status().waiting, 5, "checkouts that wait");
    while !waiting.is_empty() {
        drop(held);
        for later in &mut waiting[1..] {
            assert!(poll(later).is_pending(), "another has waited longer");
        }
        held = served(&mut waiting.remove(0), "when it is its turn");
    }
    drop(held);
    fixture.is_whole("after all waiters were served");
}

pub(in crate::pool) fn newcomers_do_not_overtake(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    let held = fixture.taken("the pool is new");
    let mut waits = fixture.waits("it is lent");
    drop(held);
    for lend in [fixture.lend().deadline(MS).without_waiting(), fixture.lend().deadline(MS)] {
        let Err(refusal) = fixture.time.block_on(lend.checkout()) else {
            panic!("the permit belongs to a waiter, so a newcomer gets none; but it is lent one")
        };
        assert!(refusal.is_full(), "the reason is that it is full: {refusal}");
    }
    let _lent = served(&mut waits, "when it has waited longest");
}

pub(in crate::pool) fn waiters_are_woken(subject: &Subject<'_>) {
    wakes(subject, "when one came back", |_, mut lent| {
        drop(lent.pop());
        lent
    });
    wakes(subject, "when there is one more place", |fixture, lent| {
        fixture.resize(11);
        lent
    });
    wakes(subject, "when the pool was closed", |fixture, lent| {
        fixture.pool.close();
        lent
    });
}

fn wakes(
    subject: &Subject<'_>,
    when: &str,
    act: impl for<'b> FnOnce(&'b Fixture, Vec<Borrowed<'b>>) -> Vec<Borrowed<'b>>,
) {
    let fixture = Fixture::new(subject, 10);
    let lent = fixture.take_all(10);
    let mut waits = Watched::new(fixture.lend().deadline(HOUR).checkout());
    assert!(waits.poll().is_pending(), "all are lent");
    assert!(!waits.was_woken(), "nothing has happened");
    let lent = act(&fixture, lent);
    assert!(waits.was_woken(), "{when}, the waiter is woken");
    assert!(matches!(waits.poll(), Poll::Ready(_)), "{when}, the waiter has its answer");
    drop(lent);
}

pub(in crate::pool) fn lifo_lends_the_last_returned(subject: &Subject<'_>) {
    assert_eq!(lent_again(subject, Order::Lifo), [3, 1, 2], "that came back as 2, 1, 3");
    let [back, others] = lent_beside_what_was_made(subject, Order::Lifo);
    assert_eq!(others[0], back[0], "what came back, and not what background work has made before");
}

pub(in crate::pool) fn fifo_lends_the_longest_idle(subject: &Subject<'_>) {
    assert_eq!(lent_again(subject, Order::Fifo), [2, 1, 3], "that came back as 2, 1, 3");
    let [back, others] = lent_beside_what_was_made(subject, Order::Fifo);
    assert_eq!(others[2], back[0], "what background work has made before, and then what came back");
}

/// Returns the numbers of the connections lent after they were returned in the order 2, 1, 3.
fn lent_again(subject: &Subject<'_>, order: Order) -> Vec<u64> {
    let fixture = Fixture::with(subject, options(3).with_order(order));
    let mut lent = fixture.take_all(3);
    for id in [2, 1, 3] {
        lent.retain(|lent| lent.id() != id);
    }
    assert!(lent.is_empty(), "connections are numbered as they are made");
    fixture.take_all(3).iter().map(|lent| lent.id()).collect()
}

/// Returns, of three connections that background work has made, the one that was returned, and the
/// order in which all are lent then.
fn lent_beside_what_was_made(subject: &Subject<'_>, order: Order) -> [Vec<u64>; 2] {
    let fixture = Fixture::with(subject, options(3).with_min_idle(3).with_order(order));
    drop(fixture.maintained());
    let back = fixture.take_all(1).iter().map(|lent| lent.id()).collect();
    let all: Vec<_> = fixture.take_all(3).iter().map(|lent| lent.id()).collect();
    assert_eq!(fixture.dummy.made(), 3, "connections made: all are lent again");
    [back, all]
}
