use seawall_core::pool::Manage;
use seawall_core::{Clock, Tick};

use crate::place::Place;
use crate::rack::Rack;
use crate::shared::Shared;

/// A wait for a place, which is told to the books when it is over.
pub(crate) struct Wait<'s, 'c, M: Manage, K: Rack<Resource = M::Resource>> {
    shared: &'s Shared<M, K>,
    clock: &'c Clock,
    since: Option<Tick>,
    is_in_vain: bool,
}

impl<'s, 'c, M: Manage, K: Rack<Resource = M::Resource>> Wait<'s, 'c, M, K> {
    /// It began just `now`.
    pub(crate) fn begin(shared: &'s Shared<M, K>, clock: &'c Clock, now: Tick) -> Self {
        Self { shared, clock, since: Some(now), is_in_vain: true }
    }

    /// It has come to a place.
    pub(crate) fn place(mut self) -> Place<'s, M, K> {
        self.is_in_vain = false;
        Place::new(self.shared)
    }

    /// It was refused at once.
    pub(crate) fn was_none(mut self) {
        self.since = None;
    }
}

impl<M: Manage, K: Rack<Resource = M::Resource>> Drop for Wait<'_, '_, M, K> {
    fn drop(&mut self) {
        let Self { shared, clock, since, is_in_vain } = *self;
        if let Some(since) = since {
            shared.ledger.books.waited(clock.now().since(since));
        }
        if is_in_vain {
            // It may have been why overflow was kept, and may have been given what it never took.
            shared.trim();
            if shared.gate.is_closed() {
                shared.clear_closed();
            }
        }
    }
}
