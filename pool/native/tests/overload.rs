//! What a pool serves before, during and after a time in which uses are slow, in virtual time, beside
//! deadpool alone: 4 connections, uses of 20 ms, callers with 200 ms in a loop, connects of 30 ms.
//!
//! `cargo test -p seawall-pool --test overload -- --nocapture` prints the table of the README.

#[path = "overload/callers.rs"]
mod callers;
#[path = "overload/server.rs"]
mod server;

use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::pool::PoolOptions;
use seawall_core::{Deadline, Driver};
use seawall_pool::Pool;
use seawall_testkit::ManualClock;

use self::callers::{Call, run};
use self::server::{Connection, Server, Slow};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const SECONDS: usize = 6;
const CONNECTIONS: u32 = 4;
const LIMIT: Duration = Duration::from_millis(200);
/// The use is 20 ms, and its check 1 ms: connections that are always in use need no check.
const CAPACITY: usize = 200;

/// What was served in each second, and how many connects that took.
struct Served {
    by_second: [usize; SECONDS],
    connects: u32,
    needed: u32,
}

#[derive(Clone, Copy)]
enum Kind {
    Native { maintained: bool },
    Deadpool,
}

fn serve(kind: Kind, callers: usize, slow: Option<Slow>) -> Served {
    let time = ManualClock::new();
    let server = Server::new(time.clock(), slow);
    let mut by_second = [0; SECONDS];
    let record = |at: Duration| {
        if let Some(count) = by_second.get_mut(usize::try_from(at.as_secs()).expect("few")) {
            *count += 1;
        }
    };
    let needed = match kind {
        Kind::Native { maintained } => {
            let size = NonZeroU32::new(CONNECTIONS).expect("not zero");
            let options = PoolOptions::new().with_max_size(size);
            let driver = Driver::new().with_clock(time.clock());
            let pool = Pool::new("db", server.clone(), options).expect("the options are valid");
            let pool = pool.with_driver(driver);
            let call = || -> Call<'_> {
                Box::pin(async {
                    let work = async |connection: &mut Connection| connection.work().await;
                    pool.with(work, LIMIT).await.is_ok()
                })
            };
            let background = maintained.then(|| pool.maintain());
            run(&time, SECONDS, callers, call, background, record);
            let closed = u32::try_from(pool.status().closed.total()).expect("few");
            CONNECTIONS + closed
        }
        Kind::Deadpool => {
            let pool = server.deadpool(CONNECTIONS as usize);
            let clock = time.clock();
            let call = || -> Call<'_> {
                Box::pin(async {
                    let limit = Deadline::new(&clock, clock.now() + LIMIT);
                    let work = async {
                        let mut connection = pool.get().await.expect("it can connect");
                        connection.work().await
                    };
                    limit.cut(work).await.is_some()
                })
            };
            run(&time, SECONDS, callers, call, None::<std::future::Ready<()>>, record);
            CONNECTIONS
        }
    };
    Served { by_second, connects: server.connects(), needed }
}

fn blip() -> Slow {
    Slow { from: 2000 * MS, until: 2300 * MS, time: 150 * MS }
}

fn table() -> Vec<(usize, &'static str, Served)> {
    let mut rows = Vec::new();
    for callers in [16, 24, 28, 32, 36, 48, 60, 80] {
        let kinds = [
            ("native", Kind::Native { maintained: false }),
            ("native, maintained", Kind::Native { maintained: true }),
            ("deadpool", Kind::Deadpool),
        ];
        for (name, kind) in kinds {
            rows.push((callers, name, serve(kind, callers, Some(blip()))));
        }
    }
    rows
}

/// Callers that need less than their time when all of them wait.
fn is_below_capacity(callers: usize) -> bool {
    callers * 20 / CONNECTIONS as usize <= 180
}

#[test]
fn throughput_is_back_in_the_second_after_a_blip_at_every_load() {
    println!("| callers | pool | second 0 | 1 | 2 (blip) | 3 | 4 | 5 | connects |");
    let rows = table();
    for (callers, name, served) in &rows {
        let seconds = served.by_second.map(|count| count.to_string()).join(" | ");
        println!("| {callers} | {name} | {seconds} | {} |", served.connects);
    }
    for (at, (callers, name, served)) in rows.iter().enumerate() {
        if *name == "deadpool" {
            continue;
        }
        let what = format!("{name}, {callers} callers: {:?}", served.by_second);
        let [before, after] = [served.by_second[1], served.by_second[3]];
        if is_below_capacity(*callers) {
            assert!(after * 100 >= before * 95, "{what}: back within a second");
            assert!(before * 100 >= CAPACITY * 90, "{what}: all of the capacity is used");
        } else {
            let deadpool = &rows[at / 3 * 3 + 2].2;
            for second in [1, 3, 4, 5] {
                let count = served.by_second[second];
                assert!(count * 100 >= CAPACITY * 70, "{what}: useful work in second {second}");
                let raw = deadpool.by_second[second];
                assert!(count >= raw, "{what}: deadpool served {raw} in second {second}");
            }
        }
        assert!(
            served.connects <= 2 * served.needed,
            "{what}: {} connects for {} that were needed",
            served.connects,
            served.needed
        );
    }
}

#[test]
fn most_work_is_useful_although_uses_differ() {
    for callers in [48, 80, 160] {
        let time = ManualClock::new();
        let server = Server::new(time.clock(), None).with_varying_uses();
        let size = NonZeroU32::new(CONNECTIONS).expect("not zero");
        let pool = Pool::new("db", server.clone(), PoolOptions::new().with_max_size(size));
        let pool = pool.expect("the options are valid");
        let pool = pool.with_driver(Driver::new().with_clock(time.clock()));
        let call = || -> Call<'_> {
            let work = async |connection: &mut Connection| connection.work().await;
            let call = pool.with(work, LIMIT);
            Box::pin(async { call.await.is_ok() })
        };
        let mut served = 0;
        let count = |at: Duration| served += usize::from(at >= 2 * SECOND);
        run(&time, SECONDS, callers, call, Some(pool.maintain()), count);
        println!("{callers}: {served}");
        assert!(served * 100 >= (SECONDS - 2) * CAPACITY * 70, "{callers} callers: {served}");
    }
}

#[test]
fn a_connect_that_takes_longer_than_callers_wait_is_made_once() {
    let time = ManualClock::new();
    let server = Server::new(time.clock(), None).with_connect_time(300 * MS);
    let size = NonZeroU32::new(CONNECTIONS).expect("not zero");
    let pool = Pool::new("db", server.clone(), PoolOptions::new().with_max_size(size));
    let pool = pool.expect("the options are valid");
    let pool = pool.with_driver(Driver::new().with_clock(time.clock()));
    let work = async |connection: &mut Connection| connection.work().await;
    assert!(time.block_on(pool.with(work, LIMIT)).is_err(), "it is not there in time");
    for _ in 0..25 {
        time.block_on(pool.with(work, LIMIT)).expect("it was begun before");
    }
    assert_eq!(server.connects(), 1);
}

#[test]
fn the_server_never_has_more_connections_than_the_pool_may() {
    for callers in [16, 80] {
        let time = ManualClock::new();
        let server = Server::new(time.clock(), Some(blip()));
        let size = NonZeroU32::new(CONNECTIONS).expect("not zero");
        let pool = Pool::new("db", server.clone(), PoolOptions::new().with_max_size(size));
        let pool = pool.expect("the options are valid");
        let pool = pool.with_driver(Driver::new().with_clock(time.clock()));
        let call = || -> Call<'_> {
            let work = async |connection: &mut Connection| connection.work().await;
            let call = pool.with(work, LIMIT);
            Box::pin(async { call.await.is_ok() })
        };
        run(&time, SECONDS, callers, call, Some(pool.maintain()), |_| ());
        assert!(server.most_open() <= CONNECTIONS as usize, "{} were open", server.most_open());
    }
}
