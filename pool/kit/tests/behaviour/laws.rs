//! What is here keeps the laws of pools, whatever rack it is on.

use seawall_testkit::pool::Setup;

use crate::support::Pool;

fn start(setup: &Setup) -> Pool {
    Pool::new(setup.name, setup.manager.clone(), setup.options.clone())
        .with_driver(setup.driver.clone())
}

seawall_testkit::pool_laws!(start);
