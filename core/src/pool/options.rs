use std::num::NonZeroU32;
use std::time::Duration;

/// How a pool behaves, whichever backend holds it.
///
/// ```
/// use seawall_core::pool::{Order, PoolOptions};
/// use std::{num::NonZeroU32, time::Duration};
///
/// let options = PoolOptions::new()
///     .with_max_size(NonZeroU32::new(32).expect("not zero"))
///     .with_checkout_timeout(Duration::from_secs(1));
/// assert_eq!(options.order, Order::Lifo);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolOptions {
    /// The most resources there are at once, idle, lent and being connected together. Default: 10.
    /// A backend may set memory aside for as many when it is made.
    pub max_size: NonZeroU32,
    /// How long a checkout may take in all: waiting for a place, connecting, checking and resetting
    /// together. A caller's own deadline can only shorten it; zero takes what is there without
    /// waiting. Default: 5 s.
    pub checkout_timeout: Duration,
    /// Which of the idle resources is lent first. Default: [`Order::Lifo`].
    pub order: Order,
}

/// Which of the idle resources is lent first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The one that came back last: few stay in use, and those are known to be good.
    #[default]
    Lifo,
    /// The one that has been idle longest: all stay in use, so none is closed from afar for being
    /// idle.
    Fifo,
}

const TEN: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

impl PoolOptions {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_size: TEN, checkout_timeout: Duration::from_secs(5), order: Order::Lifo }
    }

    /// With at most `max_size` resources at once.
    #[must_use]
    pub const fn with_max_size(mut self, max_size: NonZeroU32) -> Self {
        self.max_size = max_size;
        self
    }

    /// With checkouts that take `timeout` at most.
    #[must_use]
    pub const fn with_checkout_timeout(mut self, timeout: Duration) -> Self {
        self.checkout_timeout = timeout;
        self
    }

    /// With idle resources lent in `order`.
    #[must_use]
    pub const fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_what_the_documentation_says() {
        let options = PoolOptions::default();
        assert_eq!(options.max_size.get(), 10);
        assert_eq!(options.checkout_timeout, Duration::from_secs(5));
        assert_eq!(options.order, Order::Lifo);
        assert_eq!(options, PoolOptions::new());
        assert_eq!(Order::default(), Order::Lifo);
    }
}
