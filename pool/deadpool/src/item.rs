use std::fmt;
use std::ops::{Deref, DerefMut};

use deadpool::managed::Object;
use seawall_core::pool::Manage;

use crate::adapter::Adapter;
use crate::slot::Reason;

/// A resource on its way from the pool to the driver and back. Dropped on that way, it is closed.
pub struct Item<M: Manage>(Option<Object<Adapter<M>>>);

impl<M: Manage> Item<M> {
    pub(crate) fn new(object: Object<Adapter<M>>) -> Self {
        Self(Some(object))
    }

    /// Lets the next one have it.
    pub(crate) fn give_back(mut self) {
        if let Some(mut object) = self.0.take() {
            object.come_back();
            drop(object);
        }
    }

    /// Closes the resource, then frees its place.
    pub(crate) fn close(mut self, reason: Reason) {
        self.end(reason);
    }

    fn end(&mut self, reason: Reason) {
        if let Some(mut object) = self.0.take() {
            object.close(reason);
            drop(Object::take(object));
        }
    }
}

const GONE: &str = "an item leaves only as it is checked in";

impl<M: Manage> Deref for Item<M> {
    type Target = M::Resource;

    fn deref(&self) -> &M::Resource {
        self.0.as_ref().expect(GONE).get()
    }
}

impl<M: Manage> DerefMut for Item<M> {
    fn deref_mut(&mut self) -> &mut M::Resource {
        self.0.as_mut().expect(GONE).get_mut()
    }
}

impl<M: Manage> Drop for Item<M> {
    fn drop(&mut self) {
        self.end(Reason::Abandoned);
    }
}

impl<M: Manage> fmt::Debug for Item<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Item")
    }
}
