use std::sync::Arc;

use seawall_core::Dynamic;

use super::Engine;
use super::step::Changes;
use crate::config::ConfigError;
use crate::live::{ConfiguredPool, Live, Parts, Table};
use crate::plan::{Plan, PlannedPool};

/// Changes the options of the running pools that `new` has other options for.
///
/// # Errors
/// If a pool cannot change one of its options; then nothing is changed.
pub(super) fn reconfigure(
    (old, new): (&Plan, &Plan),
    table: &Table,
    changes: &mut Changes,
) -> Result<(), ConfigError> {
    for (name, planned) in &new.pools {
        let (Some(running), Some(before)) = (table.pool(name), old.pools.get(name)) else {
            continue;
        };
        if before.options != planned.options {
            let (still, options) = (Arc::clone(running), before.options.clone());
            changes.make(
                || {
                    let changed = running.pool.reconfigure(&planned.options);
                    changed.map_err(|invalid| ConfigError::new(vec![planned.problem(&invalid)]))
                },
                // The options that it had were valid.
                move || _ = still.pool.reconfigure(&options),
            )?;
        }
    }
    Ok(())
}

/// Adds the pools of `plan` to `table`, and their background work. Starts those that are not in
/// `before`.
pub(super) fn add(
    live: &Live,
    engine: &mut Engine,
    (plan, parts): (&Plan, &Parts),
    before: &Table,
    table: &mut Table,
) {
    for (name, planned) in &plan.pools {
        let (ids, breakers) = breakers(planned, parts);
        let pool = match before.pool(name) {
            Some(running) if running.has_breakers(&ids) => {
                table.add_pool(name.clone(), Arc::clone(running));
                continue;
            }
            Some(running) => Arc::clone(&running.pool),
            None => {
                // Its manager was given with its name.
                let Some(at) = engine.given.iter().position(|given| given.name == **name) else {
                    continue;
                };
                let (options, driver) = (planned.options.clone(), live.driver.clone());
                engine.given.remove(at).start(planned.kind, options, driver)
            }
        };
        let pool = Arc::new(ConfiguredPool::new(pool, planned.kind.as_str(), ids, breakers));
        let works = Arc::clone(&pool);
        live.background.add(&format!("pool {name}"), move || works.maintain());
        table.add_pool(name.clone(), pool);
    }
}

fn breakers(planned: &PlannedPool, parts: &Parts) -> (Vec<u64>, Dynamic) {
    let find = |(component, name)| parts.find(component, name);
    let found: Vec<_> = planned.breakers().filter_map(find).collect();
    let layers =
        found.iter().flat_map(|running| running.layers()).map(|layer| Arc::new(layer) as _);
    let breakers = Dynamic::new(&*planned.name, layers.collect());
    let ids = found.iter().map(|running| running.id).collect();
    (ids, breakers.expect("BUG: the breakers were not checked"))
}
