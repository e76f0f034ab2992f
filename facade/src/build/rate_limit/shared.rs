use std::marker::PhantomData;
use std::time::Duration;

use seawall_core::{Component, Driver, InvalidOption, KeyOverflow, Layer};
use seawall_ratelimit_redis::{Away, RateLimiter, Rule};

use super::common::{self, Common, with};
use super::overrides::{self, Override};
use crate::build::store::{self, InStore, StoreRef};
use crate::build::{ComponentBackend, Instance, OnChange, keys, settings};
use crate::config::{NameOf, Rate, Setting, SettingDef, Table, Tables, Word};

settings! {
    STORE: NameOf = store::STORE;
    URL: String = store::URL;
    LIMIT: Rate = common::LIMIT;
    PERIOD: Duration = common::PERIOD;
    BURST: u32 = common::BURST;
    MAX_WAIT: Duration = common::MAX_WAIT.default("0s");
    AWAY: Away = Setting::word(
        "away",
        "what happens while the store is not reached: calls are refused, share the rate, or are admitted",
    )
    .default("deny");
    MAX_LEASE: Duration = Setting::duration(
        "max_lease",
        "maximum time for which an instance holds tokens; 0s asks the store for each call",
    )
    .or_zero()
    .default("1s");
    INSTANCES: u32 = Setting::count(
        "instances",
        "number of instances, for the shares of keys while the store is not reached",
    )
    .unit("instances")
    .default("1");
    KEY_SECRET: String = store::KEY_SECRET;
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

/// Rate limiters of `seawall-ratelimit-redis`, in a store of the kind `K`.
#[derive(Default)]
pub(in crate::build) struct Shared<K>(PhantomData<K>);

/// The rule, the keys with limits of their own, and the store.
#[derive(Clone, PartialEq)]
pub(in crate::build) struct Options {
    store: StoreRef,
    rule: Rule,
    overrides: Vec<Override>,
    key_parts: Option<usize>,
}

impl<K: InStore> ComponentBackend for Shared<K> {
    const COMPONENT: Component = Component::RateLimiter;
    const NAME: &'static str = K::NAME;
    const SETTINGS: &'static [SettingDef] = SETTINGS;
    type Options = Options;

    fn read(&self, table: &Table<'_>) -> Option<Options> {
        let store = StoreRef::read(table, K::NAME);
        let (away, overflow) = (table.get(&AWAY), table.get(&OVERFLOW));
        let (max_keys, max_lease) = (table.get(&MAX_KEYS), table.get(&MAX_LEASE));
        let instances = table.get(&INSTANCES);
        let common = Common::read(table);
        let overrides = overrides::read(table, &OVERRIDE, common.as_ref());
        let common = common?;
        let rule = Rule::new(table.name(), common.limit, common.period);
        let rule = rule.away(away?).overflow(overflow?).max_keys(max_keys?);
        let rule = rule.max_lease(max_lease?).instances(instances?);
        let rule = with(rule, common.burst, Rule::burst);
        let rule = with(rule, common.max_wait, Rule::max_wait);
        let rule = with(rule, common.key_parts, Rule::key_parts);
        let secret = store.as_ref().and_then(StoreRef::secret);
        let rule = with(rule, secret, Rule::key_secret);
        table.accept(rule.validate())?;
        let overrides = overrides::check(overrides, |limit| rule.validate_own(limit));
        Some(Options { store: store?, rule, overrides, key_parts: common.key_parts })
    }

    fn start(
        &self,
        name: &str,
        options: &Options,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        let store = options.store.open(&Layer::new(Component::RateLimiter, name), driver)?;
        let limiter = RateLimiter::start(&options.rule, store.clone())?;
        let limiter = limiter.with_driver(driver.clone());
        for Override { key, limit } in &options.overrides {
            limiter.set_limit_of(key, *limit)?;
        }
        let works = limiter.clone();
        let instance = Instance::limiter(limiter.clone()).with_control(limiter);
        Ok(instance.with_store(store).with_work(move || works.run()))
    }

    fn on_change(&self, old: &Options, new: &Options) -> OnChange {
        match old.store.on_change(&new.store) {
            Some(reason) => OnChange::Restart(reason),
            None if old.key_parts == new.key_parts => OnChange::InPlace,
            None => OnChange::Restart("by other `key_parts`, keys are counted anew"),
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
        limiter.reconfigure(&new.rule, limits)?;
        running.follow_store(&new.store)
    }
}
