//! What becomes of a resource when its use has ended.

use std::sync::mpsc;

use seawall_core::pool::{Pool as Spi, Terms};
use seawall_core::{Deadline, Exit, Tick, Verdict};

use crate::promises::support::{Broken, Conn, Db, DbError, MS, OnDrops, Rig, options, rig};
use crate::{Checkout, Pool};

/// An item as the driver gets it.
fn item(rig: &Rig) -> Checkout<Db> {
    let clock = rig.time.clock();
    let deadline = Deadline::new(&clock, Tick::ZERO);
    rig.time.block_on(Spi::checkout(&rig.pool, Terms::by(deadline))).expect("free")
}

#[test]
fn a_use_that_came_to_its_end_gives_the_resource_back() {
    for verdict in [Verdict::Success, Verdict::Failure, Verdict::Ignored, Verdict::Unused] {
        let rig = rig(1);
        rig.pool.checkin(item(&rig), &Exit::at(Tick::ZERO, verdict));
        assert_eq!((rig.pool.status().idle, rig.db.open()), (1, vec![1]), "{verdict:?}");
        rig.assert_whole();
    }
}

#[test]
fn a_use_that_did_not_closes_it() {
    for verdict in [Verdict::Abandoned, Verdict::Superseded, Verdict::Panicked] {
        let rig = rig(1);
        rig.pool.checkin(item(&rig), &Exit::at(Tick::ZERO, verdict));
        let status = rig.pool.status();
        assert_eq!((status.size, status.closed.abandoned), (0, 1), "{verdict:?}");
        rig.assert_whole();
    }
}

#[test]
fn what_another_pool_has_lent_is_closed_there_and_frees_no_place_here() {
    let (here, there) = (rig(1), rig(1));
    let lent = here.take_now().expect("free");
    here.pool.checkin(item(&there), &Exit::at(Tick::ZERO, Verdict::Success));
    assert!(here.take_now().expect_err("its only place is taken").is_full());
    assert_eq!((here.pool.status().closed.total(), there.pool.status().closed.abandoned), (0, 1));
    drop(lent);
    here.assert_whole();
    there.assert_whole();
}

#[test]
fn a_thread_that_overstays_gets_its_result_and_the_resource_is_closed() {
    let rig = rig(1);
    let overstay = |conn: &mut Conn| {
        rig.time.advance(11 * MS);
        Ok::<_, DbError>(conn.id)
    };
    let result = rig.pool.with_blocking(overstay, 10 * MS);
    assert_eq!(result.expect("a thread cannot be cut"), 1);
    assert_eq!((rig.db.open(), rig.pool.status().closed.abandoned), (vec![], 1));
    rig.assert_whole();
}

#[test]
fn a_broken_or_discarded_resource_is_closed() {
    let rig = rig(1);
    rig.db.set_broken(Some(Broken::Yes));
    drop(rig.take_now().expect("free"));
    rig.db.set_broken(None);
    assert_eq!((rig.db.open(), rig.pool.status().closed.broken), (vec![], 1));
    rig.take_now().expect("free").discard();
    assert_eq!((rig.db.open(), rig.pool.status().closed.abandoned), (vec![], 1));
    rig.assert_whole();
}

#[test]
fn an_item_dropped_on_its_way_to_the_driver_is_closed() {
    let rig = rig(1);
    drop(item(&rig));
    assert_eq!((rig.db.open(), rig.pool.status().closed.abandoned), (vec![], 1));
    rig.assert_whole();
}

/// So that there are never more open than there are places, even for a moment.
#[test]
fn a_resource_is_closed_before_its_place_is_free() {
    let pool = Pool::new("pool", OnDrops, options(1)).expect("valid");
    let mut lent = pool.lend().checkout_blocking().expect("free");
    let (itself, (tell, told)) = (pool.clone(), mpsc::channel());
    lent.set(move || {
        let another = itself.lend().without_waiting().checkout_blocking().map(drop);
        tell.send(another).expect("someone listens");
    });
    lent.discard();
    assert!(told.recv().expect("it was dropped").expect_err("not yet").is_full());
    drop(pool.lend().without_waiting().checkout_blocking().expect("now it is"));
}

#[test]
fn a_lent_resource_outlives_the_last_handle_of_its_pool() {
    let rig = rig(1);
    let lent = item(&rig);
    let Rig { pool, db, .. } = rig;
    drop(pool);
    assert_eq!(lent.id, 1);
    drop(lent);
    assert_eq!(db.open(), [0_u32; 0]);
}

#[test]
fn an_item_outlives_its_pool_and_is_closed_then() {
    let rig = rig(2);
    rig.warm_up(2);
    let item = item(&rig);
    let Rig { db, pool, .. } = rig;
    drop(pool);
    assert_eq!(db.open(), [item.id], "what was idle is closed");
    drop(item);
    assert_eq!(db.open(), [0_u32; 0]);
}
