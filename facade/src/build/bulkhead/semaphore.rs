use std::time::Duration;

use seawall_bulkhead::{Bulkhead, BulkheadOptions};
use seawall_core::{Component, Driver, InvalidOption};

use super::common;
use crate::build::{ComponentBackend, Instance, OnChange, settings};
use crate::config::{SettingDef, Table};

settings! {
    MAX_CONCURRENT: u32 = common::MAX_CONCURRENT;
    MAX_WAIT: Duration = common::MAX_WAIT;
    MAX_WAITING: u32 = common::MAX_WAITING;
}

/// Bulkheads of `seawall-bulkhead`.
pub(in crate::build) struct Semaphore;

impl ComponentBackend for Semaphore {
    const COMPONENT: Component = Component::Bulkhead;
    const NAME: &'static str = "semaphore";
    const SETTINGS: &'static [SettingDef] = SETTINGS;
    type Options = BulkheadOptions;

    fn read(&self, table: &Table<'_>) -> Option<BulkheadOptions> {
        let (concurrent, wait, waiting) =
            (table.get(&MAX_CONCURRENT), table.get(&MAX_WAIT), table.get(&MAX_WAITING));
        let options = BulkheadOptions::new(table.name())
            .max_concurrent(concurrent?)
            .max_wait(wait?)
            .max_waiting(waiting?);
        table.accept(options.validate())?;
        Some(options)
    }

    fn start(
        &self,
        _name: &str,
        options: &BulkheadOptions,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        let bulkhead = Bulkhead::start(options)?.with_driver(driver.clone());
        let closing = bulkhead.clone();
        let control = bulkhead.clone();
        let instance = Instance::new(bulkhead).with_control(control);
        Ok(instance.with_close(move || closing.close()))
    }

    fn on_change(&self, _: &BulkheadOptions, _: &BulkheadOptions) -> OnChange {
        OnChange::InPlace
    }

    fn reconfigure(
        &self,
        running: &Instance,
        _old: &BulkheadOptions,
        new: &BulkheadOptions,
    ) -> Result<(), InvalidOption> {
        running.handle().map_or(Ok(()), |bulkhead: &Bulkhead| bulkhead.reconfigure(new))
    }
}
