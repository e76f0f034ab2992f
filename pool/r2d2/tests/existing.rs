//! Existing pools of r2d2, whose owner sets their size and whose manager panics.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use r2d2::event::TimeoutEvent;
use r2d2::{HandleEvent, ManageConnection, Pool};
use seawall_core::RefusalKind;
use seawall_pool_r2d2::from_pool;

/// Makes numbers, and panics when it is asked about 13.
struct Numbers;

impl ManageConnection for Numbers {
    type Connection = u64;
    type Error = Infallible;

    fn connect(&self) -> Result<u64, Infallible> {
        Ok(42)
    }

    fn is_valid(&self, _: &mut u64) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, number: &mut u64) -> bool {
        assert_ne!(*number, 13, "it is not known");
        false
    }
}

fn raw(max_size: u32) -> Pool<Numbers> {
    Pool::builder().max_size(max_size).build(Numbers).expect("it connects")
}

#[test]
fn a_size_that_cannot_be_set_is_refused() {
    let pool = from_pool("numbers", raw(4));
    let size = |size| NonZeroU32::new(size).expect("not zero");
    pool.resize(size(10)).expect_err("r2d2 cannot resize");
    pool.resize(size(4)).expect("it has that size");
}

#[test]
fn a_manager_that_panics_while_a_use_unwinds_does_not_end_the_process() {
    let pool = from_pool("numbers", raw(2));
    let cut = || {
        pool.lend().with_blocking(|number: &mut u64| -> Result<(), Infallible> {
            *number = 13;
            panic!("the use panics")
        })
    };
    catch_unwind(AssertUnwindSafe(cut)).expect_err("it panics");
    assert_eq!(*pool.lend().checkout_blocking().expect("there is another place"), 42);
}

/// Counts the checkouts that timed out, as the owner of a pool may do.
#[derive(Clone, Debug, Default)]
struct Timeouts(Arc<AtomicU32>);

impl HandleEvent for Timeouts {
    fn handle_timeout(&self, _: TimeoutEvent) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn the_owner_hears_of_one_timeout_for_each_checkout_that_times_out() {
    let timeouts = Timeouts::default();
    let raw = Pool::builder().max_size(1).event_handler(Box::new(timeouts.clone()));
    let pool = from_pool("numbers", raw.build(Numbers).expect("it connects"));
    let lent = pool.lend().checkout_blocking().expect("it is idle");
    let limit = Duration::from_millis(70);
    let refused = pool.lend().deadline(limit).checkout_blocking().expect_err("it is lent");
    assert_eq!(refused.kind(), RefusalKind::CheckoutTimeout);
    assert_eq!(timeouts.0.load(SeqCst), 1);
    drop(lent);
}
