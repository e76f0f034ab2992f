use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::pool::AnyPool;

/// The pools that code has made and adopted, by name. No settings describe them, so no reload changes
/// them.
#[derive(Default)]
pub(crate) struct AdoptedPools(Mutex<BTreeMap<Box<str>, Arc<dyn AnyPool>>>);

impl AdoptedPools {
    /// Adds a pool. Returns false if one of that name was adopted before.
    pub(crate) fn add(&self, name: &str, pool: Arc<dyn AnyPool>) -> bool {
        let mut pools = self.lock();
        if pools.contains_key(name) {
            return false;
        }
        pools.insert(name.into(), pool);
        true
    }

    /// Returns all of them.
    pub(crate) fn all(&self) -> Vec<(Box<str>, Arc<dyn AnyPool>)> {
        self.lock().iter().map(|(name, pool)| (name.clone(), Arc::clone(pool))).collect()
    }

    pub(crate) fn close(&self) {
        self.all().into_iter().for_each(|(_, pool)| pool.close());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Box<str>, Arc<dyn AnyPool>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
