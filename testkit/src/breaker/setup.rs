use std::sync::Arc;
use std::time::Duration;

use seawall_core::Backend;

/// What a law wants its circuit breaker to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setup {
    /// So many failures within the window open the circuit.
    pub failures: u32,
    /// How long a failure counts. One that is exactly this old no longer does.
    pub window: Duration,
    /// How long the circuit stays open before it is probed: always the same time.
    pub reset_after: Duration,
    /// How long one probe keeps others out.
    pub probe_lease: Duration,
}

impl Default for Setup {
    /// Three failures in ten seconds open it for five; a probe may take thirty.
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
pub type Subject<'a> = crate::law::Subject<'a, Setup, Started>;

/// A circuit breaker as the laws hold it.
pub(super) type Started = Arc<dyn Backend>;

impl<'a> Subject<'a> {
    /// The kind that `start` starts. Each is closed and independent of all others.
    #[must_use]
    pub fn new<B: Backend + 'static>(start: impl Fn(&Setup) -> B + 'a) -> Self {
        Self::starting(move |setup| Arc::new(start(setup)), ())
    }
}
