//! The laws of pools that an existing pool of sqlx keeps, and the reasons why it is not tested for the
//! others. The laws themselves need a manager that a test scripts, and sqlx has its own drivers.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::pending;
use std::pin::pin;

use seawall_core::pool::{PoolState, Stage, TooSlow};
use seawall_core::{Error as Ended, RefusalKind};
use seawall_testkit::law::{NotKept, assert_column};
use seawall_testkit::pool::LAWS;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Error, SqliteConnection};
use tokio::join;

use crate::support::{Connects, SECOND, options, poll, pool, until};

/// Defines the test of each law, and the list of these laws.
macro_rules! kept {
    ($($law:ident $test:block)+) => {
        const KEPT: &[&str] = &[$(stringify!($law)),+];

        $(
            #[tokio::test]
            async fn $law() $test
        )+
    };
}

const OVERFLOW: &str = "sqlx has no overflow";
const RESIZE: &str = "sqlx cannot resize";
const DRIVER: &str = "sqlx's drivers make, check and close connections, and no test scripts these";
const BACKGROUND: &str = "sqlx does its work in tasks of its own";
const REAL_TIME: &str = "sqlx goes by the real time";
const RESET: &str = "sqlx resets nothing; `after_release` is the application's";

const NOT_KEPT: NotKept<'static> = &[
    ("overflow_has_a_limit", OVERFLOW),
    ("returned_overflow_is_closed", OVERFLOW),
    ("returned_overflow_goes_to_a_waiter", OVERFLOW),
    ("resizing_never_exceeds_the_size", RESIZE),
    ("shrinking_closes_the_surplus", RESIZE),
    ("growing_serves_waiters", RESIZE),
    ("panic_in_create_frees_its_permit", DRIVER),
    ("panic_in_check_frees_its_permit", DRIVER),
    ("panic_in_reset_frees_its_permit", RESET),
    ("panic_in_is_broken_frees_its_permit", DRIVER),
    ("panic_in_close_frees_its_permit", DRIVER),
    ("dropped_check_frees_its_permit", DRIVER),
    ("dropped_reset_frees_its_permit", RESET),
    ("dropped_maintain_frees_its_permit", BACKGROUND),
    ("dropped_drain_leaves_a_closed_pool", BACKGROUND),
    ("failing_connects_have_pauses", "sqlx connects for each caller"),
    ("deadline_covers_checking", DRIVER),
    ("deadline_covers_resetting", RESET),
    ("deadline_is_one_for_all_stages", DRIVER),
    ("dead_connections_share_one_deadline", DRIVER),
    ("slow_check_costs_one_resource", DRIVER),
    ("slow_check_leaves_time_to_connect", DRIVER),
    ("connect_has_its_own_limit", "sqlx has one limit for all of a checkout, `acquire_timeout`"),
    ("resource_ready_at_the_deadline_is_lent", DRIVER),
    ("timeout_reports_the_last_connect_error", DRIVER),
    ("unreachable_is_not_full", DRIVER),
    ("failed_connect_is_reported_at_once", "sqlx tries a refused connect again until its timeout"),
    ("refusal_names_the_pool_and_its_size", "the law needs an overflow, which sqlx has not"),
    ("waiters_are_woken", RESIZE),
    ("lifo_lends_the_last_returned", "sqlx lends the longest idle"),
    ("fifo_lends_the_longest_idle", BACKGROUND),
    ("broken_resource_is_closed_on_return", DRIVER),
    ("reset_comes_before_reuse", RESET),
    ("failed_check_lends_another", DRIVER),
    ("failed_reset_lends_another", RESET),
    ("restart_leaves_a_clean_pool", DRIVER),
    ("too_old_is_not_lent", REAL_TIME),
    ("idle_too_long_is_not_lent", REAL_TIME),
    ("maintain_keeps_min_idle", BACKGROUND),
    ("maintain_connects_with_backoff", BACKGROUND),
    ("maintain_closes_old_resources", BACKGROUND),
    ("maintain_is_woken", BACKGROUND),
    ("maintain_ends_with_the_pool", BACKGROUND),
    ("closing_refuses_running_checkouts", "sqlx finishes a connect that was begun"),
    ("last_handle_closes_idle_resources", "the application's own handle keeps the pool"),
    ("drain_closes_gracefully", DRIVER),
    ("status_counts_by_state", DRIVER),
    ("closed_resources_are_counted_by_reason", DRIVER),
    ("waits_are_counted", REAL_TIME),
    ("readings_equal_the_status", OVERFLOW),
    ("status_changes_nothing", RESIZE),
    ("counts_add_up", OVERFLOW),
    ("threads_never_exceed_max_size", DRIVER),
    ("threads_lose_nothing", DRIVER),
    ("origin_of_time_does_not_matter", RESIZE),
];

#[test]
fn the_table_of_laws_is_up_to_date() {
    let declared = KEPT.iter().copied().chain(NOT_KEPT.iter().map(|(law, _)| *law));
    let declared: Vec<_> = declared.collect();
    let once: BTreeSet<_> = declared.iter().copied().collect();
    assert_eq!(once.len(), declared.len(), "each law is declared once");
    assert_eq!(once, LAWS.iter().map(|law| law.name).collect());
    assert_column("connection pools", LAWS, ("../../docs/backends.md", "sqlx"), NOT_KEPT);
}

async fn hangs(_: &mut SqliteConnection) -> sqlx::Result<()> {
    pending().await
}

kept! {
    never_more_are_lent_than_max {
        let pool = pool(3);
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(pool.lend().without_waiting().checkout().await.expect("there is one"));
        }
        let refused = pool.lend().without_waiting().checkout().await.expect_err("all are lent");
        assert_eq!((refused.kind(), refused.limit()), (RefusalKind::PoolFull, Some(3)));
        assert_eq!(pool.status().size, 3);
    }

    nested_use_gets_its_own_resource {
        let (connects, time, pool) = Connects::of(2, 2);
        let nested = pool.lend().with(async |_: &mut SqliteConnection| {
            let inner = pool.lend().with(async |_: &mut SqliteConnection| {
                let third = pool.lend().deadline(SECOND).checkout();
                let (third, ()) = join!(third, async { time.advance(SECOND) });
                Ok::<_, Ended<()>>(third.expect_err("both are lent").kind())
            });
            inner.await
        });
        assert_eq!(nested.await.expect("it is lent"), RefusalKind::CheckoutTimeout);
        assert_eq!(connects.count(), 2);
    }

    panic_of_a_borrower_frees_its_permit {
        let (connects, _time, pool) = Connects::of(1, 2);
        let panics = pool.clone();
        let panicked = tokio::spawn(async move {
            let panics = panics.lend().with(async |_: &mut SqliteConnection| -> sqlx::Result<()> {
                panic!("the borrower panics")
            });
            panics.await.is_ok()
        });
        assert!(panicked.await.expect_err("it panics").is_panic());
        drop(pool.lend().checkout().await.expect("there is a place"));
        assert_eq!(connects.count(), 2, "the first connection was closed");
    }

    dropped_wait_frees_its_permit {
        let pool = pool(1);
        let held = pool.lend().checkout().await.expect("it is new");
        let mut leaves = Box::pin(pool.lend().checkout());
        let mut stays = pin!(pool.lend().checkout());
        assert!(poll(leaves.as_mut()).is_pending() && poll(stays.as_mut()).is_pending());
        drop(held);
        // It was granted the permit.
        drop(leaves);
        drop(stays.await.expect("the permit is passed on"));
    }

    dropped_connect_frees_its_permit {
        let (connects, _time, pool) = Connects::of(1, 0);
        let mut connects_now = Box::pin(pool.lend().checkout());
        tokio::select! {
            biased;
            _ = &mut connects_now => panic!("it may not end"),
            () = until(|| connects.count() == 1) => {}
        }
        drop(connects_now);
        connects.end_one();
        drop(pool.lend().checkout().await.expect("the permit is back"));
    }

    dropped_use_frees_its_permit {
        let (connects, _time, pool) = Connects::of(1, 2);
        drop(pool.lend().checkout().await.expect("it is new"));
        let begun = Cell::new(false);
        let mut used = Box::pin(pool.lend().with(async |db: &mut SqliteConnection| {
            begun.set(true);
            hangs(db).await
        }));
        tokio::select! {
            biased;
            _ = &mut used => panic!("it hangs"),
            () = until(|| begun.get()) => {}
        }
        drop(used);
        drop(pool.lend().checkout().await.expect("the permit is back"));
        assert_eq!(connects.count(), 2, "the connection was closed");
    }

    deadline_covers_waiting {
        let (_connects, time, pool) = Connects::of(1, 1);
        let _held = pool.lend().checkout().await.expect("it is new");
        let waits = pool.lend().deadline(SECOND).checkout();
        let (waited, ()) = join!(waits, async { time.advance(SECOND) });
        assert_eq!(waited.expect_err("it is lent").kind(), RefusalKind::CheckoutTimeout);
    }

    checkout_timeout_limits_every_checkout {
        let (_connects, time, pool) = Connects::of(1, 1);
        let pool = pool.with_checkout_timeout(SECOND);
        let _held = pool.lend().checkout().await.expect("it is new");
        let waits = pool.lend().deadline(60 * SECOND).checkout();
        let (waited, ()) = join!(waits, async { time.advance(SECOND) });
        assert_eq!(waited.expect_err("it is lent").kind(), RefusalKind::CheckoutTimeout);
    }

    deadline_covers_connecting {
        let (connects, time, pool) = Connects::of(1, 0);
        let connected = async {
            until(|| connects.count() == 1).await;
            time.advance(SECOND);
        };
        let (cut, ()) = join!(pool.lend().deadline(SECOND).checkout(), connected);
        let cut = cut.expect_err("it connects");
        let source = std::error::Error::source(&cut).and_then(|source| source.downcast_ref());
        assert_eq!(source.map(TooSlow::stage), Some(Stage::Connecting), "{cut:?}");
    }

    connect_outlives_its_caller {
        let (connects, time, pool) = Connects::of(1, 0);
        let connected = async {
            until(|| connects.count() == 1).await;
            time.advance(SECOND);
        };
        let (cut, ()) = join!(pool.lend().deadline(SECOND).checkout(), connected);
        cut.expect_err("it connects");
        connects.end_one();
        drop(pool.lend().checkout().await.expect("the connect was ended"));
        assert_eq!(connects.count(), 1, "nothing was thrown away");
    }

    connect_error_is_the_source {
        let nowhere = SqliteConnectOptions::new().filename("/nowhere/at/all.db");
        let pool = seawall_pool_sqlx::from_pool("orders", options(1).connect_lazy_with(nowhere));
        let refused = pool.lend().checkout().await.expect_err("the file is not there");
        assert_eq!(refused.kind(), RefusalKind::ResourceUnavailable);
        let source = std::error::Error::source(&refused).expect("it has one");
        assert!(matches!(source.downcast_ref(), Some(Error::Database(_))), "{source:?}");
    }

    failing_connects_do_not_block_the_pool {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing");
        let file = SqliteConnectOptions::new().filename(missing.join("a.db")).create_if_missing(true);
        let pool = seawall_pool_sqlx::from_pool("orders", options(1).connect_lazy_with(file));
        for _ in 0..20 {
            let refused = pool.lend().checkout().await.expect_err("the folder is not there");
            assert_eq!(refused.kind(), RefusalKind::ResourceUnavailable);
        }
        std::fs::create_dir(&missing).expect("it can be made");
        drop(pool.lend().checkout().await.expect("it is there now"));
    }

    status_is_degraded_until_connected {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing");
        let file = SqliteConnectOptions::new().filename(missing.join("a.db")).create_if_missing(true);
        let pool = seawall_pool_sqlx::from_pool("orders", options(1).connect_lazy_with(file));
        pool.lend().checkout().await.expect_err("the folder is not there");
        assert_eq!(pool.status().state, PoolState::Degraded);
        std::fs::create_dir(&missing).expect("it can be made");
        drop(pool.lend().checkout().await.expect("it is there now"));
        assert_eq!(pool.status().state, PoolState::Ready);
    }

    checkout_without_waiting_answers_at_once {
        let pool = pool(1);
        let held = pool.lend().without_waiting().checkout().await.expect("it is new");
        let refused = pool.lend().without_waiting().checkout().await.expect_err("it is lent");
        assert_eq!((refused.kind(), refused.limit()), (RefusalKind::PoolFull, Some(1)));
        drop(held);
        drop(pool.lend().without_waiting().checkout().await.expect("it came back"));
    }

    full_queue_refuses_at_once {
        let pool = pool(1).with_max_waiting(1);
        let _held = pool.lend().checkout().await.expect("it is new");
        let mut waits = pin!(pool.lend().checkout());
        assert!(poll(waits.as_mut()).is_pending());
        let refused = pool.lend().checkout().await.expect_err("the queue is full");
        assert_eq!(refused.kind(), RefusalKind::PoolFull);
    }

    waiters_are_served_in_arrival_order {
        let pool = pool(1);
        let held = pool.lend().checkout().await.expect("it is new");
        let mut first = Box::pin(pool.lend().checkout());
        let mut second = Box::pin(pool.lend().checkout());
        assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        drop(held);
        assert!(poll(second.as_mut()).is_pending(), "the first one is served");
        drop(first.await.expect("it is its turn"));
        drop(second.await.expect("it is its turn"));
    }

    newcomers_do_not_overtake {
        let pool = pool(1);
        let held = pool.lend().checkout().await.expect("it is new");
        let mut waits = Box::pin(pool.lend().checkout());
        assert!(poll(waits.as_mut()).is_pending());
        drop(held);
        let refused = pool.lend().without_waiting().checkout().await.expect_err("one waits");
        assert_eq!(refused.kind(), RefusalKind::PoolFull);
        drop(waits.await.expect("it is its turn"));
    }

    ended_use_returns_the_resource {
        let (connects, _time, pool) = Connects::of(1, 1);
        for fails in [false, true, false] {
            let used = pool.lend().with(async |_: &mut SqliteConnection| {
                if fails { Err(Error::RowNotFound) } else { Ok(()) }
            });
            assert_eq!(used.await.is_err(), fails);
        }
        assert_eq!(connects.count(), 1);
    }

    cut_use_closes_the_resource {
        let (connects, time, pool) = Connects::of(1, 2);
        drop(pool.lend().checkout().await.expect("it is new"));
        let cut = pool.lend().deadline(SECOND).with(async |db: &mut SqliteConnection| {
            time.advance(SECOND);
            hangs(db).await
        });
        assert!(cut.await.expect_err("it hangs").is_timed_out());
        assert_eq!(connects.count(), 1);
        drop(pool.lend().checkout().await.expect("there is a place"));
        assert_eq!(connects.count(), 2, "the other connection was closed");
    }

    start_connects_to_nothing {
        let (connects, _time, pool) = Connects::of(2, 2);
        assert_eq!((connects.count(), pool.status().size), (0, 0));
    }

    closed_pool_refuses {
        let pool = pool(1);
        drop(pool.lend().checkout().await.expect("it is new"));
        pool.close();
        let refused = pool.lend().checkout().await.expect_err("it is closed");
        assert_eq!(refused.kind(), RefusalKind::ShuttingDown);
    }

    closing_closes_idle_resources {
        let pool = pool(2);
        drop(pool.lend().checkout().await.expect("it is new"));
        until(|| pool.status().idle == 1).await;
        pool.close();
        until(|| pool.status().size == 0).await;
    }

    closed_pool_keeps_nothing {
        let pool = pool(1);
        let held = pool.lend().checkout().await.expect("it is new");
        let mut waits = Box::pin(pool.lend().checkout());
        assert!(poll(waits.as_mut()).is_pending());
        pool.close();
        drop(held);
        until(|| pool.status().size == 0).await;
        assert_eq!(waits.await.expect_err("it is closed").kind(), RefusalKind::ShuttingDown);
    }

    drain_waits_for_lent_resources {
        let (_connects, time, pool) = Connects::of(2, 2);
        let held = pool.lend().checkout().await.expect("it is new");
        let mut drains = Box::pin(pool.drain(60 * SECOND));
        assert!(poll(drains.as_mut()).is_pending());
        time.advance(SECOND);
        assert!(poll(drains.as_mut()).is_pending(), "one is lent");
        drop(held);
        until(|| pool.status().size == 0).await;
        // A drain looks for what came back past Seawall by the clock.
        let (drained, ()) = join!(drains, async { time.advance(SECOND) });
        assert!(drained.is_complete());
    }

    drain_reports_what_is_left {
        let (_connects, time, pool) = Connects::of(2, 2);
        let held = pool.lend().checkout().await.expect("it is new");
        let (drained, ()) = join!(pool.drain(SECOND), async { time.advance(SECOND) });
        assert_eq!(drained.left, 1);
        drop(held);
        until(|| pool.status().size == 0).await;
    }
}
