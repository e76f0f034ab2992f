use std::sync::Arc;

use seawall_core::pool::{Order, PoolOptions};
use seawall_core::{Component, Driver, Dynamic, TooDeep};

use super::{Kind, OFFERS};
use crate::build::backend;
use crate::config::{Names, Reader, Section, Wrong, nearest};
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
    for pool in given {
        let at = sections.iter().position(|section| section.name() == pool.name);
        let section = match at {
            Some(at) => sections.remove(at),
            None => root.empty("pool", &pool.name),
        };
        if let Some(Settings { kind, options, guard }) = read(section, &breakers, registry) {
            let name = pool.name.as_str().into();
            let pool = pool.start(kind, options, driver.clone());
            registry.add_pool(name, ConfiguredPool { pool, guard });
        }
    }
    let table = root.section("pool").optional();
    for section in sections {
        if let Some(table) = &table {
            let found = format!("no manager is given for pool `{}`", section.name());
            let expected = format!("`Builder::pool({:?}, manager)` in the code", section.name());
            let near = nearest(section.name(), names.iter().map(String::as_str));
            table.reject(section.name(), Wrong::new(found).expected(expected).suggest(near));
        }
        read(section, &breakers, registry);
    }
}

/// What the settings say of a pool.
struct Settings {
    kind: Kind,
    options: PoolOptions,
    /// What its background connects ask.
    guard: Dynamic,
}

fn read(section: Section<'_>, breakers: &Names, registry: &Registry) -> Option<Settings> {
    let kind = backend::choose(&section, OFFERS)?;
    let options = options(&section);
    let guard = guard(&section, breakers, registry);
    section.finish();
    Some(Settings { kind, options, guard: guard? })
}

fn guard(section: &Section<'_>, breakers: &Names, registry: &Registry) -> Option<Dynamic> {
    let names = section.references("breaker", breakers).optional().unwrap_or_default();
    // One that could not be built was reported where it is described.
    let part = |name: String| registry.part(Component::CircuitBreaker, &name).ok();
    let layers = names.into_iter().filter_map(part).map(|part| Arc::clone(&part.backend)).collect();
    let reject = |too_deep: &TooDeep| section.reject("breaker", Wrong::new(too_deep.to_string()));
    Dynamic::new(section.name(), layers).inspect_err(reject).ok()
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
    options.max_lifetime = section.duration("max_lifetime").optional().or(options.max_lifetime);
    options.max_idle_time = section.duration("max_idle_time").optional().or(options.max_idle_time);
    let orders = [("lifo", Order::Lifo), ("fifo", Order::Fifo)];
    options.order = section.one_of("order", &orders).or(options.order);
    options
}
