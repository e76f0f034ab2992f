use std::sync::Arc;
use std::task::Waker;

use seawall_core::dry_run::{Observed, observe};
use seawall_core::{
    Backend, Call, Component, Entry, Exit, Key, KeyHash, KeySeed, KeyStatus, Layer, Limiter,
    Refusal, RefusalKind, Status, Tick, Token,
};

use crate::AnyLayer;

/// A layer with manual control in front of it, for backends that do not have it themselves.
///
/// It is put together anew for each change, so a layer without manual control has nothing in front of
/// it. A call that was admitted goes out as it came in.
pub(crate) struct InFront {
    layer: AnyLayer,
    limiter: Option<Arc<dyn Limiter>>,
    all: Option<Mode>,
    keys: Vec<(ForcedKey, Mode)>,
}

/// What is done with a call in place of the layer's own answer.
#[derive(Clone, Debug)]
pub(super) enum Mode {
    Open(Arc<ForcedOpen>),
    Closed,
    Observe,
}

/// The operator that a refusal comes from: the source of the refusal.
#[derive(Debug, thiserror::Error)]
#[error("forced open by {by}: {reason}")]
pub(super) struct ForcedOpen {
    pub(super) by: String,
    pub(super) reason: String,
}

/// A key of calls, or the first parts of several, of which only a hash is kept.
#[derive(Debug)]
pub(super) struct ForcedKey {
    seed: KeySeed,
    hash: KeyHash,
    parts: usize,
}

impl InFront {
    pub(super) const fn new(
        layer: AnyLayer,
        limiter: Option<Arc<dyn Limiter>>,
        all: Option<Mode>,
        keys: Vec<(ForcedKey, Mode)>,
    ) -> Self {
        Self { layer, limiter, all, keys }
    }

    /// Makes a limiter of a layer that has a mode: nothing is in front of it.
    pub(crate) fn of(layer: Arc<dyn Backend>, limiter: Arc<dyn Limiter>) -> Self {
        Self::new(AnyLayer::Other(layer), Some(limiter), None, Vec::new())
    }

    fn limiter(&self) -> &dyn Limiter {
        self.limiter.as_deref().expect("BUG: it is in front of another kind of component")
    }

    fn mode(&self, call: &Call<'_>) -> Option<&Mode> {
        let of_key = |key: Key<'_>| self.keys.iter().find(|(forced, _)| forced.is(key));
        let found = call.key().and_then(of_key).map(|(_, mode)| mode);
        found.or(self.all.as_ref())
    }

    #[cold]
    fn refuse(&self, forced: &Arc<ForcedOpen>) -> Entry {
        let layer = self.layer.layer();
        let kind = match layer.component() {
            Component::CircuitBreaker => RefusalKind::CircuitForcedOpen,
            Component::RateLimiter => RefusalKind::RateLimited,
            _ => RefusalKind::BulkheadFull,
        };
        let source: Arc<ForcedOpen> = Arc::clone(forced);
        Entry::Refuse(Refusal::new(kind, layer).with_source(source))
    }
}

impl ForcedKey {
    pub(super) fn new(key: Key<'_>) -> Self {
        /// More parts than any key has.
        const MAX_PARTS: usize = 64;
        let seed = KeySeed::random();
        let hash = key.hash(&seed);
        // A key of as many parts as it has hashes as the whole.
        let parts = (1..MAX_PARTS).find(|parts| key.hash_prefix(*parts, &seed) == hash);
        Self { seed, hash, parts: parts.unwrap_or(usize::MAX) }
    }

    /// Returns true if `key` is this one, or begins with its parts.
    pub(super) fn is(&self, key: Key<'_>) -> bool {
        key.hash_prefix(self.parts, &self.seed) == self.hash
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide a method")]
impl Backend for InFront {
    fn layer(&self) -> &Layer {
        self.layer.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        match self.mode(call) {
            None => self.layer.enter(call),
            Some(Mode::Open(forced)) => self.refuse(forced),
            Some(Mode::Closed) => Entry::Go(Token::NOT_ENTERED),
            Some(Mode::Observe) => Entry::Go(match observe(&self.layer, call) {
                Observed::Admits(token) => token,
                _ => Token::NOT_ENTERED,
            }),
        }
    }

    fn poll_start(
        &self,
        token: &mut Token,
        at: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        self.layer.poll_start(token, at, now, waker)
    }

    fn expire(&self, token: Option<Token>) {
        self.layer.expire(token);
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        if token != Token::NOT_ENTERED {
            self.layer.exit(token, exit);
        }
    }

    fn accepts_extra(&self, call: &Call<'_>) -> bool {
        match self.mode(call) {
            None => self.layer.accepts_extra(call),
            Some(Mode::Open(_)) => false,
            Some(Mode::Closed | Mode::Observe) => true,
        }
    }

    fn status(&self, now: Tick) -> Status {
        self.layer.status(now)
    }
}

/// What a limiter has spent is its own. Only the layer of a limiter is used as one.
#[deny(clippy::missing_trait_methods, reason = "a default must not hide a method")]
impl Limiter for InFront {
    fn peek(&self, call: &Call<'_>) -> KeyStatus {
        self.limiter().peek(call)
    }

    fn refund(&self, call: &Call<'_>) {
        self.limiter().refund(call);
    }

    fn reset(&self, call: &Call<'_>) {
        self.limiter().reset(call);
    }

    fn exhaust(&self, call: &Call<'_>) -> u64 {
        self.limiter().exhaust(call)
    }

    fn charge(&self, call: &Call<'_>) {
        self.limiter().charge(call);
    }
}

seawall_core::__debug! { impl InFront: self { layer: self.layer } }

#[cfg(test)]
mod tests;
