//! The laws that every pool keeps.

use seawall_pool_r2d2::Pool;
use seawall_testkit::pool::{Dummy, Setup};

fn start(setup: &Setup) -> Pool<Dummy> {
    Pool::new(setup.name, setup.manager.clone(), setup.options.clone())
        .with_driver(setup.driver.clone())
}

seawall_testkit::pool_laws!(start, table = ("../../docs/backends.md", "r2d2"));
