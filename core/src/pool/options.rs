use std::num::NonZeroU32;
use std::time::Duration;

use super::Backoff;
use crate::{InvalidOption, Layer};

/// Configures a pool of any backend.
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
    /// Maximum number of resources: idle, lent and being connected. Default: 10. A backend may
    /// reserve memory for all of them when the pool is created.
    pub max_size: NonZeroU32,
    /// Number of further resources while all of `max_size` are lent. They are closed when they are
    /// returned and no caller waits. Default: 0.
    pub max_overflow: u32,
    /// Number of resources that the background work keeps idle, as far as `max_size` allows.
    /// Default: 0.
    pub min_idle: u32,
    /// Maximum time of a checkout: waiting for a permit, connecting, checking and resetting
    /// together. A caller's own deadline can only shorten it; zero takes an idle resource without
    /// waiting. Default: 5 s.
    pub checkout_timeout: Duration,
    /// Maximum number of checkouts that wait for a permit; further ones are refused as `PoolFull`.
    /// Default: unlimited.
    pub max_waiting: Option<u32>,
    /// Maximum time of one attempt to connect, whatever time its checkout has left. Default: 5 s.
    pub connect_timeout: Duration,
    /// Maximum time of a check, and of a reset. A resource whose check takes longer is closed; those
    /// that were idle meanwhile are checked before their next loan. Default: 1 s.
    pub check_timeout: Duration,
    /// Time since the last use within which a resource is lent without a check. Zero checks before each
    /// loan. Default: 500 ms.
    pub check_after: Duration,
    /// Maximum time of [`Manage::close`](super::Manage::close) for one resource, which is then
    /// dropped. Default: 1 s.
    pub close_timeout: Duration,
    /// Time between failed attempts of the background work to connect. Default: 100 ms at first,
    /// doubled after each failure, up to 30 s.
    pub connect_backoff: Backoff,
    /// Maximum age of a resource. An older one is not lent again. Default: unlimited.
    pub max_lifetime: Option<Duration>,
    /// Maximum time that a resource may be idle. One that was idle for longer is not lent again.
    /// Default: unlimited.
    pub max_idle_time: Option<Duration>,
    /// Shortens each lifetime, idle time and backoff by a random 0 to `jitter_percent` %, so that
    /// they do not all expire together. More than 100 counts as 100. Default: 10.
    pub jitter_percent: u8,
    /// Time after which a lent resource is reported as leaked, with the place in the code that took it.
    /// Default: never.
    pub leak_after: Option<Duration>,
    /// Time after which a checkout that succeeds is reported as slow. Default: never.
    pub slow_checkout_after: Option<Duration>,
    /// Which of the idle resources is lent first. Default: [`Order::Lifo`].
    pub order: Order,
}

/// The order in which idle resources are lent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The resource returned last is lent first: few resources stay in use, and these are known to
    /// work.
    #[default]
    Lifo,
    /// The resource idle for longest is lent first: all resources stay in use, so servers close
    /// none of them for being idle.
    Fifo,
}

const TEN: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

impl PoolOptions {
    /// Returns the defaults.
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
            check_after: Duration::from_millis(500),
            close_timeout: Duration::from_secs(1),
            connect_backoff: Backoff::new(),
            max_lifetime: None,
            max_idle_time: None,
            jitter_percent: 10,
            leak_after: None,
            slow_checkout_after: None,
            order: Order::Lifo,
        }
    }

    /// Sets the maximum number of resources, without overflow.
    #[must_use]
    pub const fn with_max_size(mut self, max_size: NonZeroU32) -> Self {
        self.max_size = max_size;
        self
    }

    /// Sets the number of further resources while all others are lent.
    #[must_use]
    pub const fn with_max_overflow(mut self, max_overflow: u32) -> Self {
        self.max_overflow = max_overflow;
        self
    }

    /// Sets the number of resources to keep idle.
    #[must_use]
    pub const fn with_min_idle(mut self, min_idle: u32) -> Self {
        self.min_idle = min_idle;
        self
    }

    /// Sets the maximum time of a checkout.
    #[must_use]
    pub const fn with_checkout_timeout(mut self, timeout: Duration) -> Self {
        self.checkout_timeout = timeout;
        self
    }

    /// Sets the maximum number of checkouts that wait for a permit.
    #[must_use]
    pub const fn with_max_waiting(mut self, max_waiting: u32) -> Self {
        self.max_waiting = Some(max_waiting);
        self
    }

    /// Sets the maximum time of one attempt to connect.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the maximum time of a check and of a reset.
    #[must_use]
    pub const fn with_check_timeout(mut self, timeout: Duration) -> Self {
        self.check_timeout = timeout;
        self
    }

    /// Sets the maximum time for closing a resource gracefully.
    #[must_use]
    pub const fn with_close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// Sets the time between failed attempts to connect.
    #[must_use]
    pub const fn with_connect_backoff(mut self, backoff: Backoff) -> Self {
        self.connect_backoff = backoff;
        self
    }

    /// Sets the maximum age of a resource.
    #[must_use]
    pub const fn with_max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = Some(lifetime);
        self
    }

    /// Sets the maximum time that a resource may be idle.
    #[must_use]
    pub const fn with_max_idle_time(mut self, time: Duration) -> Self {
        self.max_idle_time = Some(time);
        self
    }

    /// Sets the percentage by which times are shortened at random.
    #[must_use]
    pub const fn with_jitter_percent(mut self, percent: u8) -> Self {
        self.jitter_percent = percent;
        self
    }

    /// Sets the time since the last use within which a resource is lent without a check.
    #[must_use]
    pub const fn with_check_after(mut self, time: Duration) -> Self {
        self.check_after = time;
        self
    }

    /// Sets the time after which a lent resource is reported as leaked.
    #[must_use]
    pub const fn with_leak_after(mut self, time: Duration) -> Self {
        self.leak_after = Some(time);
        self
    }

    /// Sets the time after which a checkout that succeeds is reported as slow.
    #[must_use]
    pub const fn with_slow_checkout_after(mut self, time: Duration) -> Self {
        self.slow_checkout_after = Some(time);
        self
    }

    /// Sets the order in which idle resources are lent.
    #[must_use]
    pub const fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Returns the maximum number of permits: `max_size` and `max_overflow` together.
    #[must_use]
    pub const fn places(&self) -> u32 {
        self.max_size.get().saturating_add(self.max_overflow)
    }

    /// Checks each option, and that no two of them contradict each other, for the pool `layer`.
    ///
    /// # Errors
    /// The first problem, which names all options that it is about. [`problems`](Self::problems)
    /// returns all of them.
    pub fn validate(&self, layer: &Layer) -> Result<(), InvalidOption> {
        match self.problems(layer).into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(()),
        }
    }

    /// Returns all problems of the options of the pool `layer`.
    #[must_use]
    pub fn problems(&self, layer: &Layer) -> Vec<InvalidOption> {
        let Backoff { first, most } = self.connect_backoff;
        let mut problems = Vec::new();
        let mut check = |is_good: bool, option, problem: &dyn Fn() -> String| {
            if !is_good {
                problems.push(InvalidOption::new(layer, option, problem()));
            }
        };
        let limit = |value| format!("must be at most {}, not {value}", Self::MAX_PLACES);
        check(self.max_size.get() <= Self::MAX_PLACES, "max_size", &|| limit(self.max_size.get()));
        check(self.max_overflow <= Self::MAX_PLACES, "max_overflow", &|| limit(self.max_overflow));
        check(self.min_idle <= self.max_size.get(), "min_idle", &|| {
            format!("({}) must not be more than `max_size` ({})", self.min_idle, self.max_size)
        });
        check(first >= MILLISECOND, "connect_backoff", &|| {
            format!("must be at least 1ms, not {first:?}")
        });
        check(first <= most, "connect_backoff", &|| {
            format!("({first:?}) must not be longer than `connect_backoff_most` ({most:?})")
        });
        let times = [
            ("connect_timeout", Some(self.connect_timeout)),
            ("check_timeout", Some(self.check_timeout)),
            ("close_timeout", Some(self.close_timeout)),
            ("max_lifetime", self.max_lifetime),
            ("max_idle_time", self.max_idle_time),
            ("leak_after", self.leak_after),
        ];
        for (option, time) in times {
            let Some(time) = time else { continue };
            check(time >= MILLISECOND, option, &|| format!("must be at least 1ms, not {time:?}"));
        }
        check(self.jitter_percent <= 100, "jitter_percent", &|| {
            format!("must be at most 100, not {}", self.jitter_percent)
        });
        problems
    }

    /// Largest accepted `max_size`, and largest `max_overflow`. A database serves a few thousand
    /// connections; a larger number is most likely a mistake.
    pub const MAX_PLACES: u32 = 100_000;
}

const MILLISECOND: Duration = Duration::from_millis(1);

impl Default for PoolOptions {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Component;

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
        assert_eq!(options.check_after, Duration::from_millis(500));
        assert_eq!((options.leak_after, options.slow_checkout_after), (None, None));
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

    fn problem(options: &PoolOptions) -> String {
        let layer = Layer::new(Component::ConnectionPool, "orders");
        options.validate(&layer).expect_err("it is invalid").to_string()
    }

    #[test]
    fn the_defaults_are_valid() {
        let layer = Layer::new(Component::ConnectionPool, "orders");
        assert_eq!(PoolOptions::new().validate(&layer), Ok(()));
    }

    #[test]
    fn contradicting_options_are_both_named() {
        let idle = PoolOptions::new().with_min_idle(11);
        let expected =
            "connection pool `orders`: `min_idle` (11) must not be more than `max_size` (10)";
        assert_eq!(problem(&idle), expected);
        let backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_millis(1) };
        assert_eq!(
            problem(&PoolOptions::new().with_connect_backoff(backoff)),
            "connection pool `orders`: `connect_backoff` (1s) must not be longer than \
             `connect_backoff_most` (1ms)"
        );
    }

    #[test]
    fn sizes_and_times_have_limits() {
        let sizes = [
            PoolOptions::new().with_max_size(NonZeroU32::MAX),
            PoolOptions::new().with_max_overflow(u32::MAX),
        ];
        for options in sizes {
            assert!(problem(&options).ends_with("must be at most 100000, not 4294967295"));
        }
        let never = Backoff { first: Duration::ZERO, most: Duration::ZERO };
        let times = [
            PoolOptions::new().with_connect_backoff(never),
            PoolOptions::new().with_connect_timeout(Duration::ZERO),
            PoolOptions::new().with_check_timeout(Duration::ZERO),
            PoolOptions::new().with_close_timeout(Duration::ZERO),
            PoolOptions::new().with_max_lifetime(Duration::ZERO),
            PoolOptions::new().with_max_idle_time(Duration::ZERO),
            PoolOptions::new().with_leak_after(Duration::ZERO),
        ];
        for options in times {
            assert!(problem(&options).ends_with("must be at least 1ms, not 0ns"));
        }
        assert!(problem(&PoolOptions::new().with_jitter_percent(101)).contains("at most 100"));
    }
}
