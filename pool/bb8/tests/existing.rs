//! Existing pools of bb8, whose owner sets their size and whose manager panics.

use std::convert::Infallible;
use std::num::NonZeroU32;

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
