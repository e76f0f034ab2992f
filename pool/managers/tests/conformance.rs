//! The managers in pools of other libraries: what a borrower finds does not depend on who keeps what is idle.

use std::time::Duration;

use seawall_core::Clock;
use seawall_core::pool::PoolOptions;
use seawall_pool_managers::{Postgres as Manager, PostgresConnection};
use seawall_test_servers::Postgres;

const LONG: Duration = Duration::from_secs(30);

async fn ask(db: &mut PostgresConnection) -> Result<i64, tokio_postgres::Error> {
    let row =
        db.query_one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", &[]).await?;
    Ok(row.get(0))
}

macro_rules! conforms {
    ($($test:ident: $backend:ident;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let server = Postgres::options().with_password().start();
                let start = |url: String| {
                    let manager = Manager::from_url(&url).expect("a URL");
                    let size = std::num::NonZeroU32::MIN;
                    let options = PoolOptions::new().with_max_size(size);
                    $backend::start("db", manager, &options).expect("good options")
                };
                let pool = start(server.url());
                tokio::spawn(pool.maintain());
                let leave = async |db: &mut PostgresConnection| {
                    db.batch_execute("BEGIN; SELECT pg_advisory_lock(7)").await
                };
                pool.lend().deadline(LONG).with(leave).await.expect("it is lent");
                assert_eq!(pool.lend().deadline(LONG).with(ask).await.expect("it is lent again"), 0, "after a use");
                let sleep = async |db: &mut PostgresConnection| {
                    db.batch_execute("SELECT pg_advisory_lock(7), pg_sleep(60)").await
                };
                let cut = pool.lend().deadline(Duration::from_millis(500)).with(sleep).await.expect_err("it sleeps");
                assert!(cut.is_timed_out(), "{cut:?}");
                let is_free = async || {
                    pool.lend().deadline(LONG).with(ask).await.expect("another is lent") == 0
                };
                let clock = Clock::system();
                let end = clock.now() + LONG;
                while !is_free().await {
                    assert!(clock.now() < end, "the lock is held still");
                }

                let wrong = start(server.url_with_password("hunter2"));
                let refusal = wrong.lend().checkout().await.expect_err("it is wrong");
                // As the manager's error, or as text where the library keeps no more.
                let words = format!("{refusal:?}");
                assert!(words.contains("PostgreSQL refused the login"), "{words}");
                assert!(!words.contains("hunter2"), "{words}");
            }
        )+
    };
}

conforms! {
    in_deadpool: seawall_pool_deadpool;
    in_bb8: seawall_pool_bb8;
    in_r2d2: seawall_pool_r2d2;
}
