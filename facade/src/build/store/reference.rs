use std::sync::Arc;

use seawall_core::{Driver, InvalidOption, Layer};

pub(in crate::build) use super::backends::STORE;
use super::backends::STORE_TABLE;
use super::connections::open;
use super::{SharedStore, StoreOptions};
use crate::config::{Diagnostic, Setting, Table};

pub(in crate::build) const URL: Setting<String> = Setting::text(
    "url",
    "the server, in place of `store`: redis://USER:PASSWORD@HOST:PORT/DATABASE, postgres://…",
)
.secret();

pub(in crate::build) const KEY_SECRET: Setting<String> =
    STORE_KEY_SECRET.default_depends("that of the store, or none");

/// The same, in the table of a store.
pub(super) const STORE_KEY_SECRET: Setting<String> = Setting::text(
    "key_secret",
    "what keys are hashed with before they go to the store; the same in all instances",
)
.secret()
.default_depends("none");

/// What the table of a component says of its store.
#[derive(Clone, PartialEq)]
pub(in crate::build) struct StoreRef {
    /// `None` if the table of the component has the URL.
    name: Option<Box<str>>,
    options: StoreOptions,
    secret: Option<String>,
}

impl StoreRef {
    /// Reads `store` or `url` in the table of a component of the backend `backend`; `None` if there is a
    /// problem, which is reported.
    pub(in crate::build) fn read(table: &Table<'_>, backend: &str) -> Option<Self> {
        let secret = table.get(&KEY_SECRET);
        let is_default = |name: &str| table.is_default_of_component(name);
        let has = [STORE.name(), URL.name()].map(|name| table.is_set(name));
        let is_named = match has {
            [true, true] => match [STORE.name(), URL.name()].map(is_default) {
                // What holds for all components of a kind stands under what one of them has.
                [false, true] => true,
                [true, false] => false,
                _ => {
                    let wrong = Diagnostic::new("`store` is set as well");
                    table.reject(URL, wrong.expected("one of the two"));
                    return None;
                }
            },
            [named, false] => named,
            [false, true] => false,
        };
        if is_named {
            return Self::named(table, backend, secret);
        }
        if !has[1] {
            let wrong = Diagnostic::new("missing");
            table.reject(STORE, wrong.expected("the name of a store, or `url` with the server"));
            return None;
        }
        let options = StoreOptions::of_url(backend, table, table.get(&URL)?)?;
        Some(Self { name: None, options, secret })
    }

    fn named(table: &Table<'_>, backend: &str, secret: Option<String>) -> Option<Self> {
        let root = table.root();
        let name = table.reference(&STORE, &root.configured(STORE_TABLE))?;
        let stores = root.tables_in(STORE_TABLE);
        let store = stores.iter().find(|store| store.name() == name)?;
        let options = StoreOptions::read(store)?;
        if options.backend() != backend {
            let other = options.backend();
            let found = format!("the store `{name}` is of the backend `{other}`, not `{backend}`");
            let expected = format!("`backend = \"{other}\"`, or none, or another store");
            table.reject(STORE, Diagnostic::new(found).expected(expected));
            return None;
        }
        let secret = secret.or_else(|| store.get(&KEY_SECRET));
        Some(Self { name: Some(name.into()), options, secret })
    }

    /// Returns the secret that keys are hashed with.
    pub(in crate::build) fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
    }

    /// Returns the store, which the components of one driver share.
    ///
    /// # Errors
    /// If it cannot be reached by these options, of which reading has accepted all.
    pub(in crate::build) fn open(
        &self,
        layer: &Layer,
        driver: &Driver,
    ) -> Result<Arc<SharedStore>, InvalidOption> {
        let store = open(self.name.as_deref(), &self.options, driver);
        store.map_err(|error| InvalidOption::new(layer, STORE.name(), error.problem().to_owned()))
    }

    /// Returns why a component has to be started anew if its store becomes `new`; `None` if it can go on.
    pub(in crate::build) fn on_change(&self, new: &Self) -> Option<&'static str> {
        let same_place = match (&self.name, &new.name) {
            (None, None) => self.options == new.options,
            (one, other) => one == other && self.options.is_same_place(&new.options),
        };
        match (same_place, self.secret == new.secret) {
            (false, _) => Some("in another store, it begins anew"),
            (true, false) => Some("by another `key_secret`, its keys are others"),
            (true, true) => None,
        }
    }

    /// Returns how the store is reached.
    pub(in crate::build) const fn options(&self) -> &StoreOptions {
        &self.options
    }
}
