use std::sync::Arc;

use seawall_core::{Driver, Dynamic};

use crate::plan::Plan;
use crate::pool::GivenPool;
use crate::registry::{ConfiguredPool, Registry};

/// Starts the pools of `plan`, whose managers are `given`. Its components are in `registry`.
pub(crate) fn start(plan: &Plan, given: Vec<GivenPool>, driver: &Driver, registry: &mut Registry) {
    for pool in given {
        let Some(planned) = plan.pools.get(pool.name.as_str()) else { continue };
        let layers = planned.breakers().map(|(component, name)| {
            let running = registry.component(component, name);
            let running = running.expect("BUG: a pool names a breaker that is not planned");
            Arc::new(running.instance.layer.clone()) as _
        });
        let connect_breaker = Dynamic::new(planned.name.as_ref(), layers.collect())
            .expect("BUG: the breakers were not checked");
        let started = pool.start(planned.kind, planned.options.clone(), driver.clone());
        let configured =
            ConfiguredPool { pool: started, backend: planned.kind.as_str(), connect_breaker };
        registry.add_pool(&planned.name, configured);
    }
}
