use std::fmt;

use seawall_core::pool::Order;
use seawall_pool_kit::{Rack, Slot, Slots};

use super::held::{AnyHeld, Of};
use crate::build::Kind;

/// The rack of any of the backends, so that a pool is of one type whatever its settings say.
///
/// Made in code, by [`Pool::new`](seawall_pool_kit::Pool::new), it is of the first backend that is
/// compiled in: deadpool, r2d2, bb8.
pub struct AnyRack<R: Send + 'static>(Any<R>);

enum Any<R: Send + 'static> {
    #[cfg(feature = "pool-deadpool")]
    Deadpool(seawall_pool_deadpool::Objects<R>),
    #[cfg(feature = "pool-r2d2")]
    R2d2(seawall_pool_r2d2::Connections<R>),
    #[cfg(feature = "pool-bb8")]
    Bb8(seawall_pool_bb8::Connections<R>),
}

/// What `$act` gives for the rack there is.
macro_rules! any {
    ($any:expr, $rack:ident => $act:expr) => {
        match $any {
            #[cfg(feature = "pool-deadpool")]
            Any::Deadpool($rack) => $act,
            #[cfg(feature = "pool-r2d2")]
            Any::R2d2($rack) => $act,
            #[cfg(feature = "pool-bb8")]
            Any::Bb8($rack) => $act,
        }
    };
}

#[cfg(feature = "pool-deadpool")]
const FIRST: Kind = Kind::Deadpool;
#[cfg(all(feature = "pool-r2d2", not(feature = "pool-deadpool")))]
const FIRST: Kind = Kind::R2d2;
#[cfg(not(any(feature = "pool-r2d2", feature = "pool-deadpool")))]
const FIRST: Kind = Kind::Bb8;

impl<R: Send + 'static> AnyRack<R> {
    pub(crate) fn of(kind: Kind, capacity: u32, order: Order, slots: Slots) -> Self {
        Self(match kind {
            #[cfg(feature = "pool-deadpool")]
            Kind::Deadpool => Any::Deadpool(Rack::new(capacity, order, slots)),
            #[cfg(feature = "pool-r2d2")]
            Kind::R2d2 => Any::R2d2(Rack::new(capacity, order, slots)),
            #[cfg(feature = "pool-bb8")]
            Kind::Bb8 => Any::Bb8(Rack::new(capacity, order, slots)),
        })
    }
}

impl<R: Send + 'static> Rack for AnyRack<R> {
    type Resource = R;
    type Held = AnyHeld<R>;

    fn new(capacity: u32, order: Order, slots: Slots) -> Self {
        Self::of(FIRST, capacity, order, slots)
    }

    async fn take(&self) -> AnyHeld<R> {
        AnyHeld(match &self.0 {
            #[cfg(feature = "pool-deadpool")]
            Any::Deadpool(rack) => Of::Deadpool(rack.take().await),
            #[cfg(feature = "pool-r2d2")]
            Any::R2d2(rack) => Of::R2d2(rack.take().await),
            #[cfg(feature = "pool-bb8")]
            Any::Bb8(rack) => Of::Bb8(rack.take().await),
        })
    }

    fn keep(held: AnyHeld<R>) {
        match held.0 {
            #[cfg(feature = "pool-deadpool")]
            Of::Deadpool(held) => seawall_pool_deadpool::Objects::keep(held),
            #[cfg(feature = "pool-r2d2")]
            Of::R2d2(held) => seawall_pool_r2d2::Connections::keep(held),
            #[cfg(feature = "pool-bb8")]
            Of::Bb8(held) => seawall_pool_bb8::Connections::keep(held),
        }
    }

    fn discard(held: AnyHeld<R>) {
        match held.0 {
            #[cfg(feature = "pool-deadpool")]
            Of::Deadpool(held) => seawall_pool_deadpool::Objects::discard(held),
            #[cfg(feature = "pool-r2d2")]
            Of::R2d2(held) => seawall_pool_r2d2::Connections::discard(held),
            #[cfg(feature = "pool-bb8")]
            Of::Bb8(held) => seawall_pool_bb8::Connections::discard(held),
        }
    }

    fn remove(&self, which: &mut dyn FnMut(&Slot<R>) -> bool) -> Vec<Slot<R>> {
        any!(&self.0, rack => rack.remove(which))
    }

    fn grow(&self, capacity: u32) {
        any!(&self.0, rack => rack.grow(capacity));
    }
}

impl<R: Send + 'static> fmt::Debug for AnyRack<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            #[cfg(feature = "pool-deadpool")]
            Any::Deadpool(_) => "deadpool: ",
            #[cfg(feature = "pool-r2d2")]
            Any::R2d2(_) => "r2d2: ",
            #[cfg(feature = "pool-bb8")]
            Any::Bb8(_) => "bb8: ",
        })?;
        any!(&self.0, rack => rack.fmt(f))
    }
}
