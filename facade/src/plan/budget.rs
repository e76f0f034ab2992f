use std::time::Duration;

use seawall_core::InvalidOption;
use seawall_core::policy::BudgetOptions;

use crate::build::OnChange;
use crate::config::{
    Diagnostic, EffectiveSetting, Place, Problem, Rate, Setting, SettingDef, Table,
};

const RATIO: Setting<f64> =
    Setting::ratio("ratio", "extra calls for each first attempt that succeeded").default("0.2");

const FLOOR: Setting<Rate> =
    Setting::rate("floor", "extra calls a second, or a rate, that need no success")
        .or_zero()
        .unit("calls")
        .default("1");

const TTL: Setting<Duration> = Setting::duration("ttl", "time for which a success counts")
    .min(Duration::from_millis(100))
    .default("10s");

/// The settings of a budget.
pub(crate) const SETTINGS: &[SettingDef] = &[RATIO.def(), FLOOR.def(), TTL.def()];

/// A budget of extra calls that settings describe.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlannedBudget {
    pub(crate) options: BudgetOptions,
    pub(crate) settings: Vec<EffectiveSetting>,
    pub(crate) place: Place,
}

impl PlannedBudget {
    /// Reads `table`; `None` if something is wrong with it.
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let (ratio, floor, ttl) = (table.get(&RATIO), table.get(&FLOOR), table.get(&TTL));
        table.close(&[], SETTINGS, &|key| (key == "mode").then(no_mode));
        let floor = floor?;
        let period = floor.period.unwrap_or(Duration::from_secs(1));
        let options = BudgetOptions::new(table.name())
            .ratio(ratio?)
            .floor(f64::from(floor.count) / period.as_secs_f64())
            .ttl(ttl?);
        if let Err(invalid) = options.validate() {
            table.reject(invalid.option(), Diagnostic::new(invalid.problem()));
            return None;
        }
        Some(Self { options, settings: table.effective(SETTINGS), place: table.place() })
    }

    /// Returns the problem that an option is not accepted.
    pub(crate) fn problem(&self, invalid: &InvalidOption) -> Problem {
        super::component::problem(&self.settings, &self.place, invalid)
    }

    /// Returns what becomes of the running budget if `self` is replaced by `new`.
    pub(super) fn on_change(&self, new: &Self) -> OnChange {
        match self.options.ttl == new.options.ttl {
            true => OnChange::InPlace,
            false => OnChange::Restart("by another `ttl`, its successes count anew"),
        }
    }

    /// Returns true if both describe the same budget, whatever their settings look like.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.options == other.options
    }
}

fn no_mode() -> Diagnostic {
    let found =
        "a budget cannot be observed or off: it keeps retries from making an outage of a hiccup";
    Diagnostic::new(found)
        .expected("`attempts_mode` and `hedge_mode` in protections, or a larger `floor`")
}
