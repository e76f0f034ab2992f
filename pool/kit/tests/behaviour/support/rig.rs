use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::Driver;
use seawall_core::pool::{Lent, PoolOptions};
use seawall_testkit::ManualClock;
use seawall_testkit::pool::Dummy;

use super::Pool;

pub(crate) struct Rig {
    pub(crate) time: ManualClock,
    pub(crate) dummy: Dummy,
    pub(crate) pool: Pool,
}

/// At most `max`, of which chance shortens nothing.
pub(crate) fn options(max: u32) -> PoolOptions {
    let max = NonZeroU32::new(max).expect("not zero");
    PoolOptions::new().with_max_size(max).with_jitter_percent(0)
}

/// A pool whose chance draws `parts` of all that it may take away, in millionths, and then nothing.
pub(crate) fn rig_with_chance(options: PoolOptions, parts: &'static [u64]) -> Rig {
    let time = ManualClock::new();
    let dummy = Dummy::new(time.clock());
    let mut parts = parts.iter().copied();
    let pool = Pool::new("pool", dummy.clone(), options)
        .with_driver(Driver::new().with_clock(time.clock()))
        .with_chance(move || parts.next().unwrap_or(0));
    Rig { time, dummy, pool }
}

impl Rig {
    pub(crate) fn new(options: PoolOptions) -> Self {
        rig_with_chance(options, &[])
    }

    /// Borrows `count` that are to be had without waiting.
    #[track_caller]
    pub(crate) fn take(&self, count: u32) -> Vec<Lent<'_, Pool>> {
        let take = || {
            self.time.block_on(
                self.pool.lend().without_waiting().deadline(Duration::from_nanos(1)).checkout(),
            )
        };
        (0..count).map(|_| take().expect("free")).collect()
    }

    /// Borrows as many as there may be, and gives them back: what is too old is not among them.
    #[track_caller]
    pub(crate) fn use_all(&self) {
        drop(self.take(self.pool.status().max));
    }
}

/// Polls `future` once, as if it had been woken.
pub(crate) fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
