use std::num::NonZeroU32;
use std::time::Duration;

use super::Backoff;

/// How a pool behaves, whichever backend holds it.
///
/// ```
/// use seawall_core::pool::{Order, PoolOptions};
/// use std::{num::NonZeroU32, time::Duration};
///
/// let options = PoolOptions::new()
///     .with_max_size(NonZeroU32::new(32).expect("not zero"))
///     .with_checkout_timeout(Duration::from_secs(1))
///     .with_max_lifetime(Duration::from_secs(30 * 60));
/// assert_eq!(options.order, Order::Lifo);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolOptions {
    /// The most resources there are at once, idle, lent and being connected together. Default: 10.
    /// A backend may set memory aside for as many when it is made.
    pub max_size: NonZeroU32,
    /// So many more are made while all of `max_size` are lent, and closed when they come back and
    /// nobody waits for one. Default: 0.
    pub max_overflow: u32,
    /// So many are kept idle by the background work, as far as `max_size` allows. Default: 0.
    pub min_idle: u32,
    /// How long a checkout may take in all: waiting for a place, connecting, checking and resetting
    /// together. A caller's own deadline can only shorten it; zero takes what is there without
    /// waiting. Default: 5 s.
    pub checkout_timeout: Duration,
    /// How many checkouts may wait for a place; one more is refused as the pool being full. Default:
    /// as many as come.
    pub max_waiting: Option<u32>,
    /// How long one attempt to connect may take, whatever time its checkout has left. Default: 5 s.
    pub connect_timeout: Duration,
    /// How long a check, and how long a reset may take. One that takes as long, or as long as
    /// `checkout_timeout`, is taken for a sign that what is behind the pool was restarted: all that
    /// has been idle meanwhile is closed too, and another is made. Default: 1 s.
    pub check_timeout: Duration,
    /// How long [`Manage::close`](super::Manage::close) may take for one resource; then it is
    /// dropped. Default: 1 s.
    pub close_timeout: Duration,
    /// How long the background work waits between attempts to connect that fail. Default: 100 ms at
    /// first, then twice as long each time, up to 30 s.
    pub connect_backoff: Backoff,
    /// How old a resource may become. One that is older is not lent again. Default: without end.
    pub max_lifetime: Option<Duration>,
    /// How long a resource may be idle. One that was idle for longer is not lent again. Default:
    /// without end.
    pub max_idle_time: Option<Duration>,
    /// By up to so many percent chance shortens each resource's lifetime, idle time, and each wait
    /// between attempts to connect, so that not all end at once. More than 100 is 100. Default: 10.
    pub jitter_percent: u8,
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
        Self {
            max_size: TEN,
            max_overflow: 0,
            min_idle: 0,
            checkout_timeout: Duration::from_secs(5),
            max_waiting: None,
            connect_timeout: Duration::from_secs(5),
            check_timeout: Duration::from_secs(1),
            close_timeout: Duration::from_secs(1),
            connect_backoff: Backoff::new(),
            max_lifetime: None,
            max_idle_time: None,
            jitter_percent: 10,
            order: Order::Lifo,
        }
    }

    /// With at most `max_size` resources at once, overflow aside.
    #[must_use]
    pub const fn with_max_size(mut self, max_size: NonZeroU32) -> Self {
        self.max_size = max_size;
        self
    }

    /// With up to `max_overflow` more while all others are lent.
    #[must_use]
    pub const fn with_max_overflow(mut self, max_overflow: u32) -> Self {
        self.max_overflow = max_overflow;
        self
    }

    /// With `min_idle` kept idle.
    #[must_use]
    pub const fn with_min_idle(mut self, min_idle: u32) -> Self {
        self.min_idle = min_idle;
        self
    }

    /// With checkouts that take `timeout` at most.
    #[must_use]
    pub const fn with_checkout_timeout(mut self, timeout: Duration) -> Self {
        self.checkout_timeout = timeout;
        self
    }

    /// With at most `max_waiting` checkouts that wait for a place.
    #[must_use]
    pub const fn with_max_waiting(mut self, max_waiting: u32) -> Self {
        self.max_waiting = Some(max_waiting);
        self
    }

    /// With attempts to connect that take `timeout` at most.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// With checks and resets that take `timeout` at most.
    #[must_use]
    pub const fn with_check_timeout(mut self, timeout: Duration) -> Self {
        self.check_timeout = timeout;
        self
    }

    /// With `timeout` at most for closing a resource well.
    #[must_use]
    pub const fn with_close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// With `backoff` between attempts to connect.
    #[must_use]
    pub const fn with_connect_backoff(mut self, backoff: Backoff) -> Self {
        self.connect_backoff = backoff;
        self
    }

    /// With resources that are used until they are `lifetime` old.
    #[must_use]
    pub const fn with_max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = Some(lifetime);
        self
    }

    /// With resources that are used unless they were idle for `time`.
    #[must_use]
    pub const fn with_max_idle_time(mut self, time: Duration) -> Self {
        self.max_idle_time = Some(time);
        self
    }

    /// With times that chance shortens by up to `percent`.
    #[must_use]
    pub const fn with_jitter_percent(mut self, percent: u8) -> Self {
        self.jitter_percent = percent;
        self
    }

    /// With idle resources lent in `order`.
    #[must_use]
    pub const fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// The most places there are: `max_size` and `max_overflow` together.
    #[must_use]
    pub const fn places(&self) -> u32 {
        self.max_size.get().saturating_add(self.max_overflow)
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
        assert_eq!((options.max_size.get(), options.max_overflow, options.min_idle), (10, 0, 0));
        assert_eq!(options.checkout_timeout, Duration::from_secs(5));
        assert_eq!(options.max_waiting, None);
        assert_eq!(options.check_timeout, Duration::from_secs(1));
        assert_eq!(options.connect_timeout, Duration::from_secs(5));
        assert_eq!(options.close_timeout, Duration::from_secs(1));
        assert_eq!((options.max_lifetime, options.max_idle_time), (None, None));
        assert_eq!(options.jitter_percent, 10);
        assert_eq!(options.order, Order::Lifo);
        assert_eq!(options, PoolOptions::new());
        assert_eq!(Order::default(), Order::Lifo);
    }

    #[test]
    fn places_beyond_all_numbers_are_as_many_as_there_are_numbers() {
        let options = PoolOptions::new().with_max_overflow(3);
        assert_eq!(options.places(), 13);
        assert_eq!(options.with_max_overflow(u32::MAX).places(), u32::MAX);
    }
}
