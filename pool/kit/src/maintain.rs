use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use seawall_core::pool::Manage;
use seawall_core::{Clock, Deadline, Tick};

use crate::caught::caught;
use crate::cut::{Cut, Stages};
use crate::rack::Rack;
use crate::reason::Reason;
use crate::shared::Shared;
use crate::slot::Slot;
use crate::trouble::not_quietly;

/// The background work of a pool. Between two pieces of it, it does not keep the pool alive.
pub(crate) fn maintain<M: Manage, K: Rack<Resource = M::Resource>>(
    shared: &Arc<Shared<M, K>>,
    clock: Clock,
) -> impl Future<Output = ()> + Send + 'static {
    let (pool, bell) = (Arc::downgrade(shared), Arc::clone(&shared.bell));
    async move {
        let mut not_before = None;
        loop {
            let Some(shared) = pool.upgrade() else { return };
            if shared.ledger.gate.is_closed() {
                return;
            }
            shared.close_old(&clock).await;
            shared.connect_wanted(&clock, &mut not_before).await;
            let look = shared.ages.look_every().map(|time| clock.now() + time);
            drop(shared);
            bell.wait(&clock, look.into_iter().chain(not_before).min()).await;
        }
    }
}

impl<M: Manage, K: Rack<Resource = M::Resource>> Shared<M, K> {
    /// Closes what is too old, one after the other, each in its place.
    async fn close_old(&self, clock: &Clock) {
        if !self.ages.matter() {
            return;
        }
        while let Some(_place) = self.try_place() {
            let Some((mut slot, reason)) = self.take_old(clock.now()) else { return };
            self.close_well(&mut slot, reason, clock).await;
        }
    }

    /// Takes out one that is too old.
    fn take_old(&self, now: Tick) -> Option<(Slot<M::Resource>, Reason)> {
        let mut found = None;
        let which = |slot: &Slot<_>| {
            let is_first = found.is_none();
            found = found.or_else(|| slot.age().is_over(now));
            is_first && found.is_some()
        };
        let mut slot = self.remove(which).pop()?;
        let reason = found?;
        slot.borrow(reason);
        Some((slot, reason))
    }

    /// Closes what is in a borrowed slot as its manager likes it, which has so long for that.
    pub(crate) async fn close_well(
        &self,
        slot: &mut Slot<M::Resource>,
        reason: Reason,
        clock: &Clock,
    ) {
        let Some((resource, leaving)) = slot.take_out(reason) else { return };
        let deadline = Deadline::new(clock, clock.now() + self.options.close_timeout);
        let close = caught(async { self.manager.close(resource).await });
        // Too long or panicked, it was dropped.
        let _ended = deadline.cut(close).await;
        drop(leaving);
    }

    /// Connects as long as there are too few, and nobody who waits is in the way; not before the
    /// time that the last failure left.
    async fn connect_wanted(&self, clock: &Clock, not_before: &mut Option<Tick>) {
        while self.wants_more() {
            let now = clock.now();
            if not_before.is_some_and(|not_before| now < not_before) {
                return;
            }
            if !self.connect_one(clock).await {
                let failures = self.trouble.failed_in_a_row();
                let wait = self.options.connect_backoff.wait(failures);
                let wait = self.chance.shorten(wait, self.options.jitter_percent);
                *not_before = Some(clock.now() + wait);
                return;
            }
        }
        *not_before = None;
    }

    fn wants_more(&self) -> bool {
        let books = &self.ledger.books;
        let is_short =
            books.idle() < self.options.min_idle && books.size_soon() < self.ledger.max_size();
        (is_short || self.trouble.is_down()) && !self.ledger.gate.is_closed()
    }

    /// Makes a resource and leaves it idle. Is there one now?
    async fn connect_one(&self, clock: &Clock) -> bool {
        let Some(place) = self.try_place() else { return false };
        let connecting = self.ledger.books.connecting();
        let stages = Stages { deadline: Deadline::new(clock, Tick::MAX), ledger: &self.ledger };
        let create = not_quietly(&self.trouble, async { self.manager.create().await });
        let limit = Some(self.options.connect_timeout);
        let created = caught(async { stages.run(limit, pin!(create)).await }).await;
        drop(connecting);
        match created {
            Some(Ok(Ok(resource))) => {
                self.trouble.connected();
                let mut slot = Slot::empty(&self.ledger);
                slot.fill(resource, self.ages.of_new(clock, &self.chance));
                if slot.come_back(|| clock.now()) {
                    self.stash.push(slot);
                }
                drop(place);
                true
            }
            Some(Ok(Err(error))) => {
                self.trouble.not_connected(Some(Arc::new(error)));
                false
            }
            Some(Err(Cut::TooLong(_))) => {
                self.trouble.not_connected(None);
                false
            }
            Some(Err(Cut::Closed)) | None => false,
        }
    }
}
