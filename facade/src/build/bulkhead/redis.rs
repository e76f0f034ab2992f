use std::time::Duration;

use seawall_bulkhead_redis::{BulkheadOptions, SharedBulkhead, SharedOptions};
use seawall_core::{Component, Driver, InvalidOption};

use super::common;
use crate::build::{ComponentBackend, Instance, OnChange, redis, settings};
use crate::config::{Setting, SettingDef, Table};

settings! {
    URL: String = redis::URL;
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
    KEY_SECRET: String = redis::KEY_SECRET;
}

/// Bulkheads of `seawall-bulkhead-redis`.
pub(in crate::build) struct Redis;

/// The bulkhead, and the server.
#[derive(Clone, PartialEq)]
pub(in crate::build) struct Options {
    url: String,
    max_concurrent: u32,
    shared: SharedOptions,
}

impl ComponentBackend for Redis {
    const COMPONENT: Component = Component::Bulkhead;
    const NAME: &'static str = "redis";
    const SETTINGS: &'static [SettingDef] = SETTINGS;
    type Options = Options;

    fn read(&self, table: &Table<'_>) -> Option<Options> {
        let (url, max_concurrent) = (redis::url(table), table.get(&MAX_CONCURRENT));
        let (wait, waiting) = (table.get(&MAX_WAIT), table.get(&MAX_WAITING));
        let (lease, longest_call) = (table.get(&LEASE), table.get(&LONGEST_CALL));
        let secret = table.get(&KEY_SECRET);
        let max_concurrent = max_concurrent?;
        let bulkhead = BulkheadOptions::new(table.name())
            .max_concurrent(max_concurrent)
            .max_wait(wait?)
            .max_waiting(waiting?);
        let shared = SharedOptions::new(bulkhead).lease(lease?).longest_call(longest_call?);
        let shared = shared.key_secret(secret.as_deref().unwrap_or_default());
        table.accept(shared.validate())?;
        Some(Options { url: url?, max_concurrent, shared })
    }

    fn start(
        &self,
        name: &str,
        options: &Options,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        let store = redis::store(&options.url, Component::Bulkhead, name)?;
        let bulkhead = SharedBulkhead::start(&options.shared, store)?.with_driver(driver.clone());
        let (works, closing, control) = (bulkhead.clone(), bulkhead.clone(), bulkhead.clone());
        let instance = Instance::new(bulkhead).with_control(control);
        Ok(instance.with_close(move || closing.close()).with_work(move || works.run()))
    }

    fn on_change(&self, old: &Options, new: &Options) -> OnChange {
        let resized = old.shared.clone().max_concurrent(new.max_concurrent);
        match (&old.url, &resized) == (&new.url, &new.shared) {
            true => OnChange::InPlace,
            false => OnChange::Restart("by other settings, permits are leased anew"),
        }
    }

    fn reconfigure(
        &self,
        running: &Instance,
        _old: &Options,
        new: &Options,
    ) -> Result<(), InvalidOption> {
        let Some(bulkhead) = running.handle::<SharedBulkhead>() else { return Ok(()) };
        bulkhead.resize(new.max_concurrent)
    }
}
