use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use seawall_core::{Component, InvalidOption, Layer};
use seawall_store_redis::{RedisOptions, RedisStore};

use crate::config::{Diagnostic, Setting, Table};

pub(super) const URL: Setting<String> =
    Setting::text("url", "the server: redis://USER:PASSWORD@HOST:PORT/DATABASE")
        .secret()
        .required();

pub(super) const KEY_SECRET: Setting<String> = Setting::text(
    "key_secret",
    "what keys are hashed with before they go to the server; the same in all instances",
)
.secret()
.default_depends("none");

/// Reads `url`; `None` if it is missing or wrong.
pub(super) fn url(table: &Table<'_>) -> Option<String> {
    let url = table.get(&URL)?;
    match RedisOptions::new(&url) {
        Ok(_) => Some(url),
        Err(error) => {
            table.reject(URL, Diagnostic::new(error.problem().to_owned()));
            None
        }
    }
}

/// Returns the store at `url`. Components with one `url` share the connection.
pub(super) fn store(
    url: &str,
    component: Component,
    name: &str,
) -> Result<Arc<RedisStore>, InvalidOption> {
    static STORES: LazyLock<Mutex<HashMap<String, Weak<RedisStore>>>> =
        LazyLock::new(Mutex::default);
    let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(store) = stores.get(url).and_then(Weak::upgrade) {
        return Ok(store);
    }
    let layer = Layer::new(component, name);
    let store = RedisStore::connect(url)
        .map_err(|error| InvalidOption::new(&layer, "url", error.problem().to_owned()))?;
    let store = Arc::new(store);
    stores.retain(|_, store| store.strong_count() > 0);
    stores.insert(url.to_owned(), Arc::downgrade(&store));
    Ok(store)
}
