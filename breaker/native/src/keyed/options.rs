use std::time::Duration;

use seawall_core::{InvalidOption, KeyOverflow, Layer};

use crate::keyed::ticket::MAX_PLACES;

/// Which keys a [`KeyedBreaker`](crate::KeyedBreaker) keeps, and for how long.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `max_keys` | 10,000 | the most keys that have a circuit of their own |
/// | `overflow` | [`Shared`](KeyOverflow::Shared) | what becomes of further keys |
/// | `forget_after` | a day | for how long a key is kept that nobody calls, whatever stands against it |
/// | `key_parts` | all | the first so many parts of a key have one circuit; with 0, all calls have the same, with a key or without |
///
/// A key has nothing to its account if its circuit is closed and has counted nothing that still counts.
/// A key is never forgotten for the sake of others while its circuit is not closed or a call under it has
/// not ended; with [`EvictColdest`](KeyOverflow::EvictColdest), a closed circuit may be that has counted
/// something, and those go first that nobody has called for the longest time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyOptions {
    pub(crate) max_keys: u32,
    pub(crate) overflow: KeyOverflow,
    pub(crate) forget_after: Duration,
    pub(crate) key_parts: Option<usize>,
}

impl KeyOptions {
    /// The most keys that can be kept.
    pub const MAX_KEYS: u32 = MAX_PLACES;

    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_keys: 10_000,
            overflow: KeyOverflow::Shared,
            forget_after: Duration::from_secs(24 * 3600),
            key_parts: None,
        }
    }

    /// The most keys that have a circuit of their own: 4,194,304 at most. Each takes some 450 bytes, and
    /// 8 for each failure that opens it; with rates some 300 more, and one for each call of a window of
    /// calls.
    #[must_use]
    pub const fn max_keys(mut self, max_keys: u32) -> Self {
        self.max_keys = max_keys;
        self
    }

    /// What becomes of further keys.
    #[must_use]
    pub const fn overflow(mut self, overflow: KeyOverflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// For how long a key is kept that nobody calls, where there is no room for others, though its
    /// circuit is not closed: so what is gone for good, as a host that was taken down, does not stay for
    /// ever. Calls by others cannot shorten that. A circuit that is forced open, disabled or observing
    /// stays all the same.
    #[must_use]
    pub const fn forget_after(mut self, forget_after: Duration) -> Self {
        self.forget_after = forget_after;
        self
    }

    /// Gives keys that begin with the same `parts` parts one circuit: `("host", "a", "/path")` that of
    /// `("host", "a")` with 2. With 0 there is one for all calls, with a key or without.
    #[must_use]
    pub const fn key_parts(mut self, parts: usize) -> Self {
        self.key_parts = Some(parts);
        self
    }

    pub(crate) fn validate(&self, layer: &Layer) -> Result<(), InvalidOption> {
        let invalid = |option, problem| Err(InvalidOption::new(layer, option, problem));
        if !(1..=Self::MAX_KEYS).contains(&self.max_keys) {
            return invalid("max_keys", "must be between 1 and 4,194,304");
        }
        if self.forget_after.is_zero() {
            return invalid("forget_after", "must be longer than zero");
        }
        Ok(())
    }
}

impl Default for KeyOptions {
    fn default() -> Self {
        Self::new()
    }
}
