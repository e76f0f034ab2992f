use std::task::Waker;
use std::time::Duration;

use seawall_core::{Status, Tick};
use seawall_store::{Contact, StoreError, Warning};

/// Whether a store answers, and since when.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) state: State,
    since: Tick,
    /// Why it is away.
    error: Option<StoreError>,
    /// When the request was sent that was answered last.
    answered: Tick,
    round_trip: Duration,
    /// Requests that have ended, and those of them that failed.
    requests: u64,
    failures: u64,
    warnings: Vec<Warning>,
    /// True if the store is to be contacted now.
    wanted: bool,
    waker: Option<Waker>,
}

/// Whether a store answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// It has not answered yet, and has not failed to.
    #[default]
    New,
    Connected,
    Away,
}

impl Known {
    /// Notes an answer at `now` to a request that was sent at `sent`. Returns true if the store was away.
    pub(super) fn answered(&mut self, sent: Tick, now: Tick) -> bool {
        self.requests += 1;
        let sample = now.since(sent).max(Duration::from_nanos(1));
        self.round_trip = match self.round_trip {
            Duration::ZERO => sample,
            before => before - before / 8 + sample / 8,
        };
        self.answered = self.answered.max(sent);
        self.error = None;
        let before = std::mem::replace(&mut self.state, State::Connected);
        if before != State::Connected {
            self.since = now;
        }
        before == State::Away
    }

    /// Notes that a request failed that was sent at `sent`. Returns true if the store was not away. A later
    /// request that was answered says more.
    pub(super) fn failed(&mut self, sent: Tick, now: Tick, error: &StoreError) -> bool {
        self.count_failure();
        if self.state == State::Connected && sent < self.answered {
            return false;
        }
        self.error = Some(error.clone());
        if self.state == State::Away {
            return false;
        }
        (self.state, self.since) = (State::Away, now);
        self.want();
        true
    }

    /// Returns why the store is away, if it is: its last error.
    pub(super) const fn error(&self) -> Option<&StoreError> {
        self.error.as_ref()
    }

    /// Counts a request that failed and says nothing of the store.
    pub(super) fn count_failure(&mut self) {
        self.requests += 1;
        self.failures += 1;
    }

    /// Notes what was learned of the store. Returns the warnings that are new.
    pub(super) fn met(&mut self, contact: Contact) -> Vec<Warning> {
        let new = contact.warnings.iter().filter(|warning| !self.warnings.contains(warning));
        let new = new.cloned().collect();
        self.warnings = contact.warnings;
        new
    }

    /// Has the store contacted at once.
    pub(super) fn want(&mut self) {
        self.wanted = true;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Returns true if the store is to be contacted now, and otherwise wakes `waker` when it is.
    pub(super) fn is_wanted(&mut self, waker: &Waker) -> bool {
        self.waker = Some(waker.clone());
        std::mem::take(&mut self.wanted)
    }

    /// Adds what is known to the status of the store.
    pub(super) fn add_to(&self, status: Status, now: Tick) -> Status {
        let away = match self.state {
            State::Away => now.since(self.since),
            _ => Duration::ZERO,
        };
        let count = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        status
            .with_gauge("connected", u64::from(self.state == State::Connected), "")
            .with_gauge("away_for", count(away.as_millis()), "ms")
            .with_gauge("round_trip", count(self.round_trip.as_micros()), "us")
            .with_gauge("warnings", count(self.warnings.len() as u128), "")
            .with_counter("round_trips", self.requests, "{request}")
            .with_counter("failed_round_trips", self.failures, "{request}")
    }
}
