use std::marker::PhantomData;
use std::time::Duration;

use seawall_bulkhead_redis::{BulkheadOptions, SharedBulkhead, SharedOptions};
use seawall_core::{Component, Driver, InvalidOption, Layer};

use super::common;
use crate::build::store::{self, InStore, StoreRef};
use crate::build::{ComponentBackend, Instance, OnChange, settings};
use crate::config::{NameOf, Setting, SettingDef, Table};

settings! {
    STORE: NameOf = store::STORE;
    URL: String = store::URL;
    MAX_CONCURRENT: u32 = common::MAX_CONCURRENT;
    MAX_WAIT: Duration = common::MAX_WAIT;
    MAX_WAITING: u32 = common::MAX_WAITING;
    LEASE: Duration = Setting::duration(
        "lease",
        "time for which an instance holds permits; those of one that is gone are free after it",
    )
    .default("15s");
    LONGEST_CALL: Duration = Setting::duration(
        "longest_call",
        "time that no call exceeds; none starts that could run for longer than the lease",
    )
    .default("5s");
    KEY_SECRET: String = store::KEY_SECRET;
}

/// Bulkheads of `seawall-bulkhead-redis`, in a store of the kind `K`.
#[derive(Default)]
pub(in crate::build) struct Shared<K>(PhantomData<K>);

/// The bulkhead, and the store.
#[derive(Clone, PartialEq)]
pub(in crate::build) struct Options {
    store: StoreRef,
    max_concurrent: u32,
    shared: SharedOptions,
}

impl<K: InStore> ComponentBackend for Shared<K> {
    const COMPONENT: Component = Component::Bulkhead;
    const NAME: &'static str = K::NAME;
    const SETTINGS: &'static [SettingDef] = SETTINGS;
    type Options = Options;

    fn read(&self, table: &Table<'_>) -> Option<Options> {
        let store = StoreRef::read(table, K::NAME);
        let max_concurrent = table.get(&MAX_CONCURRENT);
        let (wait, waiting) = (table.get(&MAX_WAIT), table.get(&MAX_WAITING));
        let (lease, longest_call) = (table.get(&LEASE), table.get(&LONGEST_CALL));
        let max_concurrent = max_concurrent?;
        let bulkhead = BulkheadOptions::new(table.name())
            .max_concurrent(max_concurrent)
            .max_wait(wait?)
            .max_waiting(waiting?);
        let shared = SharedOptions::new(bulkhead).lease(lease?).longest_call(longest_call?);
        table.accept(shared.validate())?;
        let store = store?;
        let shared = shared.key_secret(store.secret().unwrap_or_default());
        Some(Options { store, max_concurrent, shared })
    }

    fn start(
        &self,
        name: &str,
        options: &Options,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        let store = options.store.open(&Layer::new(Component::Bulkhead, name), driver)?;
        let bulkhead = SharedBulkhead::start(&options.shared, store.clone())?;
        let bulkhead = bulkhead.with_driver(driver.clone());
        let (works, closing, control) = (bulkhead.clone(), bulkhead.clone(), bulkhead.clone());
        let instance = Instance::new(bulkhead).with_control(control).with_store(store);
        Ok(instance.with_close(move || closing.close()).with_work(move || works.run()))
    }

    fn on_change(&self, old: &Options, new: &Options) -> OnChange {
        let resized = old.shared.clone().max_concurrent(new.max_concurrent);
        match old.store.on_change(&new.store) {
            Some(reason) => OnChange::Restart(reason),
            None if resized == new.shared => OnChange::InPlace,
            None => OnChange::Restart("by other settings, permits are leased anew"),
        }
    }

    fn reconfigure(
        &self,
        running: &Instance,
        _old: &Options,
        new: &Options,
    ) -> Result<(), InvalidOption> {
        let Some(bulkhead) = running.handle::<SharedBulkhead>() else { return Ok(()) };
        bulkhead.resize(new.max_concurrent)?;
        running.follow_store(&new.store)
    }
}
