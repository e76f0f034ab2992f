use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seawall_core::policy::NotRetried;
use seawall_core::{
    Change, ControlAction, Detail, Event, Layer, Observer, RefusalKind, Tick, Topic, Verdict,
};

/// Stores every event. Its clones share the events.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Recorded>>>);

/// A recorded event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// The topic.
    pub topic: Topic,
    /// The layer of the event.
    pub layer: Layer,
    /// The namespace of the driver, if it has one.
    pub namespace: Option<String>,
    /// The time of the event.
    pub at: Tick,
    /// How the call ended, if it was admitted and has ended.
    pub verdict: Option<Verdict>,
    /// How long the call ran, if it was admitted and has ended.
    pub elapsed: Option<Duration>,
    /// How long the call waited, if its event says so.
    pub waited: Option<Duration>,
    /// Why the call was refused, if it was.
    pub refusal: Option<RefusalKind>,
    /// The change of state, if there was one.
    pub change: Option<Change>,
    /// The error of a degraded component, as text, if it is known.
    pub degraded: Option<String>,
    /// The version of the settings that is running, and what is different in it or wrong with others.
    pub settings: Option<(u64, String)>,
    /// What manual control did, and the operator that did it.
    pub controlled: Option<(ControlAction, String)>,
    /// The key of the call, as text, if the driver puts keys in events.
    pub key: Option<String>,
    /// The number of the attempt: 1 for the first.
    pub attempt: u32,
    /// The time until the call is attempted again, if it is.
    pub wait: Option<Duration>,
    /// Why the call is not attempted again, if its policy has retries.
    pub not_retried: Option<NotRetried>,
    /// What a fallback or a stale answer replaced, and whether there was something in its place.
    pub replaced: Option<(&'static str, bool)>,
    /// What settings, or the set-up of a store, will lead to.
    pub warning: Option<String>,
}

impl Recorder {
    /// Creates a recorder without events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns all events, in order.
    #[must_use]
    pub fn events(&self) -> Vec<Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes and returns all events, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the names of all events, in order: `circuit_breaker.call_executed`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |event: Recorded| {
            format!("{}.{}", event.topic.component().as_str(), event.topic.name())
        };
        self.events().into_iter().map(name).collect()
    }

    /// Returns the number of events with `topic`.
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
            namespace: event.namespace.map(str::to_owned),
            at: event.at,
            verdict: None,
            elapsed: None,
            waited: None,
            refusal: None,
            change: None,
            degraded: None,
            settings: None,
            controlled: None,
            key: event.key.map(|key| key.reveal()),
            attempt: event.attempt,
            wait: None,
            not_retried: None,
            replaced: None,
            warning: None,
        };
        match event.detail {
            Detail::Executed { verdict, elapsed, waited, .. } => {
                recorded.verdict = Some(verdict);
                recorded.elapsed = Some(elapsed);
                recorded.waited = waited;
            }
            Detail::Allowed { waited, .. } => recorded.waited = Some(waited),
            Detail::Refused(refusal) => recorded.refusal = Some(refusal.kind()),
            Detail::Changed(change) => recorded.change = Some(change),
            Detail::Controlled { action, by, .. } => {
                recorded.controlled = Some((action, by.to_owned()));
            }
            Detail::Retry { wait, .. } => recorded.wait = Some(wait),
            Detail::Fallback { replaced, succeeded, .. } => {
                recorded.replaced = Some((replaced, succeeded));
            }
            Detail::Stale { replaced, .. } => recorded.replaced = Some((replaced, true)),
            Detail::NotRetried(reason) => recorded.not_retried = Some(reason),
            Detail::Reloaded { version, summary, .. } => {
                recorded.settings = Some((version, summary.to_owned()));
            }
            Detail::Rejected { version, cause, .. } => {
                recorded.settings = Some((version, cause.to_string()));
            }
            Detail::Warning(warning) => recorded.warning = Some(warning.to_owned()),
            Detail::Degraded { cause, .. } => recorded.degraded = cause.map(ToString::to_string),
            _ => {}
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
    }
}
