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

/// A circuit breaker as the laws use it: a handle, and ways to control it.
#[derive(Clone)]
pub struct Handles {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) reconfigure: Option<Reconfigure>,
    pub(super) force_open: Option<ForceOpen>,
}

type Reconfigure = Arc<dyn Fn(&Setup, &Clock) + Send + Sync>;
type ForceOpen = Arc<dyn Fn(&Clock) + Send + Sync>;

/// How the laws control a breaker `B`, beyond the calls that it gets. The time is that of the clock.
#[derive(Debug)]
pub struct Control<B> {
    reconfigure: Option<fn(&B, &Setup, &Clock)>,
    force_open: Option<fn(&B, &Clock)>,
}

impl<B> Default for Control<B> {
    fn default() -> Self {
        Self { reconfigure: None, force_open: None }
    }
}

impl<B> Control<B> {
    /// Sets the options of a running breaker by `reconfigure`.
    #[must_use]
    pub fn with_reconfigure(mut self, reconfigure: fn(&B, &Setup, &Clock)) -> Self {
        self.reconfigure = Some(reconfigure);
        self
    }

    /// Forces a breaker open by `force_open`: it refuses all calls until it is released.
    #[must_use]
    pub fn with_force_open(mut self, force_open: fn(&B, &Clock)) -> Self {
        self.force_open = Some(force_open);
        self
    }
}

impl<'a> Subject<'a> {
    /// The kind that `start` starts. Each breaker is closed and independent of all others.
    #[must_use]
    pub fn new<B: Backend + 'static>(
        start: impl Fn(&Setup) -> B + 'a,
        control: &Control<B>,
    ) -> Self {
        let Control { reconfigure, force_open } = *control;
        let handles = move |setup: &Setup| {
            let backend = Arc::new(start(setup));
            let reconfigure = reconfigure.map(|reconfigure| -> Reconfigure {
                let backend = Arc::clone(&backend);
                Arc::new(move |setup, clock| reconfigure(&backend, setup, clock))
            });
            let force_open = force_open.map(|force_open| -> ForceOpen {
                let backend = Arc::clone(&backend);
                Arc::new(move |clock| force_open(&backend, clock))
            });
            Handles { backend, reconfigure, force_open }
        };
        Self::starting(handles, ())
    }
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handles({})", self.backend.layer())
    }
}
