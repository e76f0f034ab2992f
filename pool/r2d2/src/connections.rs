use std::fmt;
use std::sync::Arc;

use seawall_core::pool::Order;
use seawall_pool_kit::{Rack, Slot, Slots};

use crate::held::Held;
use crate::home::Home;
use crate::shelf::Shelf;

/// An r2d2, as the rack of a pool.
///
/// All that it would do by itself is off, and all the slots that it may have are made with it, so that
/// nobody waits in it. It cannot be made larger: where there have to be more slots, a larger one takes
/// its place, and what is lent moves there as it comes back.
pub struct Connections<R: Send + 'static>(Arc<Home<R>>);

impl<R: Send + 'static> Rack for Connections<R> {
    type Resource = R;
    type Held = Held<R>;

    fn new(capacity: u32, order: Order, slots: Slots) -> Self {
        Self(Arc::new(Home::new(capacity, order, slots)))
    }

    async fn take(&self) -> Held<R> {
        let Some(held) = self.0.take() else {
            unreachable!("r2d2 has a slot for each place that there is")
        };
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
