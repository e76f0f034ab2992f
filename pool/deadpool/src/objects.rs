use std::convert::Infallible;
use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, QueueMode, RecycleResult, Timeouts};
use seawall_core::pool::Order;
use seawall_pool_kit::{Rack, Slot, Slots};

/// Stores the slots of a pool in a deadpool.
///
/// The deadpool has no timeouts, so it needs no runtime. Nothing ever waits in it, since it never
/// holds more slots than it has room for. It is never made smaller, because a deadpool that shrinks
/// and grows again counts room that is still in use as free.
pub struct Objects<R: Send + 'static>(managed::Pool<Empty<R>>);

/// Creates empty slots and accepts every returned slot: the pool fills and checks them.
pub struct Empty<R> {
    slots: Slots,
    resource: std::marker::PhantomData<fn() -> R>,
}

impl<R: Send + 'static> managed::Manager for Empty<R> {
    type Type = Slot<R>;
    type Error = Infallible;

    async fn create(&self) -> Result<Slot<R>, Infallible> {
        Ok(self.slots.empty())
    }

    async fn recycle(&self, _: &mut Slot<R>, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

/// Takes a place that is free, which there is. To join the queue for one would ask Tokio's scheduler,
/// which may put a task off although it need not wait.
const AT_ONCE: Timeouts = Timeouts { wait: Some(Duration::ZERO), create: None, recycle: None };

impl<R: Send + 'static> Rack for Objects<R> {
    type Resource = R;
    type Held = Object<Empty<R>>;

    fn new(capacity: u32, order: Order, slots: Slots) -> Self {
        let order = match order {
            Order::Lifo => QueueMode::Lifo,
            Order::Fifo => QueueMode::Fifo,
        };
        let empty = Empty { slots, resource: std::marker::PhantomData };
        let builder = managed::Pool::builder(empty).max_size(size(capacity)).queue_mode(order);
        Self(builder.build().expect("a pool without timeouts needs no runtime"))
    }

    async fn take(&self) -> Object<Empty<R>> {
        match self.0.timeout_get(&AT_ONCE).await {
            Ok(object) => object,
            Err(error) => unreachable!("BUG: deadpool has no slot left: {error}"),
        }
    }

    fn keep(held: Object<Empty<R>>) {
        drop(held);
    }

    fn discard(held: Object<Empty<R>>) {
        drop(Object::take(held));
    }

    fn remove(&self, which: &mut dyn FnMut(&Slot<R>) -> bool) -> Vec<Slot<R>> {
        self.0.retain(|slot, _| !which(slot)).removed
    }

    fn grow(&self, capacity: u32) {
        self.0.resize(size(capacity));
    }
}

fn size(capacity: u32) -> usize {
    usize::try_from(capacity).unwrap_or(usize::MAX)
}

impl<R: Send + 'static> std::fmt::Debug for Objects<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Objects({:?})", self.0.status())
    }
}
