use std::time::Duration;

use seawall_core::{Component, Driver, InvalidOption};
use seawall_ratelimit_governor::{RateLimiter, Rule};

use super::common::{self, Common, with};
use crate::build::{ComponentBackend, Instance, settings};
use crate::config::{Rate, SettingDef, Table};

settings! {
    LIMIT: Rate = common::LIMIT;
    PERIOD: Duration = common::PERIOD;
    BURST: u32 = common::BURST;
    MAX_WAIT: Duration = common::MAX_WAIT.default("0s");
    KEY_PARTS: u32 = common::KEY_PARTS;
}

/// Rate limiters of `seawall-ratelimit-governor`.
pub(in crate::build) struct Governor;

impl ComponentBackend for Governor {
    const COMPONENT: Component = Component::RateLimiter;
    const NAME: &'static str = "governor";
    const SETTINGS: &'static [SettingDef] = SETTINGS;
    type Options = Rule;

    fn read(&self, table: &Table<'_>) -> Option<Rule> {
        let common = Common::read(table)?;
        let rule = Rule::new(table.name(), common.limit, common.period);
        let rule = with(rule, common.burst, Rule::burst);
        let rule = with(rule, common.max_wait, Rule::max_wait);
        let rule = with(rule, common.key_parts, Rule::key_parts);
        table.accept(rule.validate())?;
        Some(rule)
    }

    fn start(&self, _: &str, rule: &Rule, driver: &Driver) -> Result<Instance, InvalidOption> {
        Ok(Instance::new(RateLimiter::start(rule)?.with_driver(driver.clone())))
    }
}
