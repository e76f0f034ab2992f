//! What the pool says of itself adds up.

use seawall_core::pool::{Pool as _, PoolState, Stage};
use seawall_core::{Component, Tick};

use crate::promises::support::{MS, Step, rig};

#[test]
fn a_pool_that_was_just_made_has_nothing_and_is_degraded() {
    let rig = rig(7);
    let status = rig.pool.status();
    assert_eq!((status.state, status.max), (PoolState::Degraded, 7));
    assert_eq!((status.size, status.idle, status.borrowed), (0, 0, 0));
    assert_eq!((status.connecting, status.waiting, status.created), (0, 0, 0));
    assert_eq!((status.failed_connects, status.closed.total()), (0, 0));
}

#[test]
fn the_readings_are_the_status_by_name() {
    let rig = rig(3);
    rig.warm_up(2).db.then(Stage::Connecting, Step::Fail("refused"));
    let lent = [rig.take_now().expect("idle"), rig.take_now().expect("idle")];
    rig.take_now().expect_err("refused");
    let [first, second] = lent;
    first.discard();
    let status = seawall_core::pool::Pool::status(&rig.pool, Tick::ZERO + MS);
    assert_eq!(status.layer.component(), Component::ConnectionPool);
    assert_eq!(status.layer.name().as_str(), "db");
    assert_eq!(status.state, "degraded");
    assert_eq!(
        status.readings.iter().map(|reading| (reading.name, reading.value)).collect::<Vec<_>>(),
        [
            ("max", 3),
            ("max_overflow", 0),
            ("min_idle", 0),
            ("size", 1),
            ("idle", 0),
            ("borrowed", 1),
            ("overflow", 0),
            ("connecting", 0),
            ("waiting", 0),
            ("waits", 0),
            ("waited_total_ns", 0),
            ("waited_longest_ns", 0),
            ("wait_p99_ns", 0),
            ("create_p50_ns", 1000),
            ("use_p50_ns", 1000),
            ("failed_checks", 0),
            ("created", 2),
            ("failed_connects", 1),
            ("closed_broken", 0),
            ("closed_failed_check", 0),
            ("closed_cut_check", 0),
            ("closed_suspect", 0),
            ("closed_abandoned", 1),
            ("closed_too_old", 0),
            ("closed_idle_too_long", 0),
            ("closed_surplus", 0),
            ("closed_removed", 0),
            ("closed_shut_down", 0),
        ]
    );
    drop(second);
    rig.pool.close();
    let status = seawall_core::pool::Pool::status(&rig.pool, Tick::ZERO);
    assert_eq!((status.state, status.reading("closed_shut_down")), ("closed", Some(1)));
}

#[test]
fn a_pool_tells_its_name_and_not_its_manager() {
    let rig = rig(1);
    let text = format!("{:?}", rig.pool);
    assert!(
        text.starts_with("Pool { name: \"db\", status: PoolStatus { state: Degraded"),
        "{text}"
    );
    assert_eq!(rig.pool.layer().to_string(), "connection pool `db`");
}
