use std::time::Duration;

use seawall_core::{Component, InvalidOption, KeyOverflow, Layer, Name};

use crate::keyed::ticket::MAX_PLACES;

/// The options of a [`KeyedBreaker`](crate::KeyedBreaker) about its keys.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `max_keys` | 10,000 | maximum number of keys with a circuit of their own |
/// | `overflow` | [`Shared`](KeyOverflow::Shared) | what happens to further keys |
/// | `forget_after` | a day | time after its last call in which a key is kept, whatever its circuit is |
/// | `key_parts` | all | number of leading parts of a key that choose its circuit; with 0, all calls have the same one |
///
/// Keys are forgotten only to make room for others, and only while none of their calls is in flight. A
/// key whose circuit is closed and has nothing counted goes first. With
/// [`EvictColdest`](KeyOverflow::EvictColdest), the least recently used key with a closed circuit follows.
/// A key whose circuit is open, half-open or recovering is kept for `forget_after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyOptions {
    pub(crate) max_keys: u32,
    pub(crate) overflow: KeyOverflow,
    pub(crate) forget_after: Duration,
    pub(crate) key_parts: Option<usize>,
}

impl KeyOptions {
    /// The maximum of `max_keys`.
    pub const MAX_KEYS: u32 = MAX_PLACES;

    /// Creates the default options.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_keys: 10_000,
            overflow: KeyOverflow::Shared,
            forget_after: Duration::from_secs(24 * 3600),
            key_parts: None,
        }
    }

    /// Sets the maximum number of keys with a circuit of their own, up to 4,194,304. A key takes less
    /// than 500 bytes with up to 10 failures that open its circuit and 8 for each further one, with rates
    /// up to 400 more, and one for each call of a window of calls.
    #[must_use]
    pub const fn max_keys(mut self, max_keys: u32) -> Self {
        self.max_keys = max_keys;
        self
    }

    /// Sets what happens to further keys.
    #[must_use]
    pub const fn overflow(mut self, overflow: KeyOverflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets how long a key is kept after its last call though others need its room and its circuit is not
    /// closed. So a host that was taken down for good does not stay for ever. Calls with other keys cannot
    /// shorten that time. A key under manual control stays all the same.
    #[must_use]
    pub const fn forget_after(mut self, forget_after: Duration) -> Self {
        self.forget_after = forget_after;
        self
    }

    /// Gives keys that begin with the same `parts` parts one circuit: with 2, `("host", "a", "/path")` has
    /// that of `("host", "a")`. With 0 there is one for all calls, with a key or without.
    #[must_use]
    pub const fn key_parts(mut self, parts: usize) -> Self {
        self.key_parts = Some(parts);
        self
    }

    /// Checks all options, as starting the breaker `name` does.
    ///
    /// # Errors
    /// Returns the first option that is out of its range.
    pub fn validate(&self, name: &Name) -> Result<(), InvalidOption> {
        let invalid = |option, problem| {
            let layer = Layer::new(Component::CircuitBreaker, name.clone());
            Err(InvalidOption::new(&layer, option, problem))
        };
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
