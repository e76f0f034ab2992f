use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Backend, ManualControl};

use crate::ManualClock;

/// The options that a law asks of the bulkhead that it checks. Calls that set no `max_wait` do not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setup {
    /// Maximum number of concurrent calls.
    pub max_concurrent: u32,
}

impl Default for Setup {
    /// Three calls at once.
    fn default() -> Self {
        Self { max_concurrent: 3 }
    }
}

/// A kind of bulkhead, of which the laws start as many as they need.
pub type Subject<'a> = crate::law::Subject<'a, Setup, Handles, Claim>;

/// What a kind of bulkhead declares about itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claim {
    /// The time within which a call that waits gets a permit which is free.
    pub(super) grants_within: Duration,
}

/// A bulkhead as the laws use it.
#[derive(Clone)]
pub struct Handles {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) control: Arc<dyn ManualControl>,
    pub(super) close: Option<Arc<dyn Fn() + Send + Sync>>,
    pub(super) clock: Option<ManualClock>,
}

impl<'a> Subject<'a> {
    /// The kind whose handles `start` returns. Each bulkhead is unused and independent of all others.
    #[must_use]
    pub fn new(start: impl Fn(&Setup) -> Handles + 'a) -> Self {
        Self::starting(start, Claim::default())
    }

    /// The same kind, of which a call that waits gets a free permit not at once, but within `time`.
    #[must_use]
    pub fn granting_within(mut self, time: Duration) -> Self {
        self.claim.grants_within = time;
        self
    }
}

impl Handles {
    /// Creates the handles of a bulkhead.
    #[must_use]
    pub fn new<B: Backend + ManualControl + Clone + 'static>(bulkhead: &B) -> Self {
        let (backend, control) = (Arc::new(bulkhead.clone()), Arc::new(bulkhead.clone()));
        Self { backend, control, close: None, clock: None }
    }

    /// Closes the bulkhead by `close`.
    #[must_use]
    pub fn with_close(mut self, close: impl Fn() + Send + Sync + 'static) -> Self {
        self.close = Some(Arc::new(close));
        self
    }

    /// Has the laws turn `clock`, which is at its origin: for a bulkhead that does something between calls.
    #[must_use]
    pub fn with_clock(mut self, clock: &ManualClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handles({})", self.backend.layer())
    }
}
