use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::{Detail, Event, Layer, Name, Observer, Tick, Topic};

/// Tells of circuits that are in trouble, once, and not of each time that they open.
///
/// An observer in front of another: it hands on what it hears, and adds `alarm_raised` when a circuit
/// opens and `alarm_cleared` when one has been closed for a while without opening again. A circuit
/// that flaps raises one alarm, which lasts until it has stopped.
///
/// Time comes with events, so an alarm is cleared with the first event of any circuit after its time;
/// or by [`Alarms::clear_due`], for those who have few events.
#[derive(Debug)]
pub struct Alarms<O> {
    behind: O,
    clear_after: Duration,
    raised: Mutex<HashMap<Name, Alarm>>,
}

/// A circuit's alarm; since when it has been closed, if it is.
#[derive(Debug)]
struct Alarm {
    layer: Layer,
    closed_since: Option<Tick>,
}

impl<O: Observer> Alarms<O> {
    /// Alarms for `behind`, each cleared when its circuit has been closed for `clear_after`.
    #[must_use]
    pub fn new(clear_after: Duration, behind: O) -> Self {
        Self { behind, clear_after, raised: Mutex::default() }
    }

    /// The circuits whose alarms last, in the order of their names.
    #[must_use]
    pub fn raised(&self) -> Vec<Name> {
        let mut names: Vec<_> = self.lock().keys().cloned().collect();
        names.sort();
        names
    }

    /// Clears the alarms whose time has come by `now`.
    pub fn clear_due(&self, now: Tick) {
        let due: Vec<Alarm> = {
            let mut raised = self.lock();
            if raised.is_empty() {
                return;
            }
            let is_due = |_: &Name, alarm: &mut Alarm| {
                alarm.closed_since.is_some_and(|since| now.since(since) >= self.clear_after)
            };
            raised.extract_if(is_due).map(|(_, alarm)| alarm).collect()
        };
        for alarm in due {
            let event = Event::new(Topic::AlarmCleared, &alarm.layer, now, Detail::None);
            self.behind.observe(&event);
        }
    }

    /// Is that a new alarm?
    fn changed(&self, event: &Event<'_>, to: &str) -> bool {
        let name = event.layer.name();
        let mut raised = self.lock();
        match (raised.get_mut(name), to) {
            (None, "open") => {
                let alarm = Alarm { layer: event.layer.clone(), closed_since: None };
                raised.insert(name.clone(), alarm);
                true
            }
            (Some(alarm), "closed") => {
                alarm.closed_since = Some(event.at);
                false
            }
            (Some(alarm), _) => {
                alarm.closed_since = None;
                false
            }
            (None, _) => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Alarm>> {
        self.raised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Observer> Observer for Alarms<O> {
    fn observe(&self, event: &Event<'_>) {
        // A circuit that was closed long enough is told of before it is told that it opens again.
        self.clear_due(event.at);
        self.behind.observe(event);
        if let Detail::Changed(change) = &event.detail
            && event.topic == Topic::BreakerChanged
            && self.changed(event, change.to)
        {
            let raised = Event::new(Topic::AlarmRaised, event.layer, event.at, Detail::None);
            self.behind.observe(&raised);
        }
    }
}
