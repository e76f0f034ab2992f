use std::fmt;
use std::ops::{Deref, DerefMut};

use seawall_pool_kit::{Rack, Slot};

/// A slot that was taken off an [`AnyRack`](crate::AnyRack).
pub struct AnyHeld<R: Send + 'static>(pub(super) Of<R>);

pub(super) enum Of<R: Send + 'static> {
    #[cfg(feature = "pool-deadpool")]
    Deadpool(<seawall_pool_deadpool::Objects<R> as Rack>::Held),
    #[cfg(feature = "pool-r2d2")]
    R2d2(<seawall_pool_r2d2::Connections<R> as Rack>::Held),
    #[cfg(feature = "pool-bb8")]
    Bb8(<seawall_pool_bb8::Connections<R> as Rack>::Held),
}

impl<R: Send + 'static> Deref for AnyHeld<R> {
    type Target = Slot<R>;

    fn deref(&self) -> &Slot<R> {
        match &self.0 {
            #[cfg(feature = "pool-deadpool")]
            Of::Deadpool(held) => held,
            #[cfg(feature = "pool-r2d2")]
            Of::R2d2(held) => held,
            #[cfg(feature = "pool-bb8")]
            Of::Bb8(held) => held,
        }
    }
}

impl<R: Send + 'static> DerefMut for AnyHeld<R> {
    fn deref_mut(&mut self) -> &mut Slot<R> {
        match &mut self.0 {
            #[cfg(feature = "pool-deadpool")]
            Of::Deadpool(held) => held,
            #[cfg(feature = "pool-r2d2")]
            Of::R2d2(held) => held,
            #[cfg(feature = "pool-bb8")]
            Of::Bb8(held) => held,
        }
    }
}

impl<R: Send + 'static> fmt::Debug for AnyHeld<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Slot::fmt(self, f)
    }
}
