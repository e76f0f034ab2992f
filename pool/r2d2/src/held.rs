use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use r2d2::PooledConnection;
use seawall_pool_kit::Slot;

use crate::empty::Empty;
use crate::home::Home;

/// A slot that was taken from the rack.
pub struct Held<R: Send + 'static> {
    connection: PooledConnection<Empty<R>>,
    home: Arc<Home<R>>,
}

impl<R: Send + 'static> Held<R> {
    pub(crate) const fn new(connection: PooledConnection<Empty<R>>, home: Arc<Home<R>>) -> Self {
        Self { connection, home }
    }

    /// Back to where it is from, and from there to where it should be by now.
    pub(crate) fn go_home(self) {
        drop(self.connection);
        self.home.take_in();
    }
}

impl<R: Send + 'static> Deref for Held<R> {
    type Target = Slot<R>;

    fn deref(&self) -> &Slot<R> {
        &self.connection
    }
}

impl<R: Send + 'static> DerefMut for Held<R> {
    fn deref_mut(&mut self) -> &mut Slot<R> {
        &mut self.connection
    }
}

impl<R: Send + 'static> fmt::Debug for Held<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Slot::fmt(self, f)
    }
}
