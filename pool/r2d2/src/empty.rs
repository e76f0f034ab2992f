use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use r2d2::ManageConnection;
use seawall_pool_kit::{Slot, Slots};

/// Makes slots with nothing in them, and finds all that comes back good: the pool fills and checks
/// them. Where there is a larger r2d2 now, an empty slot that comes back is broken, and goes.
pub(crate) struct Empty<R> {
    slots: Slots,
    is_outgrown: Arc<AtomicBool>,
    resource: PhantomData<fn() -> R>,
}

impl<R> Empty<R> {
    pub(crate) fn new(slots: Slots, is_outgrown: Arc<AtomicBool>) -> Self {
        Self { slots, is_outgrown, resource: PhantomData }
    }
}

impl<R: Send + 'static> ManageConnection for Empty<R> {
    type Connection = Slot<R>;
    type Error = Infallible;

    fn connect(&self) -> Result<Slot<R>, Infallible> {
        Ok(self.slots.empty())
    }

    fn is_valid(&self, _: &mut Slot<R>) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, slot: &mut Slot<R>) -> bool {
        slot.is_empty() && self.is_outgrown.load(Ordering::Relaxed)
    }
}
