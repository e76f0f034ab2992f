//! The native pool satisfies all laws of pools.

use seawall_pool::Pool;
use seawall_testkit::pool::{Dummy, Setup};

fn start(setup: &Setup) -> Pool<Dummy> {
    let pool = Pool::new(setup.name, setup.manager.clone(), setup.options.clone());
    pool.expect("the options are valid").with_driver(setup.driver.clone())
}

seawall_testkit::pool_laws!(start, table = ("../../docs/backends.md", "native"));
