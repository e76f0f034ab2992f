use seawall_core::Driver;
use seawall_core::pool::{Order, PoolOptions};

use crate::config::{Reader, Section, Wrong};
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
    for pool in given {
        let at = sections.iter().position(|section| section.name() == pool.name);
        let options = at.map_or_else(PoolOptions::default, |at| options(sections.remove(at)));
        registry.add_pool(pool.name.as_str().into(), pool.start(options, driver.clone()));
    }
    for section in sections {
        let found = format!("no manager is given for pool `{}`", section.name());
        let expected = format!("`Builder::pool({:?}, manager)` in the code", section.name());
        section.reject("backend", Wrong::new(found).expected(expected));
        options(section);
    }
}

fn options(section: Section<'_>) -> PoolOptions {
    let mut options = PoolOptions::default();
    section.one_of("backend", &[("deadpool", ())]).or(());
    options.max_size = section.count("max_size").or(options.max_size);
    options.checkout_timeout = section.duration("checkout_timeout").or(options.checkout_timeout);
    let orders = [("lifo", Order::Lifo), ("fifo", Order::Fifo)];
    options.order = section.one_of("order", &orders).or(options.order);
    section.finish();
    options
}
