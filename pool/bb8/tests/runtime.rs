//! The Tokio runtime that bb8 needs.

use std::convert::Infallible;

use seawall_core::pool::{Manage, PoolOptions};
use tokio::runtime::Builder;

struct Numbers;

impl Manage for Numbers {
    type Resource = u64;
    type Error = Infallible;

    async fn create(&self) -> Result<u64, Infallible> {
        Ok(42)
    }
}

#[test]
fn a_pool_may_be_dropped_after_its_runtime() {
    let pool = seawall_pool_bb8::start("orders", Numbers, &PoolOptions::new()).expect("valid");
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let lent = runtime.block_on(pool.checkout()).expect("it connects");
    drop(runtime);
    drop(lent);
    drop(pool);
}

#[test]
fn a_checkout_made_outside_of_a_runtime_builds_the_pool_where_it_is_polled() {
    let pool = seawall_pool_bb8::start("orders", Numbers, &PoolOptions::new()).expect("valid");
    let checkout = pool.checkout();
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let lent = runtime.block_on(checkout).expect("it connects");
    assert_eq!(*lent, 42);
}
