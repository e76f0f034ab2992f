use std::collections::VecDeque;

use seawall_core::pool::{Manage, Order};

use crate::entry::Entry;

/// The idle resources, in the order in which they became idle.
pub(crate) struct IdleQueue<M: Manage>(VecDeque<Box<Entry<M>>>);

impl<M: Manage> IdleQueue<M> {
    pub(crate) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Takes the resource that is lent next.
    pub(crate) fn pop(&mut self, order: Order) -> Option<Box<Entry<M>>> {
        match order {
            Order::Lifo => self.0.pop_back(),
            Order::Fifo => self.0.pop_front(),
        }
    }

    /// Adds a resource. One that was just created is lent last: it is not known to work as well as those
    /// that were used.
    pub(crate) fn push(&mut self, mut entry: Box<Entry<M>>, order: Order) {
        if std::mem::take(&mut entry.is_new) && order == Order::Lifo {
            self.0.push_front(entry);
        } else {
            self.0.push_back(entry);
        }
    }

    /// Removes the first resource for which `which` returns a reason.
    pub(crate) fn remove<T>(
        &mut self,
        mut which: impl FnMut(&Entry<M>) -> Option<T>,
    ) -> Option<(Box<Entry<M>>, T)> {
        let mut found = None;
        let at = self.0.iter().position(|entry| {
            found = which(entry);
            found.is_some()
        })?;
        Some((self.0.remove(at)?, found?))
    }

    /// Removes all resources.
    pub(crate) fn take_all(&mut self) -> VecDeque<Box<Entry<M>>> {
        std::mem::take(&mut self.0)
    }
}
