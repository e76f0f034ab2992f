//! Lending an idle resource allocates nothing.

use seawall_core::Driver;

use crate::Pool;
use crate::promises::support::{Db, DbError, MS, options};

#[test]
fn a_transaction_on_an_idle_resource_allocates_nothing() {
    let driver = Driver::new();
    let db = Db::new(driver.clock().clone());
    let pool = Pool::new("db", db, options(2)).expect("valid").with_driver(driver);
    let transaction = || {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let lend = pool.lend().deadline(1000 * MS);
        let transaction = std::pin::pin!(lend.with(async |conn| conn.query(0).await));
        match transaction.poll(&mut cx) {
            std::task::Poll::Ready(result) => result.expect("idle"),
            std::task::Poll::Pending => panic!("it waits"),
        }
    };
    assert_eq!(transaction(), 1, "warmed up");
    let info = allocation_counter::measure(|| {
        for _ in 0..100 {
            assert_eq!(transaction(), 1);
        }
    });
    assert_eq!(info.count_total, 0, "{info:?}");
    let info = allocation_counter::measure(|| {
        let refused = pool.with_blocking(|_| Ok::<_, DbError>(()), 1000 * MS);
        refused.expect("idle");
    });
    assert_eq!(info.count_total, 1, "the waker of a thread that might have to wait");
}
