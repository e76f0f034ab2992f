use std::time::Duration;

use seawall_ratelimit::Limit;

use crate::build::rate_limit::common::{Common, with};
use crate::config::{Diagnostic, Section, WrittenKey};

/// The limit that one key has of its own.
pub(super) struct Override<'r> {
    pub(super) section: Section<'r>,
    pub(super) key: WrittenKey,
    pub(super) limit: Limit,
}

/// Reads the tables `override` of `section`, whose rule is `common` unless that is wrong.
pub(super) fn read<'r>(section: &Section<'r>, common: Option<&Common>) -> Vec<Override<'r>> {
    let mut overrides: Vec<Override<'r>> = Vec::new();
    for section in section.sections("override") {
        let own = read_one(&section, common);
        section.check_keys();
        let Some((key, limit)) = own else { continue };
        match overrides.iter().find(|other| other.key == key) {
            Some(other) => {
                let found = format!("override `{}` has the same key", other.section.name());
                section.reject("key", Diagnostic::new(found).expected("each key once"));
            }
            None => overrides.push(Override { section, key, limit }),
        }
    }
    overrides
}

fn read_one(section: &Section<'_>, common: Option<&Common>) -> Option<(WrittenKey, Limit)> {
    let counted = common.and_then(|common| common.key_parts);
    let key = section.key("key").check(|key| match counted {
        Some(0) => {
            let wrong = Diagnostic::new("all calls are counted together, as `key_parts` is 0");
            Err(wrong.expected("`key_parts` of 1 or more"))
        }
        Some(counted) if key.len() > counted => {
            let found = format!("a key of {} parts is counted by its first {counted}", key.len());
            Err(Diagnostic::new(found).expected(format!("{counted} at most, as `key_parts` says")))
        }
        _ => Ok(key),
    });
    let key = key.required();
    let limit = section.whole_u32("limit").required();
    let period = section.duration("period").or(common.map_or(Duration::from_secs(1), |c| c.period));
    let burst = section.count("burst").optional();
    let (key, limit) = (key?, limit?);
    let limit = with(Limit::new(limit, period), burst, |limit, burst| limit.burst(burst.get()));
    Some((key, limit))
}
