use std::error::Error as StdError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::{Detail, Driver, Layer, Name, Tick, Topic, error_text};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// The status of some background work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkStatus {
    /// The name of the work: `watch`, `pool orders`.
    pub name: Name,
    /// What it does now.
    pub state: WorkState,
    /// The number of times that it failed or panicked.
    pub failures: u64,
    /// Why it failed last.
    pub cause: Option<String>,
    /// The time until it starts again, if it waits for that.
    pub restarts_in: Option<Duration>,
}

seawall_core::__named! {
    /// What some background work does.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum WorkState {
        /// Nothing: no future of [`Infrastructure::run`](crate::Infrastructure::run) is polled.
        #[default]
        NotRunning = "not_running",
        /// It works.
        Running = "running",
        /// It failed, and starts again after a while.
        Failed = "failed",
        /// It has ended, since what it was for is closed.
        Ended = "ended",
    }
}

/// What is known of some work, by all futures that run it.
pub(super) struct Record {
    layer: Layer,
    now: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    state: WorkState,
    failures: u64,
    cause: Option<String>,
    until: Tick,
}

impl Record {
    pub(super) fn new(layer: Layer) -> Self {
        Self { layer, now: Mutex::default() }
    }

    pub(super) fn starts(&self) {
        self.lock().state = WorkState::Running;
    }

    pub(super) fn ends(&self) {
        self.lock().state = WorkState::Ended;
    }

    /// The future that ran it was dropped.
    pub(super) fn stops(&self) {
        let mut known = self.lock();
        if known.state != WorkState::Ended {
            known.state = WorkState::NotRunning;
        }
    }

    pub(super) fn restarts(&self, driver: &Driver) {
        self.starts();
        driver.emit(Topic::BackgroundRestarted, &self.layer, || Detail::None);
    }

    pub(super) fn fails(&self, driver: &Driver, cause: &(dyn StdError + 'static), until: Tick) {
        let mut known = self.lock();
        let failures = known.failures + 1;
        *known =
            Known { state: WorkState::Failed, failures, cause: Some(error_text(cause)), until };
        drop(known);
        let detail = || Detail::degraded(Some(cause));
        driver.emit(Topic::BackgroundFailed, &self.layer, detail);
    }

    pub(super) fn status(&self, now: Tick) -> WorkStatus {
        let known = self.lock();
        let waits = known.state == WorkState::Failed;
        WorkStatus {
            name: self.layer.name().clone(),
            state: known.state,
            failures: known.failures,
            cause: known.cause.clone(),
            restarts_in: waits.then(|| known.until.since(now)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serializes as `name`, `state`, `failures`, `cause` and `restarts_in_seconds`.
impl Serialize for WorkStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut status = serializer.serialize_struct("WorkStatus", 5)?;
        status.serialize_field("name", self.name.as_str())?;
        status.serialize_field("state", self.state.as_str())?;
        status.serialize_field("failures", &self.failures)?;
        status.serialize_field("cause", &self.cause)?;
        let restarts_in = self.restarts_in.map(|wait| wait.as_secs_f64());
        status.serialize_field("restarts_in_seconds", &restarts_in)?;
        status.end()
    }
}
