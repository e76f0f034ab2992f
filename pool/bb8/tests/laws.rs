//! The laws that every pool keeps.

use seawall_pool_bb8::Pool;
use seawall_testkit::pool::{Dummy, Setup};

fn start(setup: &Setup) -> Pool<Dummy> {
    Pool::new(setup.name, setup.manager.clone(), setup.options.clone())
        .with_driver(setup.driver.clone())
}

seawall_testkit::pool_laws!(start, table = ("../../docs/backends.md", "bb8"), cannot {
    connect_outlives_its_caller = "a connect belongs to the checkout that began it",
    failing_connects_have_pauses = "each checkout tries to connect",
    slow_check_costs_one_resource = "a slow check closes everything idle",
    deadline_covers_resetting = "a resource is reset when it is lent",
    dropped_reset_frees_its_permit = "a resource is reset when it is lent",
});
