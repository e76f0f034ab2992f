use std::hash::Hash;
use std::sync::Arc;

use governor::clock::Clock;
use governor::middleware::RateLimitingMiddleware;
use governor::state::StateStore;
use governor::state::direct::{DirectStateStore, NotKeyed};
use governor::state::keyed::ShrinkableKeyedStateStore;
use governor::{NotUntil, RateLimiter};
use seawall_core::{Call, Key};

use crate::library::{Denied, Library, answer};

/// A limiter without keys that the application made.
pub(crate) struct Unkeyed<S, C, M>(pub(crate) Arc<RateLimiter<NotKeyed, S, C, M>>)
where
    S: DirectStateStore,
    C: Clock,
    M: RateLimitingMiddleware<C::Instant>;

impl<S, C, M> Library for Unkeyed<S, C, M>
where
    S: DirectStateStore + Send + Sync,
    C: Clock + Send + Sync,
    M: RateLimitingMiddleware<C::Instant, NegativeOutcome = NotUntil<C::Instant>> + Send + Sync,
{
    fn take(&self, call: &Call<'_>) -> Result<(), Denied> {
        answer(self.0.check_n(call.cost()), self.0.clock())
    }

    fn keys(&self) -> Option<usize> {
        None
    }
}

/// A limiter with keys that the application made, and how a call's key becomes one of its keys.
pub(crate) struct Keyed<K, S, C, M>
where
    S: StateStore<Key = K>,
    C: Clock,
    M: RateLimitingMiddleware<C::Instant>,
{
    pub(crate) limiter: Arc<RateLimiter<K, S, C, M>>,
    pub(crate) key: ToKey<K>,
}

pub(crate) type ToKey<K> = Box<dyn Fn(Option<Key<'_>>) -> K + Send + Sync>;

impl<K, S, C, M> Library for Keyed<K, S, C, M>
where
    K: Hash + Send + Sync,
    S: ShrinkableKeyedStateStore<K> + Send + Sync,
    C: Clock + Send + Sync,
    M: RateLimitingMiddleware<C::Instant, NegativeOutcome = NotUntil<C::Instant>> + Send + Sync,
{
    fn take(&self, call: &Call<'_>) -> Result<(), Denied> {
        let key = (self.key)(call.key());
        answer(self.limiter.check_key_n(&key, call.cost()), self.limiter.clock())
    }

    fn keys(&self) -> Option<usize> {
        Some(self.limiter.len())
    }
}
