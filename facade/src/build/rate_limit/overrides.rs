use seawall_core::{InvalidOption, Limit};

use super::common::{self, Common, rate, with};
use crate::config::{Diagnostic, Setting, SettingDef, Table, Tables, WrittenKey};

const KEY: Setting<WrittenKey> =
    Setting::key("key", "the key: text, a number, or a list as code has a tuple; in a file only")
        .required();

pub(super) const SETTINGS: &[SettingDef] = &[
    KEY.def(),
    common::LIMIT.or_zero().def(),
    common::PERIOD.default_depends("that of the rule").def(),
    common::BURST.def(),
];

/// The limit that one key has of its own.
#[derive(Clone, PartialEq)]
pub(super) struct Override {
    pub(super) key: WrittenKey,
    pub(super) limit: Limit,
}

/// Reads the tables `setting` of `table`, whose rule is `common` unless that is wrong.
pub(super) fn read<'r>(
    table: &Table<'r>,
    setting: &Setting<Tables>,
    common: Option<&Common>,
) -> Vec<(Table<'r>, Override)> {
    let mut overrides: Vec<(Table<'r>, Override)> = Vec::new();
    for table in table.tables(setting) {
        let Some(own) = read_one(&table, common) else { continue };
        match overrides.iter().find(|(_, other)| other.key == own.key) {
            Some((other, _)) => {
                let found = format!("override `{}` has the same key", other.name());
                table.reject(KEY, Diagnostic::new(found).expected("each key once"));
            }
            None => overrides.push((table, own)),
        }
    }
    overrides
}

/// Returns the overrides that are valid, as `validate` says; the others are reported.
pub(super) fn check(
    overrides: Vec<(Table<'_>, Override)>,
    validate: impl Fn(&Limit) -> Result<(), InvalidOption>,
) -> Vec<Override> {
    let valid = |(table, own): (Table<'_>, Override)| {
        table.accept(validate(&own.limit))?;
        Some(own)
    };
    overrides.into_iter().filter_map(valid).collect()
}

/// Returns what changes where `old` overrides are replaced by `new` ones.
pub(super) fn change<'o>(
    old: &'o [Override],
    new: &'o [Override],
) -> impl Iterator<Item = (&'o WrittenKey, Option<Limit>)> {
    let is_gone = |own: &&Override| !new.iter().any(|other| other.key == own.key);
    let gone = old.iter().filter(is_gone).map(|own| (&own.key, None));
    gone.chain(new.iter().map(|own| (&own.key, Some(own.limit))))
}

fn read_one(table: &Table<'_>, common: Option<&Common>) -> Option<Override> {
    let key = table.get(&KEY);
    if let (Some(key), Some(counted)) = (&key, common.and_then(|common| common.key_parts)) {
        if counted == 0 {
            let wrong = Diagnostic::new("all calls are counted together, as `key_parts` is 0");
            table.reject(KEY, wrong.expected("`key_parts` of 1 or more"));
        } else if key.len() > counted {
            let found = format!("a key of {} parts is counted by its first {counted}", key.len());
            let expected = format!("{counted} at most, as `key_parts` says");
            table.reject(KEY, Diagnostic::new(found).expected(expected));
        }
    }
    let rate = rate(table, &common::LIMIT.or_zero(), common.map(|common| common.period));
    let burst = table.get(&common::BURST);
    let (key, (limit, period)) = (key?, rate?);
    Some(Override { key, limit: with(Limit::new(limit, period), burst, Limit::burst) })
}
