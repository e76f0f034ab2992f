use std::sync::{Arc, Mutex, PoisonError, Weak};

use seawall_core::Driver;
use seawall_store::{Store, StoreError};

use super::{SharedStore, StoreOptions};

/// Returns the connection by these options, which are shared in the process.
pub(super) fn connect(options: &StoreOptions) -> Result<Arc<dyn Store>, StoreError> {
    static CONNECTED: Mutex<Vec<(StoreOptions, Weak<dyn Store>)>> = Mutex::new(Vec::new());
    let mut connected = CONNECTED.lock().unwrap_or_else(PoisonError::into_inner);
    connected.retain(|(_, store)| store.strong_count() > 0);
    let known = connected.iter().find(|(known, _)| known == options);
    if let Some(store) = known.and_then(|(_, store)| store.upgrade()) {
        return Ok(store);
    }
    let store = options.connect()?;
    connected.push((options.clone(), Arc::downgrade(&store)));
    Ok(store)
}

/// Returns the store that the components of `driver` share: by its name, or without one by its options.
pub(super) fn open(
    name: Option<&str>,
    options: &StoreOptions,
    driver: &Driver,
) -> Result<Arc<SharedStore>, StoreError> {
    static OPEN: Mutex<Vec<Weak<SharedStore>>> = Mutex::new(Vec::new());
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|store| store.strong_count() > 0);
    let mut known = open.iter().filter_map(Weak::upgrade);
    if let Some(store) = known.find(|store| store.is(name, options, driver)) {
        store.follow(options)?;
        return Ok(store);
    }
    let store = Arc::new(SharedStore::new(name, options, driver)?);
    open.push(Arc::downgrade(&store));
    Ok(store)
}
