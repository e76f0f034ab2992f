use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::pool::Manage;
use seawall_core::{Clock, Deadline, Driver, Tick};

use crate::caught::caught;
use crate::cut::Cut;
use crate::guard::{Attempt, Guard, NoConnection};
use crate::health::Health;
use crate::rack::Rack;
use crate::reason::Reason;
use crate::shared::Shared;
use crate::slot::Slot;
use crate::trouble::not_quietly;

/// The background work of a pool. Between two pieces of it, it does not keep the pool alive.
pub(crate) fn maintain<M: Manage, K: Rack<Resource = M::Resource>>(
    shared: &Arc<Shared<M, K>>,
    driver: Driver,
    guard: Guard,
) -> impl Future<Output = ()> + Send + 'static {
    let (pool, bell) = (Arc::downgrade(shared), Arc::clone(&shared.bell));
    async move {
        let clock = driver.clock();
        let (mut not_before, mut health) = (None, Health::default());
        loop {
            let Some(shared) = pool.upgrade() else { return };
            if shared.gate.is_closed() {
                return;
            }
            shared.close_old(clock).await;
            shared.connect_wanted(clock, &guard, &mut not_before).await;
            health.tell(&driver, &shared.layer, &shared.trouble);
            let look = shared.ages.look_every().map(|time| clock.now() + time);
            drop(shared);
            bell.wait(clock, look.into_iter().chain(not_before).min()).await;
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
    async fn connect_wanted(&self, clock: &Clock, guard: &Guard, not_before: &mut Option<Tick>) {
        while self.wants_more() {
            let now = clock.now();
            if not_before.is_some_and(|not_before| now < not_before) {
                return;
            }
            let Some(wait) = self.connect_one(clock, guard).await else { continue };
            *not_before = Some(clock.now() + wait);
            return;
        }
        *not_before = None;
    }

    /// How long to wait after a connect that failed.
    fn backoff(&self) -> Duration {
        let wait = self.options.connect_backoff.wait(self.trouble.failed_in_a_row());
        self.chance.shorten(wait, self.options.jitter_percent)
    }

    fn wants_more(&self) -> bool {
        let books = &self.ledger.books;
        let is_short =
            books.idle() < self.options.min_idle && books.size_soon() < self.ledger.max_size();
        (is_short || self.trouble.is_down()) && !self.gate.is_closed()
    }

    /// Makes a resource and leaves it idle. Or else: how long is it to wait until it tries again?
    async fn connect_one(&self, clock: &Clock, guard: &Guard) -> Option<Duration> {
        let Some(place) = self.try_place() else { return Some(self.backoff()) };
        let connecting = self.ledger.books.connecting();
        let stages = self.stages(Deadline::new(clock, Tick::MAX));
        let connect = async || {
            let create = not_quietly(&self.trouble, async { self.manager.create().await });
            match stages.run(Some(self.options.connect_timeout), pin!(create)).await {
                Ok(Ok(resource)) => Ok(resource),
                Ok(Err(error)) => Err(NoConnection::Failed(error)),
                Err(Cut::TooLong(_)) => Err(NoConnection::TooLong),
                Err(Cut::Closed) => Err(NoConnection::Closed),
            }
        };
        let attempt = caught(guard.attempt(connect)).await;
        drop(connecting);
        match attempt {
            Some(Attempt::Made(resource)) => {
                self.trouble.connected();
                let mut slot = Slot::empty(&self.ledger);
                slot.fill(resource, self.ages.of_new(clock, &self.chance));
                let most = self.ledger.most(|| self.gate.has_queue());
                if slot.come_back(most, || clock.now()) {
                    self.stash.push(slot);
                }
                drop(place);
                return None;
            }
            Some(Attempt::Not(NoConnection::Failed(error))) => {
                self.trouble.not_connected(Some(Arc::new(error)));
            }
            Some(Attempt::Not(NoConnection::TooLong)) => self.trouble.not_connected(None),
            Some(Attempt::PutOff(Some(wait))) => return Some(wait),
            Some(Attempt::PutOff(None) | Attempt::Not(NoConnection::Closed)) | None => {}
        }
        Some(self.backoff())
    }
}
