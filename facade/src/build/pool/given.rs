use seawall_core::Driver;
use seawall_core::pool::{Order, PoolOptions};

use super::{Kind, OFFERS};
use crate::build::backend;
use crate::config::{Reader, Section, Wrong, nearest};
use crate::pool::GivenPool;
use crate::registry::Registry;

/// Starts the pools that code has given managers for, with the options that `reader` has for them.
pub(crate) fn build(
    reader: &Reader,
    given: Vec<GivenPool>,
    driver: &Driver,
    registry: &mut Registry,
) {
    let root = reader.root();
    let mut sections = root.sections("pool");
    let names: Vec<String> = given.iter().map(|pool| pool.name.clone()).collect();
    for (nth, pool) in given.into_iter().enumerate() {
        if names[..nth].contains(&pool.name) {
            let found = format!("two managers are given for pool `{}` in the code", pool.name);
            root.reject("pool", Wrong::new(found));
            continue;
        }
        let at = sections.iter().position(|section| section.name() == pool.name);
        let section = match at {
            Some(at) => sections.remove(at),
            None => root.empty("pool", &pool.name),
        };
        if let Some((kind, options)) = read(section) {
            let name = pool.name.as_str().into();
            registry.add_pool(name, pool.start(kind, options, driver.clone()));
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
        read(section);
    }
}

fn read(section: Section<'_>) -> Option<(Kind, PoolOptions)> {
    let kind = backend::choose(&section, OFFERS)?;
    let options = options(&section);
    section.finish();
    Some((kind, options))
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
