use std::time::Duration;

use seawall_core::policy::{CoalescerOptions, LastGoodOptions};

use super::Plan;
use crate::build::OnChange;
use crate::config::{Diagnostic, EffectiveSetting, Place, Setting, SettingDef, Table};

const MAX_KEYS: Setting<u32> = Setting::count(
    "max_keys",
    "number of keys that operations run for; calls of further keys are not coalesced",
)
.unit("keys")
.default("10000");

const MAX_FOLLOWERS: Setting<u32> = Setting::count(
    "max_followers",
    "number of callers that may wait for one key; further ones are refused",
)
.min(0)
.unit("callers")
.default("1024");

const SHARE_ERRORS: Setting<bool> = Setting::flag(
    "share_errors",
    "true if callers that waited share an error, false if each then runs its own operation",
)
.default("true");

const FRESH: Setting<Duration> =
    Setting::duration("fresh", "time for which a value is given without a call")
        .or_zero()
        .default("1s");

const STALE: Setting<Duration> =
    Setting::duration("stale", "time beyond that for which it is given if the call fails")
        .or_zero()
        .default("60s");

const BACKOFF: Setting<Duration> = Setting::duration(
    "backoff",
    "time after a failed call in which the old value is given without another one",
)
.or_zero()
.default("1s");

const KEPT: Setting<u32> =
    Setting::count("max_keys", "number of values that are kept; beyond it, an old one makes room")
        .unit("keys")
        .default("10000");

/// The tables, each with its settings.
pub(crate) const TABLES: [(&str, &[SettingDef]); 2] = [
    ("coalesce", &[MAX_KEYS.def(), MAX_FOLLOWERS.def(), SHARE_ERRORS.def()]),
    ("stale", &[FRESH.def(), STALE.def(), BACKOFF.def(), KEPT.def()]),
];

/// A coalescer or a store of last good answers that settings describe. Code says which values it has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlannedCoalescer {
    pub(crate) options: Options,
    pub(crate) settings: Vec<EffectiveSetting>,
    pub(crate) place: Place,
}

/// The options of a coalescer, or of a store of last good answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Options {
    Coalescer(CoalescerOptions),
    LastGood(LastGoodOptions),
}

impl PlannedCoalescer {
    fn read(table: &Table<'_>, (kind, defs): (&str, &[SettingDef])) -> Option<Self> {
        let name = table.name();
        let options = match kind {
            "coalesce" => {
                let (keys, followers) = (table.get(&MAX_KEYS), table.get(&MAX_FOLLOWERS));
                let options = CoalescerOptions::new(name).share_errors(table.get(&SHARE_ERRORS)?);
                Options::Coalescer(options.max_keys(keys?).max_followers(followers?))
            }
            _ => {
                let times = [&FRESH, &STALE, &BACKOFF].map(|setting| table.get(setting));
                let [fresh, stale, backoff] = times;
                let options = LastGoodOptions::new(name).max_keys(table.get(&KEPT)?);
                Options::LastGood(options.fresh(fresh?).stale(stale?).backoff(backoff?))
            }
        };
        Some(Self { options, settings: table.effective(defs), place: table.place() })
    }

    /// Returns true if both describe the same, whatever their settings look like.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.options == other.options
    }

    /// Returns what becomes of the running one if `self` is replaced by `new`.
    pub(super) fn on_change(&self, new: &Self) -> OnChange {
        match (&self.options, &new.options) {
            (Options::Coalescer(_), Options::Coalescer(_))
            | (Options::LastGood(_), Options::LastGood(_)) => OnChange::InPlace,
            _ => OnChange::Restart("it is of another kind"),
        }
    }
}

/// Reads the tables of coalescers and of last good answers.
pub(super) fn read(root: &Table<'_>, plan: &mut Plan) {
    for (kind, defs) in TABLES {
        for table in root.tables_in(kind) {
            let planned = PlannedCoalescer::read(&table, (kind, defs));
            table.close(&[], defs, &|_| None);
            if plan.coalescers.contains_key(table.name()) {
                let found = format!("`[coalesce.{}]` has this name too", table.name());
                table.reject_table(Diagnostic::new(found).expected("a name for each"));
            }
            plan.coalescers.extend(planned.map(|planned| (table.name().into(), planned)));
        }
    }
}
