use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{Pool, PoolBuilder};

use crate::numbers::{Numbers, SIZE};
use crate::peer::{Pairs, Tasks, hold_task};

#[derive(Clone)]
pub struct Raw(Pool<Numbers>);

impl Raw {
    pub fn new() -> Self {
        Self::of(Pool::builder(Numbers))
    }

    /// With timeouts for waiting, connecting and checking, as Seawall's pools have.
    pub fn with_timeouts() -> Self {
        let limit = Some(Duration::from_secs(30));
        let builder = Pool::builder(Numbers).runtime(Runtime::Tokio1);
        Self::of(builder.wait_timeout(limit).create_timeout(limit).recycle_timeout(limit))
    }

    fn of(builder: PoolBuilder<Numbers>) -> Self {
        Self(builder.max_size(SIZE as usize).build().expect("a pool"))
    }
}

impl Pairs for Raw {
    async fn pair(&self) -> bool {
        let Ok(mut one) = self.0.get().await else { return false };
        let Ok(mut other) = self.0.get().await else { return false };
        *one += 1;
        *other += 1;
        true
    }
}

impl Tasks for Raw {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(mut lent) = self.0.get().await else { return false };
        *lent += 1;
        hold_task::<HOLD>().await;
        true
    }
}
