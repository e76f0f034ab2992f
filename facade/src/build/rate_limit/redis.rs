use std::time::Duration;

use seawall_core::{Component, Driver, InvalidOption, KeyOverflow};
use seawall_ratelimit_redis::{Away, RateLimiter, Rule};

use super::common::{self, Common, with};
use super::overrides::{self, Override};
use crate::build::{ComponentBackend, Instance, OnChange, keys, redis, settings};
use crate::config::{Rate, Setting, SettingDef, Table, Tables, Word};

settings! {
    URL: String = redis::URL;
    LIMIT: Rate = common::LIMIT;
    PERIOD: Duration = common::PERIOD;
    BURST: u32 = common::BURST;
    MAX_WAIT: Duration = common::MAX_WAIT.default("0s");
    AWAY: Away = Setting::word(
        "away",
        "what happens while the server is not reached: calls are refused, share the rate, or are admitted",
    )
    .default("deny");
    MAX_LEASE: Duration = Setting::duration(
        "max_lease",
        "maximum time for which an instance holds tokens; 0s asks the server for each call",
    )
    .or_zero()
    .default("1s");
    INSTANCES: u32 = Setting::count(
        "instances",
        "number of instances, for the shares of keys while the server is not reached",
    )
    .unit("instances")
    .default("1");
    KEY_SECRET: String = redis::KEY_SECRET;
    MAX_KEYS: u32 =
        Setting::count("max_keys", "maximum number of keys of which the instance holds tokens")
            .unit("keys")
            .default("100000");
    OVERFLOW: KeyOverflow = keys::OVERFLOW;
    KEY_PARTS: u32 = common::KEY_PARTS;
    OVERRIDE: Tables = Setting::tables("override", "limits of single keys", overrides::SETTINGS);
}

impl Word for Away {
    const WORDS: &'static [(&'static str, Self)] =
        &[("deny", Self::Deny), ("local_share", Self::LocalShare), ("allow", Self::Allow)];
}

/// Rate limiters of `seawall-ratelimit-redis`.
pub(in crate::build) struct Redis;

/// The rule, the keys with limits of their own, and the server.
#[derive(Clone, PartialEq)]
pub(in crate::build) struct Options {
    url: String,
    rule: Rule,
    overrides: Vec<Override>,
    key_parts: Option<usize>,
    secret: Option<String>,
}

impl ComponentBackend for Redis {
    const COMPONENT: Component = Component::RateLimiter;
    const NAME: &'static str = "redis";
    const SETTINGS: &'static [SettingDef] = SETTINGS;
    type Options = Options;

    fn read(&self, table: &Table<'_>) -> Option<Options> {
        let (away, overflow, url) = (table.get(&AWAY), table.get(&OVERFLOW), redis::url(table));
        let (max_keys, max_lease) = (table.get(&MAX_KEYS), table.get(&MAX_LEASE));
        let (instances, secret) = (table.get(&INSTANCES), table.get(&KEY_SECRET));
        let common = Common::read(table);
        let overrides = overrides::read(table, &OVERRIDE, common.as_ref());
        let common = common?;
        let rule = Rule::new(table.name(), common.limit, common.period);
        let rule = rule.away(away?).overflow(overflow?).max_keys(max_keys?);
        let rule = rule.max_lease(max_lease?).instances(instances?);
        let rule = with(rule, common.burst, Rule::burst);
        let rule = with(rule, common.max_wait, Rule::max_wait);
        let rule = with(rule, common.key_parts, Rule::key_parts);
        let rule = with(rule, secret.as_deref(), Rule::key_secret);
        table.accept(rule.validate())?;
        let overrides = overrides::check(overrides, |limit| rule.validate_own(limit));
        Some(Options { url: url?, rule, overrides, key_parts: common.key_parts, secret })
    }

    fn start(
        &self,
        name: &str,
        options: &Options,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        let store = redis::store(&options.url, Component::RateLimiter, name)?;
        let limiter = RateLimiter::start(&options.rule, store)?.with_driver(driver.clone());
        for Override { key, limit } in &options.overrides {
            limiter.set_limit_of(key, *limit)?;
        }
        let works = limiter.clone();
        let instance = Instance::limiter(limiter.clone()).with_control(limiter);
        Ok(instance.with_work(move || works.run()))
    }

    fn on_change(&self, old: &Options, new: &Options) -> OnChange {
        if old.url != new.url {
            return OnChange::Restart("by another `url`, calls are counted elsewhere");
        }
        match (&old.key_parts, &old.secret) == (&new.key_parts, &new.secret) {
            true => OnChange::InPlace,
            false => OnChange::Restart(
                "by other `key_parts`, or another `key_secret`, keys are counted anew",
            ),
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
