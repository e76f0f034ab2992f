use std::fmt;
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bb8::QueueStrategy;
use seawall_core::pool::Order;
use seawall_pool_kit::{Aside, Rack, Slot, Slots};

use crate::held::{Empty, Held};
use crate::moment::{at_once, prepare};

/// Stores the slots of a pool in a bb8.
///
/// All background work of bb8 is turned off: it has no reaper, tests nothing, connects to nothing
/// and has no size limit. Nothing ever waits in it, since it is asked only while it has a slot.
pub struct Connections<R: Send + 'static> {
    pool: bb8::Pool<Empty<R>>,
    /// bb8 cannot be looked through. Locked by who takes anything out of it, so that what it has does
    /// not become less meanwhile.
    aside: Mutex<Aside<Held<R>>>,
    slots: Slots,
}

/// So long bb8 would wait, if anybody did: for ever.
const FOR_EVER: Duration = Duration::MAX;

impl<R: Send + 'static> Connections<R> {
    fn lock(&self) -> MutexGuard<'_, Aside<Held<R>>> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came back last of all that bb8 has. For who has the lock: had bb8 nothing any more, it
    /// would start a task that connects.
    fn pop(&self) -> Option<Held<R>> {
        if self.pool.state().idle_connections == 0 {
            return None;
        }
        at_once(self.pool.get_owned())?.ok().map(Held::of_bb8)
    }
}

impl<R: Send + 'static> Rack for Connections<R> {
    type Resource = R;
    type Held = Held<R>;

    fn new(_capacity: u32, order: Order, slots: Slots) -> Self {
        prepare();
        let builder = bb8::Pool::builder()
            .max_size(u32::MAX)
            .min_idle(0)
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_timeout(FOR_EVER)
            .retry_connection(false)
            .queue_strategy(QueueStrategy::Lifo);
        let pool = builder.build_unchecked(Empty { slots: slots.clone(), resource: PhantomData });
        Self { pool, aside: Mutex::new(Aside::new(order)), slots }
    }

    async fn take(&self) -> Held<R> {
        let held = self.lock().take(|| self.pop());
        held.unwrap_or_else(|| Held::new(self.slots.empty(), self.pool.clone()))
    }

    fn keep(held: Held<R>) {
        held.end();
    }

    fn discard(held: Held<R>) {
        held.end();
    }

    fn remove(&self, which: &mut dyn FnMut(&Slot<R>) -> bool) -> Vec<Slot<R>> {
        self.lock().remove(|| self.pop(), which, &self.slots)
    }

    fn grow(&self, _capacity: u32) {}
}

/// What is lent keeps bb8 alive, and with it would keep what is idle.
impl<R: Send + 'static> Drop for Connections<R> {
    fn drop(&mut self) {
        drop(self.remove(&mut |_| true));
    }
}

impl<R: Send + 'static> fmt::Debug for Connections<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connections({:?})", self.pool.state())
    }
}
