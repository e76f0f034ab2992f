use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::{Change, Detail, Event, KeyHash, Layer, Name, Observer, Tick, Topic};

use crate::KeyOptions;

/// Raises one alarm for each breaker with a circuit in trouble, however often circuits open.
///
/// An observer in front of another one: it passes on all events, and adds `alarm_raised` when a circuit
/// opens and `alarm_cleared` when all circuits of that name have been closed for a while without opening
/// again. So a circuit that flaps raises one alarm, which lasts until it has stopped. The circuits of a
/// [`KeyedBreaker`](crate::KeyedBreaker) are told apart, and have one alarm together.
///
/// A circuit that has not changed for [`forget_after`](Self::forget_after) is not waited for: its key may
/// have been forgotten, which emits no change.
///
/// Time comes with events, so an alarm is cleared with the first event of any circuit after its time, or
/// by [`Alarms::clear_due`] in a service with few events.
#[derive(Debug)]
pub struct Alarms<O> {
    inner: O,
    limits: Limits,
    watched: Mutex<HashMap<Name, Watched>>,
}

/// For how long circuits that do not change are of interest.
#[derive(Clone, Copy, Debug)]
struct Limits {
    closed: Duration,
    not_closed: Duration,
}

/// A breaker, some circuits of which have changed lately.
#[derive(Debug)]
struct Watched {
    layer: Layer,
    /// An alarm was raised and not cleared yet.
    is_raised: bool,
    /// The circuits by the hashes of their keys. Those that were closed long ago are removed from time to
    /// time.
    circuits: HashMap<Option<KeyHash>, Circuit>,
    /// Number of circuits that are not closed.
    not_closed: usize,
    last_closed: Tick,
    /// The number of circuits, and the time, at which to remove those that are of no interest.
    purge_at: (usize, Tick),
}

#[derive(Clone, Copy, Debug)]
struct Circuit {
    /// The number of the last change that was seen. Threads may report changes out of order.
    sequence: u64,
    changed_at: Tick,
    is_closed: bool,
}

/// The default of [`Alarms::forget_after`], which is that of keys.
const FORGET_AFTER: Duration = KeyOptions::new().forget_after;

/// Searches for circuits to forget within the time after which they are forgotten.
const PURGES: u32 = 24;

/// The number of circuits below which closed ones are not purged.
const FEW: usize = 64;

impl<O: Observer> Alarms<O> {
    /// Creates alarms in front of `inner`, each cleared when its circuits have been closed for
    /// `clear_after`.
    #[must_use]
    pub fn new(clear_after: Duration, inner: O) -> Self {
        let limits = Limits { closed: clear_after, not_closed: FORGET_AFTER };
        Self { inner, limits, watched: Mutex::default() }
    }

    /// Sets the time after which a circuit that is not closed and has not changed is not waited for.
    /// It is found up to a 24th of that time later. Default: a day, as for [`KeyOptions::forget_after`](crate::KeyOptions::forget_after).
    #[must_use]
    pub fn forget_after(mut self, forget_after: Duration) -> Self {
        self.limits.not_closed = forget_after;
        self
    }

    /// Returns the breakers that have an alarm, in the order of their names.
    #[must_use]
    pub fn raised(&self) -> Vec<Name> {
        let watched = self.lock();
        let raised = watched.iter().filter(|(_, breaker)| breaker.is_raised);
        let mut names: Vec<_> = raised.map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }

    /// Clears the alarms whose time has come at `now`.
    pub fn clear_due(&self, now: Tick) {
        let due: Vec<Watched> = {
            let mut watched = self.lock();
            if watched.is_empty() {
                return;
            }
            let is_due = |_: &Name, breaker: &mut Watched| breaker.is_due(now, self.limits);
            watched.extract_if(is_due).map(|(_, breaker)| breaker).collect()
        };
        for breaker in due.iter().filter(|breaker| breaker.is_raised) {
            self.inner.observe(&Event::new(Topic::AlarmCleared, &breaker.layer, now, Detail::None));
        }
    }

    /// Takes note of a change. Returns true if it raises an alarm.
    fn changed(&self, event: &Event<'_>, change: &Change) -> bool {
        let mut watched = self.lock();
        let breaker =
            watched.entry(event.layer.name().clone()).or_insert_with(|| Watched::new(event.layer));
        breaker.changed(event.at, change, self.limits);
        let raises = change.to == "open" && !breaker.is_raised;
        breaker.is_raised |= raises;
        raises
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn new(layer: &Layer) -> Self {
        Self {
            layer: layer.clone(),
            is_raised: false,
            circuits: HashMap::new(),
            not_closed: 0,
            last_closed: Tick::ZERO,
            purge_at: (FEW, Tick::ZERO),
        }
    }

    /// Takes note of a change, unless a later one of the same circuit was seen. A circuit that manual
    /// control moved while it was closed is in no trouble.
    fn changed(&mut self, at: Tick, change: &Change, limits: Limits) {
        let known = self.circuits.get(&change.key_hash).copied();
        let is_older = |known: Circuit| change.sequence <= known.sequence && change.sequence != 0;
        let is_manual = !matches!(change.to, "open" | "half_open" | "recovering" | "closed");
        if known.map_or(is_manual, is_older) {
            return;
        }
        let is_closed = change.to == "closed";
        if known.is_some_and(|known| !known.is_closed) {
            self.not_closed -= 1;
        }
        if is_closed {
            self.last_closed = self.last_closed.max(at);
        } else {
            self.not_closed += 1;
        }
        let circuit = Circuit { sequence: change.sequence, changed_at: at, is_closed };
        self.circuits.insert(change.key_hash, circuit);
        if self.circuits.len() >= self.purge_at.0 {
            self.purge(at, limits);
        }
    }

    /// Removes circuits that were closed long ago, or whose keys may be forgotten.
    fn purge(&mut self, now: Tick, limits: Limits) {
        let lasts = |circuit: &Circuit| {
            let limit = if circuit.is_closed { limits.closed } else { limits.not_closed };
            now.since(circuit.changed_at) < limit
        };
        self.circuits.retain(|_, circuit| lasts(circuit));
        self.not_closed = self.circuits.values().filter(|circuit| !circuit.is_closed).count();
        let next = now + limits.not_closed / PURGES;
        self.purge_at = (FEW.max(2 * self.circuits.len()), next);
    }

    /// Returns true if all circuits have been closed for long enough.
    fn is_due(&mut self, now: Tick, limits: Limits) -> bool {
        if now >= self.purge_at.1 {
            self.purge(now, limits);
        }
        self.not_closed == 0 && now.since(self.last_closed) >= limits.closed
    }
}

impl<O: Observer> Observer for Alarms<O> {
    fn observe(&self, event: &Event<'_>) {
        // First clears what was closed for long enough, so that it is reported before it opens again.
        self.clear_due(event.at);
        self.inner.observe(event);
        if let Detail::Changed(change) = &event.detail
            && event.topic == Topic::BreakerChanged
            && self.changed(event, change)
        {
            let raised = Event::new(Topic::AlarmRaised, event.layer, event.at, Detail::None);
            self.inner.observe(&raised);
        }
    }
}
