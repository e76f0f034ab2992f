use std::sync::Arc;

use seawall_core::pool::{Backoff, Order, PoolOptions};
use seawall_core::{Component, Driver, Dynamic};

use super::{BACKENDS, Kind};
use crate::build::backend;
use crate::build::protection::layers;
use crate::config::{Diagnostic, Names, Reader, Section, nearest};
use crate::pool::GivenPool;
use crate::registry::{ConfiguredPool, Registry};

/// Starts the pools that code has given managers for, with the options that `reader` has for them.
pub(crate) fn build(
    reader: &Reader,
    given: Vec<GivenPool>,
    driver: &Driver,
    registry: &mut Registry,
) {
    let root = reader.root();
    let mut sections = root.sections("pool");
    let breakers = root.names("breaker");
    let names: Vec<String> = given.iter().map(|pool| pool.name.clone()).collect();
    for (nth, pool) in given.into_iter().enumerate() {
        if names[..nth].contains(&pool.name) {
            let found = format!("two managers are given for pool `{}` in the code", pool.name);
            root.reject("pool", Diagnostic::new(found));
            continue;
        }
        let at = sections.iter().position(|section| section.name() == pool.name);
        let section = match at {
            Some(at) => sections.remove(at),
            None => root.empty("pool", &pool.name),
        };
        if let Some(Settings { kind, options, connect_breaker }) =
            read(section, &breakers, registry)
        {
            let name = pool.name.clone();
            let pool = pool.start(kind, options, driver.clone());
            let backend = kind.as_str();
            registry.add_pool(&name, ConfiguredPool { pool, backend, connect_breaker });
        }
    }
    let table = root.section("pool").optional();
    for section in sections {
        if let Some(table) = &table {
            let found = format!("no manager is given for pool `{}`", section.name());
            let expected = format!("`Builder::pool({:?}, manager)` in the code", section.name());
            let near = nearest(section.name(), names.iter().map(String::as_str));
            table.reject(section.name(), Diagnostic::new(found).expected(expected).suggest(near));
        }
        read(section, &breakers, registry);
    }
}

/// What the settings say of a pool.
struct Settings {
    kind: Kind,
    options: PoolOptions,
    /// The breakers that its background connects go through.
    connect_breaker: Dynamic,
}

fn read(section: Section<'_>, breakers: &Names, registry: &Registry) -> Option<Settings> {
    let kind = backend::choose(&section, BACKENDS)?;
    let options = options(&section);
    let connect_breaker = connect_breaker(&section, breakers, registry);
    section.finish();
    Some(Settings { kind, options, connect_breaker: connect_breaker? })
}

fn connect_breaker(
    section: &Section<'_>,
    breakers: &Names,
    registry: &Registry,
) -> Option<Dynamic> {
    let layers = layers(section, "breaker", breakers, Component::CircuitBreaker, registry);
    let layers = layers.into_iter().map(|layer| Arc::new(layer) as _).collect();
    match Dynamic::new(section.name(), layers) {
        Ok(layers) => Some(layers),
        Err(invalid) => {
            section.reject("breaker", Diagnostic::new(invalid.to_string()));
            None
        }
    }
}

fn options(section: &Section<'_>) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.max_size = section.count("max_size").or(options.max_size);
    options.checkout_timeout = section.duration("checkout_timeout").or(options.checkout_timeout);
    options.max_overflow = section.whole_u32("max_overflow").or(options.max_overflow);
    options.min_idle = section.whole_u32("min_idle").or(options.min_idle);
    options.max_waiting = section.whole_u32("max_waiting").optional().or(options.max_waiting);
    options.connect_timeout = section.duration("connect_timeout").or(options.connect_timeout);
    options.check_timeout = section.duration("check_timeout").or(options.check_timeout);
    options.close_timeout = section.duration("close_timeout").or(options.close_timeout);
    let Backoff { first, most } = options.connect_backoff;
    options.connect_backoff = Backoff {
        first: section.duration("connect_backoff").or(first),
        most: section.duration("connect_backoff_max").or(most),
    };
    options.max_lifetime = section.duration("max_lifetime").optional().or(options.max_lifetime);
    options.max_idle_time = section.duration("max_idle_time").optional().or(options.max_idle_time);
    let jitter = section.whole("jitter_percent", 0..=100).or(options.jitter_percent.into());
    options.jitter_percent = u8::try_from(jitter).unwrap_or(options.jitter_percent);
    let orders = [("lifo", Order::Lifo), ("fifo", Order::Fifo)];
    options.order = section.one_of("order", &orders).or(options.order);
    options
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
        let (root, registry) = (reader.root(), Registry::default());
        let read = read(root.sections("pool").remove(0), &root.names("breaker"), &registry);
        let Settings { options, .. } = read.expect("it is known");
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
