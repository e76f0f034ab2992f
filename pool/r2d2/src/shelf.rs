use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use r2d2::{NopErrorHandler, PooledConnection};
use seawall_pool_kit::Slots;

use crate::empty::Empty;
use crate::worker::worker;

/// An r2d2 with all the slots that it will ever have. Those with something in them are on its stack.
pub(crate) struct Shelf<R: Send + 'static> {
    pool: r2d2::Pool<Empty<R>>,
    /// Empty slots, taken off the stack so that they are not in the way there.
    spare: Vec<PooledConnection<Empty<R>>>,
    is_outgrown: Arc<AtomicBool>,
}

impl<R: Send + 'static> Shelf<R> {
    /// With `capacity` slots. Waits until r2d2's thread has made them, so that nobody has to later.
    pub(crate) fn new(capacity: u32, slots: &Slots) -> Self {
        let is_outgrown = Arc::new(AtomicBool::new(false));
        let pool = r2d2::Pool::builder()
            .max_size(capacity)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .error_handler(Box::new(NopErrorHandler))
            .thread_pool(worker())
            .build_unchecked(Empty::new(slots.clone(), Arc::clone(&is_outgrown)));
        let size = usize::try_from(capacity).unwrap_or(usize::MAX);
        let mut spare = Vec::with_capacity(size);
        // Asks for all of them, then waits.
        spare.extend((0..size).filter_map(|_| pool.get_timeout(Duration::ZERO).ok()));
        while spare.len() < size {
            spare.extend(pool.get().ok());
        }
        Self { pool, spare, is_outgrown }
    }

    /// The full slot that came back last. For who alone takes any.
    pub(crate) fn pop(&mut self) -> Option<PooledConnection<Empty<R>>> {
        loop {
            let held = self.pool.try_get()?;
            if !held.is_empty() {
                return Some(held);
            }
            self.spare.push(held);
        }
    }

    /// An empty slot. There may be more of them on the stack, unless all has been popped.
    pub(crate) fn spare(&mut self) -> Option<PooledConnection<Empty<R>>> {
        self.spare.pop()
    }

    /// From now on all slots go as they come back empty.
    pub(crate) fn outgrow(&mut self) {
        self.is_outgrown.store(true, Ordering::Relaxed);
        self.spare.clear();
    }

    /// Moves all that has come back full to `larger`, in the order in which it came back.
    ///
    /// There is a spare slot for each: one is lent only when nothing is idle, and all that is lent
    /// has a place, of which there are no more than `larger` has slots.
    pub(crate) fn move_to(&mut self, larger: &mut Self) {
        let back: Vec<_> = std::iter::from_fn(|| self.pop()).collect();
        for mut from in back.into_iter().rev() {
            let Some(mut to) = larger.spare() else { return };
            std::mem::swap(&mut *from, &mut *to);
            // One is dropped onto the stack, the other goes.
        }
        self.spare.clear();
    }

    pub(crate) fn has_slots(&self) -> bool {
        self.pool.state().connections > 0
    }

    pub(crate) fn state(&self) -> r2d2::State {
        self.pool.state()
    }
}
