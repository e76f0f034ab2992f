//! What a pool of PostgreSQL connections serves before, during and after a time in which uses are slow,
//! beside deadpool alone: 4 connections, uses of 20 ms, callers with 200 ms in a loop.
//!
//! `SEAWALL_TABLE=1 cargo test -p seawall-pool-managers --test overload -- --nocapture` prints the table of
//! the README; without that, fewer loads are run, and not deadpool.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use seawall_core::pool::PoolOptions;
use seawall_core::{BoxFuture, Clock, Tick};
use seawall_pool::Pool;
use seawall_pool_managers::{Postgres as Manager, PostgresConnection};
use seawall_test_servers::Postgres;
use tokio_postgres::NoTls;

const CONNECTIONS: u32 = 4;
const LIMIT: Duration = Duration::from_millis(200);
const SECONDS: usize = 5;
const SECOND: Duration = Duration::from_secs(1);
/// The second in which uses are slow at first, and for how long.
const BLIP: (u64, Duration) = (2, Duration::from_millis(300));

/// What the callers of one pool have got.
struct Load {
    served: [AtomicU64; SECONDS],
    is_slow: AtomicBool,
    begun: Tick,
    clock: Clock,
}

type Call = Arc<dyn Fn(&'static str) -> BoxFuture<'static, bool> + Send + Sync>;

/// Runs callers in a loop, and returns how many calls were served in each second.
async fn serve(callers: usize, call: Call) -> [u64; SECONDS] {
    let clock = Clock::system();
    let load = Arc::new(Load {
        served: Default::default(),
        is_slow: AtomicBool::new(false),
        begun: clock.now(),
        clock: clock.clone(),
    });
    let tasks: Vec<_> = (0..callers)
        .map(|_| tokio::spawn(one_caller(Arc::clone(&load), Arc::clone(&call))))
        .collect();
    let blip = load.begun + SECOND * u32::try_from(BLIP.0).expect("few");
    clock.sleep_until(blip).await;
    load.is_slow.store(true, Relaxed);
    clock.sleep_until(blip + BLIP.1).await;
    load.is_slow.store(false, Relaxed);
    for task in tasks {
        task.await.expect("no panic");
    }
    load.served.each_ref().map(|count| count.load(Relaxed))
}

async fn one_caller(load: Arc<Load>, call: Call) {
    loop {
        let slow = load.is_slow.load(Relaxed);
        let before = load.clock.now();
        let succeeds = call(if slow { "SELECT pg_sleep(0.15)" } else { "SELECT pg_sleep(0.02)" });
        let succeeded = succeeds.await;
        let now = load.clock.now();
        let second = usize::try_from(now.since(load.begun).as_secs()).expect("few");
        let Some(served) = load.served.get(second) else { return };
        served.fetch_add(u64::from(succeeded), Relaxed);
        if !succeeded && now.since(before) < Duration::from_millis(1) {
            load.clock.sleep_until(now + Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_blip_calls_are_served_as_before_at_every_load() {
    let server = Postgres::start();
    let is_table = std::env::var_os("SEAWALL_TABLE").is_some();
    let loads: &[usize] = if is_table { &[16, 24, 32, 48, 80] } else { &[32, 80] };
    println!("| callers | pool | 1 | 2 (slow) | 3 | 4 | connects begun |");
    for &callers in loads {
        let size = NonZeroU32::new(CONNECTIONS).expect("not zero");
        let options = PoolOptions::new().with_max_size(size);
        let manager = Manager::from_url(&server.url()).expect("a URL");
        let pool = Pool::new("db", manager, options).expect("good options");
        tokio::spawn(pool.maintain());
        let lending = pool.clone();
        let call = move |query: &'static str| -> BoxFuture<'static, bool> {
            let pool = lending.clone();
            Box::pin(async move {
                let ask = async |db: &mut PostgresConnection| db.batch_execute(query).await;
                pool.with(ask, LIMIT).await.is_ok()
            })
        };
        let served = serve(callers, Arc::new(call)).await;
        let status = pool.status();
        let connects = status.created + status.failed_connects;
        print("native", callers, served, connects);
        let what = format!("{callers} callers: {served:?}, {status:?}");
        assert!(served[3] * 4 >= served[1] && served[4] * 4 >= served[1], "{what}");
        assert!(served[1] > 0, "{what}");
        let needed = u64::from(CONNECTIONS) + status.closed.total();
        assert!(connects <= 2 * needed, "{what}");
        pool.close();

        if is_table {
            let (served, connects) = deadpool(&server, callers).await;
            print("deadpool-postgres", callers, served, connects);
        }
    }
}

/// The same by deadpool alone.
async fn deadpool(server: &Postgres, callers: usize) -> ([u64; SECONDS], u64) {
    let config = server.url().parse().expect("a URL");
    let manager = deadpool_postgres::Manager::new(config, NoTls);
    let created = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&created);
    let pool = deadpool_postgres::Pool::builder(manager)
        .max_size(CONNECTIONS as usize)
        .post_create(deadpool_postgres::Hook::sync_fn(move |_, _| {
            counted.fetch_add(1, Relaxed);
            Ok(())
        }))
        .build()
        .expect("good options");
    let call = move |query: &'static str| -> BoxFuture<'static, bool> {
        let pool = pool.clone();
        Box::pin(async move {
            let call = async { pool.get().await.ok()?.batch_execute(query).await.ok() };
            tokio::time::timeout(LIMIT, call).await.is_ok_and(|served| served.is_some())
        })
    };
    let served = serve(callers, Arc::new(call)).await;
    (served, created.load(Relaxed))
}

fn print(
    pool: &str,
    callers: usize,
    [_, before, slow, after, last]: [u64; SECONDS],
    connects: u64,
) {
    println!("| {callers} | {pool} | {before} | {slow} | {after} | {last} | {connects} |");
}
