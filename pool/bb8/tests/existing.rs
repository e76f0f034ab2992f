//! Existing pools of bb8, whose owner sets their size and whose manager panics.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::time::Duration;

use bb8::{ManageConnection, Pool};
use seawall_pool_bb8::from_pool;

/// Makes numbers, and panics when it is asked about 13.
struct Numbers;

impl ManageConnection for Numbers {
    type Connection = u64;
    type Error = Infallible;

    async fn connect(&self) -> Result<u64, Infallible> {
        Ok(42)
    }

    async fn is_valid(&self, _: &mut u64) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, number: &mut u64) -> bool {
        assert_ne!(*number, 13, "it is not known");
        false
    }
}

async fn raw(max_size: u32) -> Pool<Numbers> {
    Pool::builder().max_size(max_size).build(Numbers).await.expect("it connects")
}

#[tokio::test]
async fn a_size_that_cannot_be_set_is_refused() {
    let pool = from_pool("numbers", raw(4).await);
    let size = |size| NonZeroU32::new(size).expect("not zero");
    pool.resize(size(10)).expect_err("bb8 cannot resize");
    pool.resize(size(4)).expect("it has that size");
}

#[tokio::test]
async fn a_manager_that_panics_while_a_use_unwinds_does_not_end_the_process() {
    let pool = from_pool("numbers", raw(2).await);
    let used = pool.clone();
    let cut = tokio::spawn(async move {
        let work = async |number: &mut u64| -> Result<(), Infallible> {
            *number = 13;
            panic!("the use panics")
        };
        used.lend().with(work).await
    });
    assert!(cut.await.expect_err("it panics").is_panic());
    assert_eq!(*pool.checkout().await.expect("there is another place"), 42);
}

/// Every connection is broken when it comes back.
struct Broken;

impl ManageConnection for Broken {
    type Connection = u64;
    type Error = Infallible;

    async fn connect(&self) -> Result<u64, Infallible> {
        tokio::time::sleep(Duration::from_nanos(1)).await;
        Ok(42)
    }

    async fn is_valid(&self, _: &mut u64) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut u64) -> bool {
        true
    }
}

#[test]
fn a_thread_outside_of_the_runtime_returns_a_broken_connection() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let raw = Pool::builder().max_size(1).min_idle(1).build(Broken);
    let raw = runtime.block_on(raw).expect("it connects");
    let entered = runtime.enter();
    let pool = from_pool("broken", raw);
    drop(entered);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = std::thread::spawn(move || runtime.block_on(stopped));
    for _ in 0..3 {
        drop(pool.lend().checkout_blocking().expect("bb8 connects another one"));
    }
    drop(stop);
    running.join().expect("no panic").expect_err("it is not sent");
}
