use std::sync::Arc;
use std::time::Duration;

use seawall_core::Tick;
use seawall_store::tokens::{LeaseReply, Rate, share};
use seawall_store::{Contact, StoreError};

use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering, lock};

/// What an instance knows of its store: whether it answers, how quickly, what its clock shows, and which share
/// of the rate the instance may use without it.
#[derive(Debug)]
pub(crate) struct Link {
    state: AtomicU64,
    /// In nanoseconds; zero before the first answer.
    round_trip: AtomicU64,
    requests: AtomicU64,
    failures: AtomicU64,
    /// Identifies the instance to the store.
    pub(crate) member: u64,
    known: Mutex<Known>,
}

/// Whether the store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not answered yet, and has not failed to.
    New,
    Connected,
    Away,
}

const STATES: [State; 3] = [State::New, State::Connected, State::Away];

#[derive(Debug, Default)]
struct Known {
    since: Tick,
    error: Option<Arc<StoreError>>,
    contact: Option<Contact>,
    recovery: Option<Recovery>,
    time: Option<StoreTime>,
    share: Share,
}

/// The end of a time without the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recovery {
    pub(crate) at: Tick,
    /// How long the store was away.
    pub(crate) outage: Duration,
}

/// The store's clock: it showed `micros` at some time between `from` and `at` of the local clock.
#[derive(Clone, Copy, Debug)]
struct StoreTime {
    micros: f64,
    from: Tick,
    at: Tick,
}

/// The share of the rate that the instance may use without the store.
#[derive(Debug)]
struct Share {
    weight: f64,
    /// The share that the last request said the instance could still use. The store keeps the larger of
    /// both for it.
    held: f64,
    /// When the last request that was answered was sent.
    confirmed: Tick,
    /// When the store can last have carried out a request with which the instance gives up its share.
    latest: Tick,
    /// When the next token is there.
    next: Tick,
}

impl Default for Share {
    fn default() -> Self {
        Self { weight: 0.0, held: 0.0, confirmed: Tick::ZERO, latest: Tick::MAX, next: Tick::ZERO }
    }
}

/// Clocks of the store and of the instance may differ by this much over the time of a share.
const MARGIN: Duration = Duration::from_millis(200);
/// An older reading of the store's clock is replaced by any newer one.
const OLD: Duration = Duration::from_secs(5);
/// A share is confirmed again after this time, before it is withheld: an instance without calls gives it up
/// so.
const CONFIRM_AFTER: Duration = Duration::from_millis(600);

impl Link {
    pub(crate) fn new(member: u64) -> Self {
        Self {
            member,
            state: AtomicU64::new(State::New as u64),
            round_trip: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            known: Mutex::new(Known::default()),
        }
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        let state = usize::try_from(self.state.load(Ordering::Acquire)).unwrap_or(0);
        STATES[state]
    }

    /// Returns the smoothed time from a request to its answer; zero before the first.
    pub(crate) fn round_trip(&self) -> Duration {
        Duration::from_nanos(self.round_trip.load(Ordering::Relaxed))
    }

    /// Returns how long a call waits for an answer: five round trips.
    pub(crate) fn patience(&self) -> Duration {
        match self.round_trip() {
            Duration::ZERO => Duration::from_millis(250),
            time => (5 * time).clamp(Duration::from_millis(20), Duration::from_secs(1)),
        }
    }

    /// Returns the time after which a request that was not answered counts as failed.
    pub(crate) fn timeout(&self) -> Duration {
        match self.round_trip() {
            Duration::ZERO => Duration::from_secs(1),
            time => (10 * time).clamp(Duration::from_millis(100), Duration::from_secs(1)),
        }
    }

    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of requests that were sent.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Returns the number of requests that failed, or were not answered in time.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Notes an answer at `now` to a request that was sent at `sent`. Returns true if the store was away
    /// before, or new.
    pub(crate) fn answered(&self, sent: Tick, now: Tick, reply: &LeaseReply) -> bool {
        let mut known = self.lock();
        let time = StoreTime { micros: reply.now, from: sent, at: now };
        if reply.stale || known.time.is_none_or(|before| time.replaces(&before)) {
            known.time = Some(time);
        }
        let sample = nanos(now.since(sent)).max(1);
        let before = self.round_trip.load(Ordering::Relaxed);
        let smoothed = if before == 0 { sample } else { before - before / 8 + sample / 8 };
        self.round_trip.store(smoothed.max(1), Ordering::Relaxed);
        let state = self.state();
        if state == State::Away {
            known.recovery = Some(Recovery { at: now, outage: now.since(known.since) });
        }
        if state != State::Connected {
            known.since = now;
            known.error = None;
            self.state.store(State::Connected as u64, Ordering::Release);
        }
        state != State::Connected
    }

    /// Notes that a request failed. Returns true if the store was not away before.
    pub(crate) fn failed(&self, now: Tick, error: StoreError) -> bool {
        self.count_failure();
        let mut known = self.lock();
        known.error = Some(Arc::new(error));
        let is_new = self.state() != State::Away;
        if is_new {
            known.since = now;
            self.state.store(State::Away as u64, Ordering::Release);
        }
        is_new
    }

    /// Returns why the store is away, if it is.
    pub(crate) fn error(&self) -> Option<Arc<StoreError>> {
        self.lock().error.clone()
    }

    /// Returns since when the store is away, if it is.
    pub(crate) fn away_since(&self) -> Option<Tick> {
        let known = self.lock();
        (self.state() == State::Away).then_some(known.since)
    }

    /// Notes what was learned of the store.
    pub(crate) fn met(&self, contact: Contact) {
        self.lock().contact = Some(contact);
    }

    /// Returns what was learned of the store, if it has answered.
    pub(crate) fn contact(&self) -> Option<Contact> {
        self.lock().contact.clone()
    }

    pub(crate) fn recovery(&self) -> Option<Recovery> {
        self.lock().recovery
    }

    /// Returns the time of the store's clock that is not later than `at`; zero if its clock is not known.
    pub(crate) fn store_time(&self, at: Tick) -> f64 {
        let Some(time) = self.lock().time else { return 0.0 };
        (time.micros + at.since(time.at).as_secs_f64() * 1e6).floor()
    }

    /// Notes a request that gives up the share, and that the store may carry out until `until`. Returns the
    /// share to send with it: the one that the instance could still use.
    pub(crate) fn give_up_share(&self, now: Tick, until: Tick) -> f64 {
        let share = &mut self.lock().share;
        share.latest = if share.latest == Tick::MAX { until } else { share.latest.max(until) };
        let usable = now < share.confirmed + (share::WITHHELD_UNTIL - MARGIN);
        share.held = if usable { share.weight } else { 0.0 };
        share.held
    }

    /// Notes the share that an answer assigns.
    pub(crate) fn confirm_share(&self, sent: Tick, weight: f64) {
        let share = &mut self.lock().share;
        if sent >= share.confirmed {
            (share.confirmed, share.weight) = (sent, weight);
        }
    }

    /// Returns true if the instance has never asked for a share.
    pub(crate) fn has_no_share(&self) -> bool {
        self.lock().share.latest == Tick::MAX
    }

    /// Returns when the share is to be confirmed, if there is one: before it is withheld from the others.
    pub(crate) fn share_due(&self) -> Option<Tick> {
        let share = &self.lock().share;
        let after = if share.held > share.weight { CONFIRM_AFTER / 4 } else { CONFIRM_AFTER };
        (share.weight > 0.0 || share.held > 0.0).then(|| share.confirmed + after)
    }

    /// Takes one token of the instance's share.
    ///
    /// # Errors
    /// With the time of the next one, if there may be one.
    pub(crate) fn take_share(&self, rate: &Rate, now: Tick) -> Result<(), Option<Tick>> {
        let share = &mut self.lock().share;
        let end = share.confirmed + (share::WITHHELD_UNTIL - MARGIN);
        if share.weight <= 0.0 || share.latest == Tick::MAX || now >= end {
            return Err(None);
        }
        let next = share.next.max(share.latest + share::WITHHELD_AFTER + MARGIN);
        if now < next {
            return Err((next < end).then_some(next));
        }
        share.next = now + interval(rate.per_second() * share.weight);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        lock(&self.known)
    }
}

impl StoreTime {
    /// Returns true if this reading is to be kept in place of `before`: it is as exact, or the clocks have
    /// gone apart, or it is long ago.
    fn replaces(&self, before: &Self) -> bool {
        let width = |time: &Self| time.at.since(time.from);
        let passed = self.at.since(before.at).as_secs_f64() * 1e6;
        let ahead = self.micros - before.micros;
        let slack = 1e6 * (width(self) + width(before)).as_secs_f64() + 1000.0;
        width(self) <= width(before)
            || self.at.since(before.at) > OLD
            || (ahead - passed).abs() > slack
    }
}

/// Returns the time in which one token flows in at `rate` tokens a second.
pub(crate) fn interval(rate: f64) -> Duration {
    let seconds = (1.0 / rate).min(1e9);
    // Rounded up: never ahead of the rate.
    Duration::from_secs_f64(seconds) + Duration::from_nanos(1)
}

pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
