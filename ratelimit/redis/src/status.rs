use std::sync::atomic::Ordering;

use seawall_core::{KeyHash, KeyStatus, Status, Tick};

use crate::count::{Count, Which};
use crate::link::State;
use crate::shared::Shared;

impl Shared {
    /// Returns what calls without a key have left, what is leased, how the store is reached, and the
    /// statistics of all calls together.
    pub(crate) fn status(&self, now: Tick) -> Status {
        let unkeyed = self.unkeyed.look(1, now);
        let link = &self.link;
        let state = match link.state() {
            _ if !self.inbox.is_running() => "stopped",
            State::Away => "away",
            State::New => "connecting",
            State::Connected if unkeyed.is_allowed => "ready",
            State::Connected => "used_up",
        };
        let leased: u64 = self.counts().iter().map(|count| count.leased(now)).sum();
        let away = link.away_since().map_or(0, |since| now.since(since).as_millis());
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let status = Status::new(&self.layer, state)
            .with_retry_after(unkeyed.retry_after)
            .with_gauge("limit", unkeyed.limit, "{token}")
            .with_gauge("remaining", unkeyed.remaining, "{token}")
            .with_gauge("keys", self.keys.room().kept(), "{key}")
            .with_gauge("connected", u64::from(link.state() == State::Connected), "")
            .with_gauge("leased", leased, "{token}")
            .with_gauge("away_for", u64::try_from(away).unwrap_or(u64::MAX), "ms")
            .with_gauge("round_trip", micros(link.round_trip()), "us")
            .with_counter("round_trips", link.requests(), "{request}")
            .with_counter("failed_round_trips", link.failures(), "{request}")
            .with_counter("denied", count(&self.denied), "{call}")
            .with_counter("passed_without_store", count(&self.passed), "{call}");
        self.stats.add_to(status)
    }

    /// Returns what is left for a key that is not kept: all, as far as this instance knows.
    pub(crate) fn look_at_new(&self, key: Option<KeyHash>, cost: u32, now: Tick) -> KeyStatus {
        let which = key.map_or(Which::Unkeyed, Which::Key);
        let settings = self.settings();
        match settings.terms(key) {
            Ok(terms) => Count::new(0, which, self.unkeyed.name.clone(), terms).look(cost, now),
            Err(_) => self.unkeyed.look(cost, now),
        }
    }
}

fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
