use seawall_breaker::{BreakerOptions, CircuitBreaker, KeyOptions, KeyedBreaker};
use seawall_core::{Component, Driver, InvalidOption};

use crate::build::breaker::joined;
use crate::build::{ComponentBackend, Instance, OnChange};
use crate::config::{SettingDef, Table};

use self::key_settings::KEY_PARTS;

pub(super) mod agree;
mod key_settings;
pub(super) mod options;
pub(super) mod settings;

/// Circuit breakers of `seawall-breaker`: one circuit, or one for each key.
pub(in crate::build) struct Native;

/// The options of a breaker, and with `per_key` those of its keys.
#[derive(Clone, PartialEq)]
pub(in crate::build) struct Options {
    circuit: BreakerOptions,
    keys: Option<KeyOptions>,
    key_parts: Option<u32>,
}

impl ComponentBackend for Native {
    const COMPONENT: Component = Component::CircuitBreaker;
    const NAME: &'static str = "native";
    const SETTINGS: &'static [SettingDef] = &joined::<
        { settings::SETTINGS.len() + key_settings::SETTINGS.len() },
    >(settings::SETTINGS, key_settings::SETTINGS);
    type Options = Options;

    fn read(&self, table: &Table<'_>) -> Option<Options> {
        let circuit = options::circuit(table);
        let keys = options::keys(table);
        if !agree::check(table) {
            return None;
        }
        let (circuit, keys) = (circuit?, keys?);
        table.accept(circuit.validate())?;
        if let Some(keys) = &keys {
            table.accept(keys.validate(&table.name().into()))?;
        }
        Some(Options { circuit, keys, key_parts: table.get(&KEY_PARTS) })
    }

    fn start(
        &self,
        _: &str,
        options: &Options,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        let Options { circuit, keys, .. } = options;
        Ok(match keys {
            Some(keys) => {
                let breaker = KeyedBreaker::start(circuit, keys)?.with_driver(driver.clone());
                Instance::new(breaker.clone()).with_control(breaker)
            }
            None => {
                let breaker = CircuitBreaker::start(circuit)?.with_driver(driver.clone());
                Instance::new(breaker.clone()).with_control(breaker)
            }
        })
    }

    fn on_change(&self, old: &Options, new: &Options) -> OnChange {
        if old.keys.is_some() != new.keys.is_some() {
            return OnChange::Restart("`per_key` decides which circuits there are");
        }
        if old.key_parts != new.key_parts {
            return OnChange::Restart("by other `key_parts`, keys are told apart anew");
        }
        OnChange::InPlace
    }

    fn reconfigure(
        &self,
        running: &Instance,
        _old: &Options,
        new: &Options,
    ) -> Result<(), InvalidOption> {
        if let (Some(breaker), Some(keys)) = (running.handle::<KeyedBreaker>(), &new.keys) {
            breaker.reconfigure(&new.circuit, keys)?;
        }
        if let Some(breaker) = running.handle::<CircuitBreaker>() {
            breaker.reconfigure(&new.circuit)?;
        }
        Ok(())
    }
}
