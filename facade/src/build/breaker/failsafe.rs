use std::time::Duration;

use seawall_breaker_failsafe::{Backoff, FailsafeBreaker, FailsafeOptions};
use seawall_core::{Component, Driver, InvalidOption};

use crate::build::{ComponentBackend, Instance, settings};
use crate::config::{Setting, SettingDef, Table};

settings! {
    CONSECUTIVE_FAILURES: u32 =
        Setting::count("consecutive_failures", "number of failures in a row that opens the circuit")
            .unit("calls")
            .default("5");
    RESET_AFTER: Duration =
        Setting::duration("reset_after", "how long an open circuit waits before it admits calls again")
            .default("5s");
    RESET_MAX: Duration =
        Setting::duration("reset_max", "`reset_after` doubles on every reopening, up to this maximum");
}

/// Circuit breakers of `seawall-breaker-failsafe`.
pub(in crate::build) struct Failsafe;

impl ComponentBackend for Failsafe {
    const COMPONENT: Component = Component::CircuitBreaker;
    const NAME: &'static str = "failsafe";
    const SETTINGS: &'static [SettingDef] = SETTINGS;
    type Options = FailsafeOptions;

    fn read(&self, table: &Table<'_>) -> Option<FailsafeOptions> {
        let failures = table.get(&CONSECUTIVE_FAILURES);
        let (first, most) = (table.get(&RESET_AFTER), table.get(&RESET_MAX));
        let first = first?;
        let reset = most.map_or(Backoff::Fixed(first), |most| Backoff::Exponential { first, most });
        let options = FailsafeOptions::new(table.name()).failures(failures?).reset(reset);
        table.accept(options.validate())?;
        Some(options)
    }

    fn start(
        &self,
        _name: &str,
        options: &FailsafeOptions,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        Ok(Instance::new(FailsafeBreaker::start(options)?.with_driver(driver.clone())))
    }
}
