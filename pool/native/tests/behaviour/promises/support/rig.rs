use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::pool::{Lent, Order, PoolOptions};
use seawall_core::{Driver, Refusal};
use seawall_testkit::{ManualClock, Recorder};

use super::{Db, poll};
use crate::Pool;

pub(crate) struct Rig {
    pub(crate) time: ManualClock,
    pub(crate) recorder: Recorder,
    pub(crate) db: Db,
    pub(crate) pool: Pool<Db>,
}

/// A pool of at most `max` connections.
pub(crate) fn rig(max: u32) -> Rig {
    rig_with(options(max))
}

pub(crate) fn options(max: u32) -> PoolOptions {
    let max = NonZeroU32::new(max).expect("not zero");
    PoolOptions::new().with_max_size(max).with_check_after(Duration::ZERO)
}

pub(crate) fn rig_in(order: Order, max: u32) -> Rig {
    rig_with(options(max).with_order(order))
}

pub(crate) fn rig_with(options: PoolOptions) -> Rig {
    let (time, recorder) = (ManualClock::new(), Recorder::new());
    let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
    let db = Db::new(time.clock());
    let pool = Pool::new("db", db.clone(), options).expect("valid").with_driver(driver);
    Rig { time, recorder, db, pool }
}

impl Rig {
    /// Borrows `count` connections at once and gives them back, so that they are idle.
    #[track_caller]
    pub(crate) fn warm_up(&self, count: u32) -> &Self {
        let lent: Vec<_> = (0..count).map(|_| self.take_now().expect("free")).collect();
        drop(lent);
        let _ = self.recorder.take();
        self
    }

    /// Borrows a connection that is to be had without waiting.
    pub(crate) fn take_now(&self) -> Result<Lent<'_, Pool<Db>>, Refusal> {
        self.time.block_on(
            self.pool.lend().without_waiting().deadline(Duration::from_nanos(1)).checkout(),
        )
    }

    /// Nothing was lost: no caller is inside, all places can be taken at once, and not one more.
    #[track_caller]
    pub(crate) fn assert_whole(&self) {
        self.db.forget_script();
        // What callers have left to the pool ends by its own limits.
        self.time.advance(Duration::from_secs(6));
        let mut work = Box::pin(self.pool.maintain());
        (0..3).for_each(|_| _ = poll(&mut work));
        drop(work);
        let status = self.pool.status();
        assert_eq!((status.borrowed, status.connecting, status.waiting), (0, 0, 0), "{status:?}");
        assert_eq!(status.idle as usize, self.db.open().len(), "all that is open is idle");
        let lent: Vec<_> = (0..status.max).map(|_| self.take_now().expect("free")).collect();
        assert!(self.take_now().expect_err("all are out").is_full());
        assert_eq!(self.pool.status().borrowed, status.max);
        assert_eq!(self.db.open().len(), lent.len());
        drop(lent);
        self.assert_books_close();
    }

    /// What there is and what there was add up.
    #[track_caller]
    pub(crate) fn assert_books_close(&self) {
        let status = self.pool.status();
        assert_eq!(status.idle + status.borrowed, status.size, "{status:?}");
        assert!(status.size <= status.max, "{status:?}");
        assert_eq!(status.created, u64::from(status.size) + status.closed.total(), "{status:?}");
        assert_eq!(status.size as usize, self.db.open().len(), "{status:?}");
        assert!(self.db.most_open() <= status.max as usize, "more were open than there are places");
    }
}
