use std::time::Duration;

use seawall_core::{Component, Driver, InvalidOption, KeyOverflow};
use seawall_ratelimit::{Algorithm, RateLimiter, Rule};

use super::common::{self, Common, with};
use super::overrides::{self, Override};
use crate::build::{ComponentBackend, Instance, OnChange, keys, settings};
use crate::config::{Rate, Setting, SettingDef, Table, Tables, Word};

settings! {
    LIMIT: Rate = common::LIMIT;
    PERIOD: Duration = common::PERIOD;
    BURST: u32 = common::BURST;
    ALGORITHM: Algorithm = Setting::word("algorithm", "how tokens are counted").default("gcra");
    MAX_WAIT: Duration = common::MAX_WAIT.default_depends("0s; leaky: as long as its queue is");
    MAX_KEYS: u32 =
        Setting::count("max_keys", "maximum number of keys with a count of their own")
            .unit("keys")
            .default("100000");
    OVERFLOW: KeyOverflow = keys::OVERFLOW;
    KEY_PARTS: u32 = common::KEY_PARTS;
    OVERRIDE: Tables = Setting::tables("override", "limits of single keys", overrides::SETTINGS);
}

impl Word for Algorithm {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("gcra", Self::Gcra),
        ("periodic_bucket", Self::PeriodicBucket),
        ("fixed_window", Self::FixedWindow),
        ("sliding_window", Self::SlidingWindow),
        ("leaky", Self::Leaky),
    ];
}

/// Rate limiters of `seawall-ratelimit`.
pub(in crate::build) struct Native;

/// The rule, and the keys with limits of their own.
#[derive(Clone, PartialEq)]
pub(in crate::build) struct Options {
    rule: Rule,
    overrides: Vec<Override>,
    key_parts: Option<usize>,
}

impl ComponentBackend for Native {
    const COMPONENT: Component = Component::RateLimiter;
    const NAME: &'static str = "native";
    const SETTINGS: &'static [SettingDef] = SETTINGS;
    type Options = Options;

    fn read(&self, table: &Table<'_>) -> Option<Options> {
        let (algorithm, overflow) = (table.get(&ALGORITHM), table.get(&OVERFLOW));
        let max_keys = table.get(&MAX_KEYS);
        let common = Common::read(table);
        let overrides = overrides::read(table, &OVERRIDE, common.as_ref());
        let common = common?;
        let rule = Rule::new(table.name(), common.limit, common.period);
        let rule = rule.algorithm(algorithm?).overflow(overflow?).max_keys(max_keys?);
        let rule = with(rule, common.burst, Rule::burst);
        let rule = with(rule, common.max_wait, Rule::max_wait);
        let rule = with(rule, common.key_parts, Rule::key_parts);
        table.accept(rule.validate())?;
        let overrides = overrides::check(overrides, |limit| rule.validate_own(limit));
        Some(Options { rule, overrides, key_parts: common.key_parts })
    }

    fn start(
        &self,
        _: &str,
        options: &Options,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        let limiter = RateLimiter::start(&options.rule)?;
        for Override { key, limit } in &options.overrides {
            limiter.set_limit_of(key, *limit)?;
        }
        let limiter = limiter.with_driver(driver.clone());
        Ok(Instance::limiter(limiter.clone()).with_control(limiter))
    }

    fn on_change(&self, old: &Options, new: &Options) -> OnChange {
        match old.key_parts == new.key_parts {
            true => OnChange::InPlace,
            false => OnChange::Restart("by other `key_parts`, keys are counted anew"),
        }
    }

    fn reconfigure(
        &self,
        running: &Instance,
        old: &Options,
        new: &Options,
    ) -> Result<(), InvalidOption> {
        let Some(limiter) = running.handle::<RateLimiter>() else { return Ok(()) };
        let limits = overrides::change(&old.overrides, &new.overrides);
        limiter.reconfigure(&new.rule, limits)
    }
}
