//! Lifetime and idle time, which chance shortens for each resource by itself.

use std::time::Duration;

use crate::support::{MS, Rig, options, poll, rig_with_chance};

const MOMENT: Duration = Duration::from_nanos(1);

/// Of up to a tenth, chance takes off nothing, all, and half.
const NONE_ALL_HALF: &[u64] = &[0, 1_000_000, 500_000];

#[test]
fn chance_shortens_each_lifetime_by_itself() {
    let options = options(3).with_max_lifetime(100 * MS).with_jitter_percent(10);
    let rig = rig_with_chance(options, NONE_ALL_HALF);
    rig.use_all();
    for (at, dead) in [(90, 2), (95, 3), (100, 1)] {
        rig.time.advance(at * MS - MOMENT - Duration::from_nanos(rig.time.now().as_nanos()));
        rig.use_all();
        assert!(rig.dummy.alive().contains(&dead), "connection {dead} is good before {at} ms");
        rig.time.advance(MOMENT);
        rig.use_all();
        assert!(!rig.dummy.alive().contains(&dead), "connection {dead} is too old at {at} ms");
    }
    assert_eq!(rig.pool.status().closed.too_old, 3);
    assert_eq!(rig.pool.status().closed.total(), 3);
}

#[test]
fn chance_shortens_each_idle_time_by_itself() {
    let options = options(3).with_max_idle_time(100 * MS).with_jitter_percent(10);
    let rig = rig_with_chance(options, NONE_ALL_HALF);
    rig.use_all();
    for (idle, dead) in [(90, 2), (95, 3), (100, 1)] {
        rig.time.advance(idle * MS - MOMENT);
        rig.use_all();
        assert!(rig.dummy.alive().contains(&dead), "connection {dead} is good before {idle} ms");
        rig.time.advance(idle * MS);
        rig.use_all();
        assert!(!rig.dummy.alive().contains(&dead), "connection {dead} was idle for {idle} ms");
    }
    let closed = rig.pool.status().closed;
    assert_eq!(closed.idle_too_long, 5, "with the first, both that were made in the others' stead");
    assert_eq!(closed.total(), 5);
}

#[test]
fn what_is_lent_is_not_idle() {
    let rig = Rig::new(options(1).with_max_idle_time(100 * MS));
    let lent = rig.take(1);
    rig.time.advance(1000 * MS);
    drop(lent);
    rig.time.advance(100 * MS - MOMENT);
    assert_eq!(rig.take(1)[0].id(), 1, "it was idle for less");
    rig.time.advance(100 * MS);
    assert_eq!(rig.take(1)[0].id(), 2, "it was idle for as long");
}

#[test]
fn of_two_limits_the_first_to_come_counts() {
    let rig = Rig::new(options(1).with_max_lifetime(100 * MS).with_max_idle_time(60 * MS));
    rig.use_all();
    rig.time.advance(60 * MS);
    rig.use_all();
    assert_eq!(rig.pool.status().closed.idle_too_long, 1, "it was idle for 60 ms");
    rig.time.advance(59 * MS);
    rig.use_all();
    rig.time.advance(41 * MS);
    rig.use_all();
    let closed = rig.pool.status().closed;
    assert_eq!((closed.idle_too_long, closed.too_old), (1, 1), "it was 100 ms old");
}

#[test]
fn what_nobody_uses_is_closed_when_it_was_idle_for_too_long_and_not_before() {
    let options = options(2).with_max_idle_time(100 * MS).with_jitter_percent(10);
    let rig = rig_with_chance(options, &[1_000_000, 0]);
    rig.use_all();
    let mut work = Box::pin(rig.pool.maintain());
    let mut closed = Vec::new();
    while closed.len() < 2 {
        assert!(poll(&mut work).is_pending());
        while closed.len() < 2 - rig.dummy.alive().len() {
            closed.push(rig.time.now().as_nanos() / 1_000_000);
        }
        rig.time.advance(MS);
    }
    assert_eq!(closed, [100, 100], "it looks every 25 ms: one was due at 90 and one at 100");
}
