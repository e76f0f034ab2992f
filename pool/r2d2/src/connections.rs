use std::fmt;
use std::sync::Arc;

use seawall_core::pool::Order;
use seawall_pool_kit::{Rack, Slot, Slots};

use crate::held::Held;
use crate::home::Home;
use crate::shelf::Shelf;

/// Stores the slots of a pool in an r2d2.
///
/// All background work of r2d2 is turned off, and all its slots are created with it, so nothing
/// ever waits in it. An r2d2 cannot grow: if more slots are needed, a larger one replaces it, and
/// lent slots move there when they are returned.
pub struct Connections<R: Send + 'static>(Arc<Home<R>>);

impl<R: Send + 'static> Rack for Connections<R> {
    type Resource = R;
    type Held = Held<R>;

    fn new(capacity: u32, order: Order, slots: Slots) -> Self {
        Self(Arc::new(Home::new(capacity, order, slots)))
    }

    async fn take(&self) -> Held<R> {
        let Some(held) = self.0.take() else { unreachable!("BUG: r2d2 has no slot left") };
        Held::new(held, Arc::clone(&self.0))
    }

    fn keep(held: Held<R>) {
        held.go_home();
    }

    fn discard(held: Held<R>) {
        held.go_home();
    }

    fn remove(&self, which: &mut dyn FnMut(&Slot<R>) -> bool) -> Vec<Slot<R>> {
        self.0.remove(which)
    }

    fn grow(&self, capacity: u32) {
        let larger = Shelf::new(capacity, self.0.slots());
        self.0.grow(larger);
    }
}

/// What is lent keeps r2d2 alive, and with it would keep what is idle.
impl<R: Send + 'static> Drop for Connections<R> {
    fn drop(&mut self) {
        drop(self.remove(&mut |_| true));
    }
}

impl<R: Send + 'static> fmt::Debug for Connections<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connections({:?})", self.0.state())
    }
}

#[cfg(test)]
mod tests;
