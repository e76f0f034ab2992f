//! The order of waiters, and of what they are lent.

use std::num::NonZeroU32;

use seawall_core::pool::{Lent, Order};

use crate::Pool;
use crate::promises::support::{Db, MS, Rig, options, poll, ready, rig, rig_in, rig_with};

#[test]
fn waiters_are_served_in_the_order_in_which_they_came() {
    let rig = rig(1);
    let mut held = Some(rig.take_now().expect("free"));
    let mut waiting: Vec<_> = (0..5).map(|_| Box::pin(rig.pool.checkout())).collect();
    waiting.iter_mut().for_each(|waiter| assert!(poll(waiter).is_pending()));
    assert_eq!(rig.pool.status().waiting, 5);
    while !waiting.is_empty() {
        drop(held.take());
        assert!(rig.take_now().expect_err("it is spoken for").is_full(), "newcomers wait in turn");
        for later in &mut waiting[1..] {
            assert!(poll(later).is_pending(), "it is not its turn");
        }
        held = Some(ready(&mut waiting.remove(0)).expect("its turn"));
        assert_eq!(rig.pool.status().waiting as usize, waiting.len());
    }
    drop(held);
    rig.assert_whole();
}

#[test]
fn last_in_first_out_lends_the_one_that_came_back_last() {
    assert_eq!(lent_after_returning(Order::Lifo, [2, 1, 3]), [3, 1, 2]);
}

#[test]
fn first_in_first_out_lends_the_one_that_has_been_idle_longest() {
    assert_eq!(lent_after_returning(Order::Fifo, [2, 1, 3]), [2, 1, 3]);
}

#[test]
fn closing_some_of_the_idle_leaves_the_others_in_their_order() {
    for (order, left) in [(Order::Lifo, [4, 3, 2]), (Order::Fifo, [2, 3, 4])] {
        let options = options(4).with_max_lifetime(60 * MS).with_jitter_percent(0);
        let rig = rig_with(options.with_order(order));
        let first = rig.take_now().expect("free");
        rig.time.advance(30 * MS);
        let [second, third, fourth] = [(); 3].map(|()| rig.take_now().expect("free"));
        [second, first, third].into_iter().for_each(drop);
        rig.time.advance(30 * MS);
        let mut work = Box::pin(rig.pool.maintain());
        assert!(poll(&mut work).is_pending());
        assert_eq!(rig.db.open(), [2, 3, 4], "the first was too old");
        drop(fourth);
        let lent = [(); 3].map(|()| rig.take_now().expect("idle"));
        assert_eq!(lent.each_ref().map(|conn| conn.id), left, "{order:?}");
        drop(lent);
        rig.assert_whole();
    }
}

#[test]
fn a_pool_that_grows_keeps_its_order() {
    for (order, left) in [(Order::Lifo, [3, 6, 1, 5, 2, 4]), (Order::Fifo, [4, 2, 5, 1, 6, 3])] {
        let rig = rig_in(order, 4);
        let [first, second, third, fourth] = [(); 4].map(|()| rig.take_now().expect("free"));
        drop(fourth);
        rig.pool.resize(NonZeroU32::new(6).expect("not zero")).expect("it can be changed");
        let [fourth, fifth, sixth] = [(); 3].map(|()| rig.take_now().expect("free"));
        assert_eq!([fourth.id, fifth.id, sixth.id], [4, 5, 6]);
        [fourth, second, fifth, first, sixth, third].into_iter().for_each(drop);
        let lent = [(); 6].map(|()| rig.take_now().expect("idle"));
        assert_eq!(lent.each_ref().map(|conn| conn.id), left, "{order:?}");
        drop(lent);
        rig.assert_whole();
    }
}

/// The numbers of the connections lent, when they came back in the order `returned`.
fn lent_after_returning(order: Order, returned: [u32; 3]) -> [u32; 3] {
    let rig = rig_in(order, 3);
    let mut lent = all_of(&rig);
    for id in returned {
        lent.retain(|conn| conn.id != id);
    }
    assert!(lent.is_empty());
    let ids: Vec<_> = all_of(&rig).iter().map(|conn| conn.id).collect();
    ids.try_into().expect("three")
}

fn all_of(rig: &Rig) -> Vec<Lent<'_, Pool<Db>>> {
    (0..3).map(|_| rig.take_now().expect("free")).collect()
}
