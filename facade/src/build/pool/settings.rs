use std::time::Duration;

use seawall_core::pool::{Backoff, Order, PoolOptions};

use crate::build::settings;
use crate::config::{Names, PoolPreset, Setting, Table, Word};

settings! {
    MAX_SIZE: u32 = Setting::count("max_size", "maximum number of resources").default("10");
    MAX_OVERFLOW: u32 =
        Setting::count("max_overflow", "number of resources above the maximum while all others are lent")
            .min(0)
            .default("0");
    MIN_IDLE: u32 =
        Setting::count("min_idle", "number of resources that the background work keeps idle")
            .min(0)
            .default("0");
    CHECKOUT_TIMEOUT: Duration =
        Setting::duration("checkout_timeout", "time for waiting, connecting and checking together")
            .default("5s");
    MAX_WAITING: u32 =
        Setting::count("max_waiting", "maximum number of checkouts that wait").min(0);
    CONNECT_TIMEOUT: Duration =
        Setting::duration("connect_timeout", "time for one attempt to connect").default("5s");
    CHECK_TIMEOUT: Duration =
        Setting::duration("check_timeout", "time for one check of an idle resource").default("1s");
    CHECK_AFTER: Duration = Setting::duration(
        "check_after",
        "time since its last use within which a resource is lent without a check",
    )
    .min(Duration::ZERO)
    .default("500ms");
    CLOSE_TIMEOUT: Duration = Setting::duration(
        "close_timeout",
        "time for closing one gracefully, in the background and in a drain",
    )
    .default("1s");
    CONNECT_BACKOFF: Duration = Setting::duration(
        "connect_backoff",
        "wait after the first failed connect in the background",
    )
    .default("100ms");
    CONNECT_BACKOFF_MAX: Duration = Setting::duration(
        "connect_backoff_max",
        "the wait doubles after each further failure, up to this maximum",
    )
    .default("30s");
    MAX_LIFETIME: Duration =
        Setting::duration("max_lifetime", "age from which a resource is not lent any more");
    MAX_IDLE_TIME: Duration =
        Setting::duration("max_idle_time", "idle time from which a resource is not lent any more");
    JITTER_PERCENT: u32 = Setting::count(
        "jitter_percent",
        "shortens lifetimes, idle times and backoffs at random by up to this percentage",
    )
    .min(0)
    .max(100)
    .default("10");
    LEAK_AFTER: Duration = Setting::duration(
        "leak_after",
        "time after which a lent resource is reported as leaked; native only",
    );
    SLOW_CHECKOUT_AFTER: Duration = Setting::duration(
        "slow_checkout_after",
        "time after which a checkout that succeeds is reported as slow; native only",
    );
    ORDER: Order = Setting::word(
        "order",
        "which idle resource is lent first: the one that came back last, or first",
    )
    .default("lifo");
    BREAKER: Names = Setting::names(
        "breaker",
        "breaker",
        "breaker, or list of breakers, that background connects go through",
    );
    REQUIRED: bool = crate::build::common::REQUIRED;
    USE: PoolPreset =
        Setting::word(crate::config::USE, "preset: values for the settings that are not set");
}

impl Word for Order {
    const WORDS: &'static [(&'static str, Self)] = &[("lifo", Self::Lifo), ("fifo", Self::Fifo)];
}

/// Reads the options of a pool; `None` if a value is wrong.
pub(super) fn options(table: &Table<'_>) -> Option<PoolOptions> {
    let mut options = PoolOptions::default();
    // All are read before any is missed, so that all problems are reported.
    let sizes = (table.get(&MAX_SIZE), table.get(&MAX_OVERFLOW), table.get(&MIN_IDLE));
    let checkout = (table.get(&CHECKOUT_TIMEOUT), table.get(&CONNECT_TIMEOUT));
    let background = (table.get(&CHECK_TIMEOUT), table.get(&CLOSE_TIMEOUT));
    let backoff = (table.get(&CONNECT_BACKOFF), table.get(&CONNECT_BACKOFF_MAX));
    let (jitter, order) = (table.get(&JITTER_PERCENT), table.get(&ORDER));
    options.max_waiting = table.get(&MAX_WAITING);
    options.max_lifetime = table.get(&MAX_LIFETIME);
    options.max_idle_time = table.get(&MAX_IDLE_TIME);
    options.leak_after = table.get(&LEAK_AFTER);
    options.slow_checkout_after = table.get(&SLOW_CHECKOUT_AFTER);
    let check_after = table.get(&CHECK_AFTER);
    (options.max_size, options.max_overflow, options.min_idle) =
        (sizes.0?.try_into().ok()?, sizes.1?, sizes.2?);
    (options.checkout_timeout, options.connect_timeout) = (checkout.0?, checkout.1?);
    (options.check_timeout, options.close_timeout) = (background.0?, background.1?);
    options.connect_backoff = Backoff { first: backoff.0?, most: backoff.1? };
    options.jitter_percent = u8::try_from(jitter?).ok()?;
    options.order = order?;
    options.check_after = check_after?;
    Some(options)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;
    use crate::ConfigSource;

    /// The options that the pool `numbers` has by these settings.
    fn options_of(settings: &str) -> PoolOptions {
        let reader = ConfigSource::new().toml_str(settings).read().expect("it is TOML");
        let options = options(&reader.root().tables_in("pool").remove(0)).expect("it is known");
        reader.finish().expect("nothing is wrong");
        options
    }

    #[test]
    fn every_option_is_a_setting() {
        const SECOND: Duration = Duration::from_secs(1);
        let settings = r#"
            [pool.numbers]
            max_size = 3
            max_overflow = 2
            min_idle = 1
            checkout_timeout = "4s"
            max_waiting = 0
            connect_timeout = "2s"
            check_timeout = "3s"
            close_timeout = "5s"
            connect_backoff = "6s"
            connect_backoff_max = "7s"
            max_lifetime = "8s"
            max_idle_time = "9s"
            jitter_percent = 20
            order = "fifo"
        "#;
        let options = PoolOptions::new()
            .with_max_size(NonZeroU32::new(3).expect("not zero"))
            .with_max_overflow(2)
            .with_min_idle(1)
            .with_checkout_timeout(4 * SECOND)
            .with_max_waiting(0)
            .with_connect_timeout(2 * SECOND)
            .with_check_timeout(3 * SECOND)
            .with_close_timeout(5 * SECOND)
            .with_connect_backoff(Backoff { first: 6 * SECOND, most: 7 * SECOND })
            .with_max_lifetime(8 * SECOND)
            .with_max_idle_time(9 * SECOND)
            .with_jitter_percent(20)
            .with_order(Order::Fifo);
        assert_eq!(options_of(settings), options);
        assert_eq!(options_of("[pool.numbers]"), PoolOptions::new());
    }
}
