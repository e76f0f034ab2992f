use r2d2::Pool;

use crate::numbers::{Numbers, SIZE};
use crate::peer::{Threads, hold_thread};

/// With default settings: it checks what it lends, times out after 30 seconds, and tracks ages.
#[derive(Clone)]
pub struct Raw(Pool<Numbers>);

impl Raw {
    pub fn new() -> Self {
        Self(Pool::builder().max_size(SIZE).build(Numbers).expect("a pool"))
    }
}

impl Threads for Raw {
    fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(mut lent) = self.0.get() else { return false };
        *lent += 1;
        hold_thread::<HOLD>();
        true
    }
}
