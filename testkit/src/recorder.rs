use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seawall_core::{Change, Detail, Event, Layer, Observer, RefusalKind, Tick, Topic, Verdict};

/// Keeps every event it is told of. Its clones share what they keep.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Recorded>>>);

/// An event that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// What it was about.
    pub topic: Topic,
    /// Whom it happened to.
    pub layer: Layer,
    /// When.
    pub at: Tick,
    /// How the call ended, if it was let through and has.
    pub verdict: Option<Verdict>,
    /// How long it ran, if it was let through and has ended.
    pub elapsed: Option<Duration>,
    /// Why it was refused, if it was.
    pub refusal: Option<RefusalKind>,
    /// What changed, if anything did.
    pub change: Option<Change>,
    /// What is in the way of a component that is degraded, in its own words, if that is known.
    pub degraded: Option<String>,
    /// The key of the call, as a person reads it, if the driver was asked to tell.
    pub key: Option<String>,
}

impl Recorder {
    /// A recorder that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All events so far, in order.
    #[must_use]
    pub fn events(&self) -> Vec<Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All events so far, which are then forgotten.
    #[must_use]
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The names of all events so far, in order: `circuit_breaker.call_executed`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |event: Recorded| {
            format!("{}.{}", event.topic.component().as_str(), event.topic.name())
        };
        self.events().into_iter().map(name).collect()
    }

    /// How many events were about `topic`.
    #[must_use]
    pub fn count(&self, topic: Topic) -> usize {
        self.events().iter().filter(|event| event.topic == topic).count()
    }
}

impl Observer for Recorder {
    fn observe(&self, event: &Event<'_>) {
        let mut recorded = Recorded {
            topic: event.topic,
            layer: event.layer.clone(),
            at: event.at,
            verdict: None,
            elapsed: None,
            refusal: None,
            change: None,
            degraded: None,
            key: event.key.map(|key| key.reveal()),
        };
        match event.detail {
            Detail::Executed { verdict, elapsed, .. } => {
                recorded.verdict = Some(verdict);
                recorded.elapsed = Some(elapsed);
            }
            Detail::Refused(refusal) => recorded.refusal = Some(refusal.kind()),
            Detail::Changed(change) => recorded.change = Some(change),
            Detail::Degraded { cause, .. } => recorded.degraded = cause.map(ToString::to_string),
            _ => {}
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
    }
}
