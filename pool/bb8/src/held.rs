use std::convert::Infallible;
use std::fmt;
use std::ops::{Deref, DerefMut};

use bb8::{ManageConnection, PooledConnection};
use seawall_pool_kit::{Slot, Slots};

/// Finds all that is full good, and all that is empty broken: the pool fills and checks slots.
pub(crate) struct Empty<R> {
    pub(crate) slots: Slots,
    pub(crate) resource: std::marker::PhantomData<fn() -> R>,
}

impl<R: Send + 'static> ManageConnection for Empty<R> {
    type Connection = Slot<R>;
    type Error = Infallible;

    async fn connect(&self) -> Result<Slot<R>, Infallible> {
        Ok(self.slots.empty())
    }

    async fn is_valid(&self, _: &mut Slot<R>) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, slot: &mut Slot<R>) -> bool {
        slot.is_empty()
    }
}

/// A slot that was taken from the rack: one of bb8's, or a new one that bb8 receives when it is
/// kept.
pub struct Held<R: Send + 'static>(Of<R>);

enum Of<R: Send + 'static> {
    Bb8(PooledConnection<'static, Empty<R>>),
    Nobody(Slot<R>, bb8::Pool<Empty<R>>),
}

impl<R: Send + 'static> Held<R> {
    pub(crate) const fn of_bb8(connection: PooledConnection<'static, Empty<R>>) -> Self {
        Self(Of::Bb8(connection))
    }

    pub(crate) const fn new(slot: Slot<R>, pool: bb8::Pool<Empty<R>>) -> Self {
        Self(Of::Nobody(slot, pool))
    }

    /// Gives a full slot to bb8, and drops an empty one.
    pub(crate) fn end(self) {
        match self.0 {
            Of::Bb8(connection) => drop(connection),
            // bb8 has room for as many as can be counted, and gives back what it does not take; then
            // it is closed as it is dropped.
            Of::Nobody(slot, pool) => drop(pool.add(slot)),
        }
    }
}

impl<R: Send + 'static> Deref for Held<R> {
    type Target = Slot<R>;

    fn deref(&self) -> &Slot<R> {
        match &self.0 {
            Of::Bb8(connection) => connection,
            Of::Nobody(slot, _) => slot,
        }
    }
}

impl<R: Send + 'static> DerefMut for Held<R> {
    fn deref_mut(&mut self) -> &mut Slot<R> {
        match &mut self.0 {
            Of::Bb8(connection) => connection,
            Of::Nobody(slot, _) => slot,
        }
    }
}

impl<R: Send + 'static> fmt::Debug for Held<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Slot::fmt(self, f)
    }
}
