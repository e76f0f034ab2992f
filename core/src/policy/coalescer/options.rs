use crate::{Component, InvalidOption, Layer, Name};

/// The options of a [`Coalescer`](super::Coalescer).
///
/// | option | meaning | default |
/// |---|---|---|
/// | `max_keys` | keys that operations may run for at the same time | 10,000 |
/// | `max_followers` | callers that may wait for one key | 1,024 |
/// | `share_errors` | callers that waited share an error | true |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoalescerOptions {
    /// The name.
    pub name: Name,
    /// The number of keys that operations may run for; calls of further keys are not coalesced.
    pub max_keys: u32,
    /// The number of callers that may wait for one key; further ones are refused.
    pub max_followers: u32,
    /// True if callers that waited share an error; otherwise each runs its own operation then.
    pub share_errors: bool,
}

impl CoalescerOptions {
    /// Creates the default options of the coalescer called `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self { name: name.into(), max_keys: 10_000, max_followers: 1_024, share_errors: true }
    }

    /// Sets the number of keys that operations may run for.
    #[must_use]
    pub const fn max_keys(mut self, max_keys: u32) -> Self {
        self.max_keys = max_keys;
        self
    }

    /// Sets the number of callers that may wait for one key.
    #[must_use]
    pub const fn max_followers(mut self, max_followers: u32) -> Self {
        self.max_followers = max_followers;
        self
    }

    /// Sets whether callers that waited share an error.
    #[must_use]
    pub const fn share_errors(mut self, share_errors: bool) -> Self {
        self.share_errors = share_errors;
        self
    }

    /// Checks the options.
    ///
    /// # Errors
    /// If the name is blank, or an option is not within its bounds.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.name.validate(Component::Coalescer)?;
        if self.max_keys == 0 {
            let layer = Layer::new(Component::Coalescer, self.name.clone());
            return Err(InvalidOption::new(&layer, "max_keys", "must be 1 or more"));
        }
        Ok(())
    }
}
