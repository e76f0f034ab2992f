use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Backend, Clock, Limiter};

use super::Bound;
use crate::ManualClock;

/// The options that a law asks of the limiter that it checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setup {
    /// Number of tokens per period.
    pub limit: u32,
    /// The period.
    pub period: Duration,
    /// The most tokens that there can be at once. An algorithm without a burst, such as a window,
    /// ignores this and declares so by its [`Bound`].
    pub burst: u32,
    /// The most keys that are counted apart.
    pub max_keys: u32,
    /// Number of leading parts of a key that it is counted by; `None` for all of them.
    pub key_parts: Option<usize>,
    /// The maximum delay of a call that sets no `max_wait`.
    pub max_wait: Duration,
}

impl Default for Setup {
    /// Ten tokens a second, five of them at once, for a hundred keys, and calls do not wait.
    fn default() -> Self {
        Self {
            limit: 10,
            period: Duration::from_secs(1),
            burst: 5,
            max_keys: 100,
            key_parts: None,
            max_wait: Duration::ZERO,
        }
    }
}

impl Setup {
    /// Returns the tokens that flow in within `window`, rounded down.
    pub(super) fn flow(&self, window: Duration) -> u128 {
        u128::from(self.limit) * window.as_nanos() / self.period.as_nanos()
    }

    /// Returns how many whole periods `window` has.
    pub(super) fn periods(&self, window: Duration) -> u128 {
        window.as_nanos() / self.period.as_nanos()
    }
}

/// A kind of limiter, of which the laws start as many as they need.
pub type Subject<'a> = crate::law::Subject<'a, Setup, Handles, Claim>;

/// What a kind of limiter declares about itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claim {
    pub(super) bound: Bound,
    /// What laws ask for that need nothing else.
    pub(super) setup: Setup,
}

/// A limiter as the laws use it: two handles, what it can do besides admitting calls, and a way to
/// change its rule.
#[derive(Clone)]
pub struct Handles {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) clone: Arc<dyn Backend>,
    pub(super) limiter: Option<Arc<dyn Limiter>>,
    pub(super) set_rule: Option<SetRule>,
    pub(super) clock: Option<ManualClock>,
}

type SetRule = Arc<dyn Fn(&Setup, &Clock) + Send + Sync>;

impl<'a> Subject<'a> {
    /// The kind that `start` starts: a token bucket whose rule does not change.
    ///
    /// Each limiter is unused and independent of all others except its clones, which count together.
    #[must_use]
    pub fn new<L: Limiter + Clone + 'static>(start: impl Fn(&Setup) -> L + 'a) -> Self {
        Self::with_handles(move |setup| Handles::new(&start(setup)))
    }

    /// The kind that `start` starts, which only admits calls: it is no
    /// [`Limiter`](seawall_core::Limiter).
    #[must_use]
    pub fn admits_only<B: Backend + Clone + 'static>(start: impl Fn(&Setup) -> B + 'a) -> Self {
        Self::with_handles(move |setup| Handles::of_backend(&start(setup)))
    }

    /// The kind that `start` starts, a token bucket whose rule `set_rule` changes to that of another
    /// setup: only the limit and the burst differ. The time is that of the clock.
    #[must_use]
    pub fn with_set_rule<L: Limiter + Clone + 'static>(
        start: impl Fn(&Setup) -> L + 'a,
        set_rule: impl Fn(&L, &Setup, &Clock) + Copy + Send + Sync + 'static,
    ) -> Self {
        Self::with_handles(move |setup| {
            let limiter = start(setup);
            let handles = Handles::new(&limiter);
            handles.with_set_rule(move |setup, clock| set_rule(&limiter, setup, clock))
        })
    }

    /// The kind whose handles `start` returns, a token bucket: for all that the other functions cannot say.
    #[must_use]
    pub fn with_handles(start: impl Fn(&Setup) -> Handles + 'a) -> Self {
        Self::starting(start, Claim::default())
    }

    /// The same kind with the bound of another algorithm.
    #[must_use]
    pub fn with_bound(mut self, bound: Bound) -> Self {
        self.claim.bound = bound;
        self
    }

    /// The same kind, whose laws ask for `setup` where they need no other: for a limiter that works
    /// differently with a larger burst.
    #[must_use]
    pub fn with_setup(mut self, setup: Setup) -> Self {
        self.claim.setup = setup;
        self
    }
}

impl Handles {
    /// Creates the handles of a limiter whose rule does not change.
    #[must_use]
    pub fn new<L: Limiter + Clone + 'static>(limiter: &L) -> Self {
        let one = Arc::new(limiter.clone());
        let backend: Arc<dyn Backend> = Arc::clone(&one) as _;
        Self { backend, limiter: Some(one), ..Self::of_backend(limiter) }
    }

    fn of_backend<B: Backend + Clone + 'static>(backend: &B) -> Self {
        let (one, clone) = (backend.clone(), backend.clone());
        let (backend, clone) = (Arc::new(one), Arc::new(clone));
        Self { backend, clone, limiter: None, set_rule: None, clock: None }
    }

    /// Changes the rule by `set_rule` to that of another setup: only the limit and the burst differ. The
    /// time is that of the clock.
    #[must_use]
    pub fn with_set_rule(
        mut self,
        set_rule: impl Fn(&Setup, &Clock) + Send + Sync + 'static,
    ) -> Self {
        self.set_rule = Some(Arc::new(set_rule));
        self
    }

    /// Has the laws turn `clock`, which is at its origin: for a limiter that does something between calls.
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
