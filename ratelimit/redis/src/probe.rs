use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Clock, Deadline, Tick};
use seawall_store::tokens::{Lease, LeaseReply, TOKENS};
use seawall_store::{Contact, Random, StoreError, StoreErrorKind};

use crate::Away;
use crate::shared::Shared;

/// The requests that find out whether the store answers. They ask for nothing, so that they change nothing.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    at: Tick,
    failures: u32,
    is_under_way: bool,
    is_reported: bool,
}

/// A probe that has ended.
pub(crate) struct Probed {
    pub(crate) sent: Tick,
    pub(crate) result: Result<(Contact, LeaseReply), StoreError>,
}

/// The time between failed probes, which doubles up to the maximum.
const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_millis(500);
/// The time that a probe may take.
const TIMEOUT: Duration = Duration::from_secs(1);

impl Probes {
    pub(crate) fn is_due(&self, now: Tick) -> bool {
        !self.is_under_way && self.at <= now
    }

    /// Returns when the next is due.
    pub(crate) fn next(&self) -> Tick {
        if self.is_under_way { Tick::MAX } else { self.at }
    }

    pub(crate) fn begin(&mut self) {
        self.is_under_way = true;
    }

    pub(crate) fn succeeded(&mut self) {
        (self.is_under_way, self.failures) = (false, 0);
    }

    pub(crate) fn failed(&mut self, now: Tick, random: &mut Random) {
        self.is_under_way = false;
        self.failures = self.failures.saturating_add(1);
        self.put_off(now, random);
    }

    /// Notes that the store was reported as away, and puts the next probe off.
    pub(crate) fn report(&mut self, now: Tick, random: &mut Random) {
        self.is_reported = true;
        if !self.is_under_way {
            self.put_off(now, random);
        }
    }

    /// Returns true if the store was reported as away, and does not count as that any more.
    pub(crate) fn reported(&mut self) -> bool {
        std::mem::take(&mut self.is_reported)
    }

    fn put_off(&mut self, now: Tick, random: &mut Random) {
        let doublings = self.failures.saturating_sub(1).min(8);
        let wait = (FIRST * (1 << doublings)).min(LONGEST);
        self.at = now + wait.mul_f64(random.between(0.75, 1.25));
    }
}

/// Returns the future of a probe.
pub(crate) fn send(
    shared: &Arc<Shared>,
    clock: &Clock,
    now: Tick,
) -> impl Future<Output = Probed> + Send + use<> {
    let (store, name) = (Arc::clone(&shared.store), shared.unkeyed.name.clone());
    let (clock, rule) = (clock.clone(), shared.settings().rule.clone());
    async move {
        let mut sent = now;
        let ask = async {
            let rate = rule.rate();
            let contact = store.contact().await?;
            let rate = rate.map_err(|invalid| {
                StoreError::new(StoreErrorKind::Unsuitable, store.place(), invalid.to_string())
            })?;
            let lease = Lease { shares: rule.away == Away::LocalShare, ..Lease::new(rate) };
            sent = clock.now();
            let reply = store.run(&TOKENS, &name, &lease.arguments()).await?;
            let reply = LeaseReply::read(&reply, &lease)
                .ok_or_else(|| StoreError::garbled(store.place()))?;
            Ok((contact, reply))
        };
        let result = Deadline::new(&clock, now + TIMEOUT).cut(ask).await;
        let result = result.unwrap_or_else(|| Err(StoreError::timed_out(store.place())));
        Probed { sent, result }
    }
}
