use std::sync::Arc;
use std::time::Duration;

use seawall_core::Limiter;

use super::Bound;

/// What a law wants its limiter to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setup {
    /// So many tokens a period.
    pub limit: u32,
    /// The period.
    pub period: Duration,
    /// The most tokens there can be at once. An algorithm without it, such as one that counts by
    /// windows, ignores it and says so by its [`Bound`].
    pub burst: u32,
    /// So many keys are counted apart, at most.
    pub max_keys: u32,
    /// How long a call may be put off that does not say so itself.
    pub max_wait: Duration,
}

impl Default for Setup {
    /// Ten a second, five of them at once, for a hundred keys; nobody waits.
    fn default() -> Self {
        Self {
            limit: 10,
            period: Duration::from_secs(1),
            burst: 5,
            max_keys: 100,
            max_wait: Duration::ZERO,
        }
    }
}

impl Setup {
    /// How many tokens flow in within `window`, rounded down.
    pub(super) fn flow(&self, window: Duration) -> u128 {
        u128::from(self.limit) * window.as_nanos() / self.period.as_nanos()
    }

    /// How many periods `window` has in full.
    pub(super) fn periods(&self, window: Duration) -> u128 {
        window.as_nanos() / self.period.as_nanos()
    }
}

/// A kind of limiter, of which the laws start as many as they need.
pub type Subject<'a> = crate::law::Subject<'a, Setup, Handles, Bound>;

/// A limiter as the laws hold it: by two handles.
#[derive(Clone)]
pub struct Handles {
    pub(super) one: Arc<dyn Limiter>,
    pub(super) other: Arc<dyn Limiter>,
}

impl<'a> Subject<'a> {
    /// The kind that `start` starts: a token bucket. Each has spent nothing and is independent of
    /// all others, but for its clones, which count together.
    #[must_use]
    pub fn new<L: Limiter + Clone + 'static>(start: impl Fn(&Setup) -> L + 'a) -> Self {
        let handles = move |setup: &Setup| {
            let one = start(setup);
            Handles { other: Arc::new(one.clone()), one: Arc::new(one) }
        };
        Self::starting(handles, Bound::BUCKET)
    }

    /// The same kind, by another algorithm.
    #[must_use]
    pub fn with_bound(mut self, bound: Bound) -> Self {
        self.claim = bound;
        self
    }
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handles({})", self.one.layer())
    }
}
