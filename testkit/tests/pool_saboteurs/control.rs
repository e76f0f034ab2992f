//! Control and status of the flawed pool.

use std::future::{Future, pending, poll_fn};
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Waker};
use std::time::Duration;

use seawall_core::InvalidOption;
use seawall_core::pool::{Drained, PoolControl, PoolStatus};

use super::flawed::Flawed;
use super::forgotten::Forgotten;
use super::wrong_options::MS;
use super::{Flaw, wrong_status};

impl PoolControl for Flawed {
    fn pool_status(&self) -> PoolStatus {
        if self.owed.load(SeqCst) > 0 {
            self.settle();
        }
        wrong_status::wrong(self.inner.status(), self.flaw, &self.options)
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        let status = self.inner.status();
        let grows = max_size.get() > status.max;
        let growth = self.growths.fetch_add(grows.into(), SeqCst) + 1;
        let (shrinks_later, grows_later) = (
            self.has(Flaw::ShrinksAtTheNextReturn) && !grows && status.idle > 0,
            self.has(Flaw::GrowsAtTheNextReturn) && grows && status.waiting > 1,
        );
        self.more().size = (shrinks_later || grows_later).then_some(max_size);
        if shrinks_later || grows_later {
            return Ok(());
        }
        let mints = self.has(Flaw::FifthGrowthMintsAPlace) && max_size.get() == 16 && growth == 5;
        PoolControl::resize(&self.inner, if mints { max_size.saturating_add(1) } else { max_size })
    }

    fn close(&self) {
        self.settle_size();
        if self.has(Flaw::ClosesAllIdleButOne) && self.inner.status().idle == 3 {
            self.lose();
        }
        self.is_closed.store(true, SeqCst);
        self.inner.close();
    }

    async fn drain(&self, patience: Duration) -> Drained {
        let hurries = self.has(Flaw::DrainWaitsHalfTheTime) && self.inner.status().borrowed == 1;
        let patience = if hurries { patience / 2 } else { patience };
        let pool = self.inner.clone();
        let drain = Forgotten::new(self.has(Flaw::DroppedDrainGoesOn), async move {
            pool.drain(patience).await
        });
        let drained = drain.await;
        let one_less = u32::from(self.has(Flaw::DrainSaysOneLess));
        Drained::new(drained.left.saturating_sub(one_less))
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        let options = &self.options;
        let never_ends = self.has(Flaw::MaintainsForEver);
        let is_asleep = match self.flaw {
            Some(Flaw::SleepsThroughItsWork) => self.max() == 13,
            Some(Flaw::SleepsThroughItsEnd) => self.max() == 2,
            _ => false,
        };
        let (is_forgotten, does_nothing) = (
            self.has(Flaw::DroppedMaintainCostsAPlace)
                && options.min_idle == 1
                && options.max_lifetime.is_some(),
            self.has(Flaw::LeavesTheOldAlone)
                && self.max() == 3
                && options.max_lifetime.or(options.max_idle_time) == Some(100 * MS),
        );
        let work = Forgotten::new(is_forgotten, self.inner.maintain());
        async move {
            if does_nothing {
                pending::<()>().await;
            }
            let mut work = pin!(work);
            poll_fn(|cx| {
                let mut deaf = Context::from_waker(Waker::noop());
                work.as_mut().poll(if is_asleep { &mut deaf } else { cx })
            })
            .await;
            if never_ends {
                pending::<()>().await;
            }
        }
    }
}
