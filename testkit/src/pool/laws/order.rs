use seawall_core::pool::Order;

use crate::pool::Subject;
use crate::pool::bench::{Bench, MS, options, poll, served};

pub(in crate::pool) fn waiters_are_served_in_order(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 1);
    let mut held = bench.taken("the pool is new");
    let mut waiting: Vec<_> = (0..5).map(|_| bench.waits("it is lent")).collect();
    assert_eq!(bench.status().waiting, 5, "checkouts that wait");
    while !waiting.is_empty() {
        drop(held);
        for later in &mut waiting[1..] {
            assert!(poll(later).is_pending(), "another has waited longer");
        }
        held = served(&mut waiting.remove(0), "when it is its turn");
    }
    drop(held);
    bench.is_whole("after all who waited were served");
}

pub(in crate::pool) fn newcomers_do_not_overtake(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 1);
    let held = bench.taken("the pool is new");
    let mut waits = bench.waits("it is lent");
    drop(held);
    for lend in [bench.lend().deadline(MS).without_waiting(), bench.lend().deadline(MS)] {
        let Err(refusal) = bench.time.block_on(lend.checkout()) else {
            panic!(
                "the place is another's who has waited, so a newcomer has none; but he is lent one"
            )
        };
        assert!(refusal.is_full(), "the reason is that it is full: {refusal}");
    }
    let _lent = served(&mut waits, "when it has waited longest");
}

pub(in crate::pool) fn lifo_lends_what_came_back_last(subject: &Subject<'_>) {
    assert_eq!(lent_again(subject, Order::Lifo), [3, 1, 2], "that came back as 2, 1, 3");
}

pub(in crate::pool) fn fifo_lends_what_was_idle_longest(subject: &Subject<'_>) {
    assert_eq!(lent_again(subject, Order::Fifo), [2, 1, 3], "that came back as 2, 1, 3");
}

/// The numbers of the connections lent, when they came back as 2, 1, 3.
fn lent_again(subject: &Subject<'_>, order: Order) -> Vec<u64> {
    let bench = Bench::with(subject, options(3).with_order(order));
    let mut lent = bench.take_all(3);
    for id in [2, 1, 3] {
        lent.retain(|lent| lent.id() != id);
    }
    assert!(lent.is_empty(), "connections are numbered as they are made");
    bench.take_all(3).iter().map(|lent| lent.id()).collect()
}
