use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use seawall::{Component, ControlAction, Infrastructure, Layer};
use seawall_breaker::Snapshot;
use serde::{Deserialize, Serialize};

use crate::record::nanos;
use crate::{Journal, JournalError, Kept, wall};

mod restore;

/// Keeps the state of circuits and manual control in a journal, and restores them after a restart: of
/// the components with `remember = true` in their settings.
///
/// Native breakers without a circuit per key are kept as they are: open circuits stay open for what is
/// left of their time. Manual control is kept for all components, with who, why and what is left of its
/// time, but not that of single keys.
///
/// ```
/// # use seawall::{Clock, ConfigSource, Infrastructure};
/// # use seawall_journal::{MemoryJournal, Remember};
/// # use std::sync::Arc;
/// # seawall_testkit::ManualClock::new().block_on(async {
/// let settings = ConfigSource::new().toml_str("[breaker.payments]\nremember = true");
/// let infra = Infrastructure::builder().config(settings).build()?;
/// # let journal = Arc::new(MemoryJournal::new());
/// let remember = Remember::new(&infra, journal);
/// let restored = remember.restore().await?;
/// assert!(restored.is_empty(), "nothing was kept yet");
/// infra.supervise("remember", move || remember.run())?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Remember(Arc<Inner>);

struct Inner {
    infra: Infrastructure,
    journal: Arc<dyn Journal>,
    max_age: Duration,
    every: Duration,
    /// What was kept last, by name, and when.
    saved: Mutex<HashMap<String, (State, SystemTime)>>,
    /// True if what was kept was to be restored, but could not be read yet.
    is_unread: AtomicBool,
}

/// What was restored of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// The component.
    pub layer: Layer,
    /// The time since it was kept.
    pub age: Duration,
    /// The state of its circuit, if that was kept.
    pub state: Option<String>,
    /// The manual control that is in effect again, as its status has it.
    pub control: Vec<String>,
}

/// What is kept of a component.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    #[serde(default)]
    circuit: Option<Snapshot>,
    #[serde(default)]
    control: Vec<KeptControl>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptControl {
    action: String,
    #[serde(default)]
    limit: Option<u32>,
    by: String,
    reason: String,
    /// When it ends, in nanoseconds since 1970.
    #[serde(default)]
    until_ns: Option<u64>,
}

impl Remember {
    /// Creates one that restores what was kept within the last hour, and keeps what has changed every
    /// five seconds.
    #[must_use]
    pub fn new(infra: &Infrastructure, journal: Arc<dyn Journal>) -> Self {
        let (max_age, every) = (Duration::from_secs(3600), Duration::from_secs(5));
        let (infra, saved) = (infra.clone(), Mutex::default());
        let is_unread = AtomicBool::new(false);
        Self(Arc::new(Inner { infra, journal, max_age, every, saved, is_unread }))
    }

    /// Sets the age of the oldest state that is restored. Manual control without an end is restored
    /// whatever its age is: an operator has to take it back.
    #[must_use]
    pub fn max_age(self, max_age: Duration) -> Self {
        self.with(|inner| inner.max_age = max_age)
    }

    /// Sets the time between two looks at what has changed; 100 ms at least.
    #[must_use]
    pub fn every(self, every: Duration) -> Self {
        self.with(|inner| inner.every = every.max(Duration::from_millis(100)))
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Self {
        let Inner { infra, journal, max_age, every, .. } = &*self.0;
        let (infra, journal, saved) = (infra.clone(), Arc::clone(journal), Mutex::default());
        let is_unread = AtomicBool::new(self.0.is_unread.load(Ordering::Relaxed));
        let (max_age, every) = (*max_age, *every);
        let mut inner = Inner { infra, journal, max_age, every, saved, is_unread };
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Restores what was kept, where it is young enough, and returns what it has restored. Circuits that
    /// change emit events with the cause `restored`, and manual control emits its own. A record
    /// `seawall.journal.not_restored` in the journal has the reason for what is not restored.
    ///
    /// # Errors
    /// If the journal cannot be read. What was restored until then stays, and the rest is restored by
    /// [`run`](Self::run) or [`save`](Self::save), before anything is written over it.
    pub async fn restore(&self) -> Result<Vec<Restored>, JournalError> {
        self.restore_at(wall::now()).await
    }

    /// Keeps what has changed, now and every few seconds, as a part of the background work: by
    /// `Infrastructure::supervise`. While the journal is away, it tries again.
    ///
    /// # Errors
    /// If the journal was closed.
    pub fn run(&self) -> impl Future<Output = Result<(), JournalError>> + Send + use<> {
        let remember = self.clone();
        async move {
            let clock = remember.0.infra.clock().clone();
            loop {
                match remember.save().await {
                    Err(error) if error.is_closed() => return Err(error),
                    _ => clock.sleep_until(clock.now() + remember.0.every).await,
                }
            }
        }
    }

    /// Keeps what has changed since that was last done.
    ///
    /// # Errors
    /// If the journal cannot be written, or what is to be restored cannot be read.
    pub async fn save(&self) -> Result<(), JournalError> {
        self.save_at(wall::now()).await
    }

    async fn save_at(&self, now: SystemTime) -> Result<(), JournalError> {
        let inner = &*self.0;
        if inner.is_unread.load(Ordering::Relaxed) {
            self.restore_at(now).await?;
        }
        for (layer, state) in inner.states(now) {
            let key = inner.key(&layer);
            // What stays the same is kept again before it seems too old.
            let is_young = |at| now.duration_since(at).is_ok_and(|age| age < inner.max_age / 4);
            let is_saved = |(saved, at): &(State, _)| saved.is_same(&state) && is_young(*at);
            if inner.saved().get(&key).is_some_and(is_saved) {
                continue;
            }
            let json = serde_json::to_string(&state).map_err(|error| {
                JournalError::invalid(format!("{layer} cannot be kept")).with_source(error)
            })?;
            inner.journal.keep(key.clone(), Kept { at_ns: nanos(now), json }).await?;
            inner.saved().insert(key, (state, now));
        }
        Ok(())
    }
}

impl Inner {
    fn saved(&self) -> MutexGuard<'_, HashMap<String, (State, SystemTime)>> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is to be kept of each component.
    fn states(&self, now: SystemTime) -> Vec<(Layer, State)> {
        let statuses = self.infra.components();
        let state = |layer: Layer| {
            let status = statuses.iter().find(|status| status.layer == layer)?;
            let lasting = status.control.iter().filter(|control| !control.of_key);
            let control: Vec<_> = lasting
                .map(|control| KeptControl {
                    action: control.action.as_str().to_owned(),
                    limit: match control.action {
                        ControlAction::Resize(limit) => Some(limit),
                        _ => None,
                    },
                    by: control.by.clone(),
                    reason: control.reason.clone(),
                    until_ns: control.expires_in.map(|left| nanos(now + left)),
                })
                .collect();
            let is_breaker = layer.component() == Component::CircuitBreaker && control.is_empty();
            let circuit = is_breaker.then(|| self.infra.export(layer.name())).flatten();
            Some((layer, State { circuit, control }))
        };
        self.infra.remembered().into_iter().filter_map(state).collect()
    }

    /// Returns the name under which the state of a component is kept. Infrastructures of several namespaces
    /// may have one journal.
    fn key(&self, layer: &Layer) -> String {
        let key = format!("{}.{}", layer.component().as_str(), layer.name());
        match self.infra.driver().namespace() {
            Some(namespace) => format!("{:?} {key}", namespace.as_str()),
            None => key,
        }
    }
}

impl State {
    /// Returns true if there is nothing new in `other` but that time goes on.
    fn is_same(&self, other: &Self) -> bool {
        let still = |state: &Self| {
            let mut state = state.clone();
            if let Some(circuit) = &mut state.circuit {
                (circuit.since, circuit.open_for) = (Duration::ZERO, Duration::ZERO);
                circuit.failures.iter_mut().for_each(|age| *age = Duration::ZERO);
            }
            state.control.iter_mut().for_each(|control| control.until_ns = None);
            state
        };
        // An end is a moment of another clock, so it is not the same to the nanosecond each time.
        let close =
            |(one, other): (&KeptControl, &KeptControl)| match (one.until_ns, other.until_ns) {
                (Some(one), Some(other)) => one.abs_diff(other) < 1_000_000_000,
                (one, other) => one == other,
            };
        still(self) == still(other) && self.control.iter().zip(&other.control).all(close)
    }
}

#[cfg(test)]
mod tests;
