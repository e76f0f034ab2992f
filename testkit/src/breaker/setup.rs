use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Backend, Clock};

/// The options that a law asks of the circuit breaker that it checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setup {
    /// Number of failures within the window that open the circuit.
    pub failures: u32,
    /// How long a failure counts; at exactly this age it no longer does.
    pub window: Duration,
    /// How long the circuit stays open before it is probed, each time.
    pub reset_after: Duration,
    /// How long one probe keeps other calls out.
    pub probe_lease: Duration,
}

impl Default for Setup {
    /// Three failures in ten seconds open the circuit for five; a probe may take thirty.
    fn default() -> Self {
        Self {
            failures: 3,
            window: Duration::from_secs(10),
            reset_after: Duration::from_secs(5),
            probe_lease: Duration::from_secs(30),
        }
    }
}

/// A kind of circuit breaker, of which the laws start as many as they need.
pub type Subject<'a> = crate::law::Subject<'a, Setup, Handles>;

/// A circuit breaker as the laws use it: a handle, and a way to set its options again.
#[derive(Clone)]
pub struct Handles {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) reconfigure: Option<Reconfigure>,
}

type Reconfigure = Arc<dyn Fn(&Setup, &Clock) + Send + Sync>;

impl<'a> Subject<'a> {
    /// The kind that `start` starts, whose options do not change. Each breaker is closed and
    /// independent of all others.
    #[must_use]
    pub fn new<B: Backend + 'static>(start: impl Fn(&Setup) -> B + 'a) -> Self {
        let handles = move |setup: &Setup| {
            let backend: Arc<dyn Backend> = Arc::new(start(setup));
            Handles { backend, reconfigure: None }
        };
        Self::starting(handles, ())
    }

    /// The kind that `start` starts, whose options `reconfigure` sets. The time is that of the clock.
    #[must_use]
    pub fn with_reconfigure<B: Backend + 'static>(
        start: impl Fn(&Setup) -> B + 'a,
        reconfigure: impl Fn(&B, &Setup, &Clock) + Copy + Send + Sync + 'static,
    ) -> Self {
        let handles = move |setup: &Setup| {
            let backend = Arc::new(start(setup));
            let same = Arc::clone(&backend);
            let set: Reconfigure = Arc::new(move |setup, clock| reconfigure(&same, setup, clock));
            Handles { backend, reconfigure: Some(set) }
        };
        Self::starting(handles, ())
    }
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handles({})", self.backend.layer())
    }
}
