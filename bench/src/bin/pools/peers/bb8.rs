use bb8::Pool;

use crate::numbers::{Numbers, SIZE};
use crate::peer::{Pairs, Tasks, hold_task};

/// With default settings: it checks what it lends, times out after 30 seconds, and tracks ages.
#[derive(Clone)]
pub struct Raw(Pool<Numbers>);

impl Raw {
    pub async fn new() -> Self {
        Self(Pool::builder().max_size(SIZE).build(Numbers).await.expect("a pool"))
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
