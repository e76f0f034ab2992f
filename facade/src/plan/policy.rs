use std::time::Duration;

use humantime::format_duration;
use seawall_core::policy::{Hedge, QuantileTimeout, Retry};
use seawall_core::{InvalidOption, Layer};

use super::protection::settings::{
    ATTEMPTS, ATTEMPTS_MODE, BACKOFF, BACKOFF_BASE, BACKOFF_JITTER, BACKOFF_MAX, BUDGET, HEDGE,
    HEDGE_MIN, HEDGE_MODE, IDEMPOTENT, RETRY_AFTER_MAX,
};
use crate::build::ModeWord;
use crate::config::{Copies, Diagnostic, Table};

/// What the settings of a protection say of calls that fail or take long: which are sent again, and which
/// budget bounds that.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedPolicy {
    pub(crate) retry: Retry,
    pub(crate) hedge: Option<Hedge>,
    pub(crate) timeout: Option<QuantileTimeout>,
    /// True if the settings say whether calls may be repeated.
    pub(crate) says_repeatable: bool,
    /// The name of the budget of extra calls, if there are any.
    pub(crate) budget: Option<Box<str>>,
}

impl PlannedPolicy {
    /// Returns which calls are attempted again; one attempt in all means none.
    #[must_use]
    pub const fn retry(&self) -> &Retry {
        &self.retry
    }

    /// Returns when copies of calls are sent, if they are.
    #[must_use]
    pub const fn hedge(&self) -> Option<&Hedge> {
        self.hedge.as_ref()
    }

    /// Returns the timeout of each attempt, if it follows what calls take.
    #[must_use]
    pub const fn timeout(&self) -> Option<&QuantileTimeout> {
        self.timeout.as_ref()
    }

    /// Returns the name of the budget that bounds the extra calls, if any are sent.
    #[must_use]
    pub fn budget(&self) -> Option<&str> {
        self.budget.as_deref()
    }

    const fn sends_extra(&self) -> bool {
        self.retry.attempts != 1 || self.hedge.is_some()
    }

    /// Returns true if calls go by it in any way.
    pub(crate) const fn does_something(&self) -> bool {
        self.sends_extra() || self.timeout.is_some()
    }

    /// Returns the options that are not within their bounds.
    pub(crate) fn problems(&self, layer: &Layer) -> Vec<InvalidOption> {
        let checked = [
            self.retry.validate(layer),
            self.hedge.map_or(Ok(()), |hedge| hedge.validate(layer)),
            self.timeout.map_or(Ok(()), |timeout| timeout.validate(layer)),
        ];
        checked.into_iter().filter_map(Result::err).collect()
    }

    /// Reads the policy of the protection `table` with this timeout, whose extra calls go to `target`; `None`
    /// if it has none.
    pub(super) fn read(
        table: &Table<'_>,
        root: &Table<'_>,
        timeout: Option<QuantileTimeout>,
        target: &str,
    ) -> Option<Self> {
        let (retry, hedge) = (retry(table), hedge(table));
        let known = ["budget", "breaker", "protection"].map(|name| root.configured(name));
        let [budgets, breakers, protections] = known;
        let budget = table.reference(&BUDGET, &budgets.and(breakers).and(protections));
        let says_repeatable = table.is_set(IDEMPOTENT);
        let mut policy = Self { retry: retry?, hedge, timeout, says_repeatable, budget: None };
        if policy.sends_extra() {
            policy.budget = Some(budget.map_or_else(|| target.into(), Into::into));
        }
        policy.does_something().then_some(policy)
    }
}

/// Reads when copies of calls are sent.
fn hedge(table: &Table<'_>) -> Option<Hedge> {
    let (copies, min) = (table.get(&HEDGE), table.get(&HEDGE_MIN));
    let mode = table.get(&HEDGE_MODE).unwrap_or_default();
    match copies? {
        Copies::After(hedge) if mode != ModeWord::Off => {
            Some(hedge.min(min?).observe(mode == ModeWord::Observe))
        }
        _ => None,
    }
}

/// Reads which calls are attempted again; `None` if a value is wrong.
fn retry(table: &Table<'_>) -> Option<Retry> {
    let (attempts, backoff, jitter) =
        (table.get(&ATTEMPTS), table.get(&BACKOFF), table.get(&BACKOFF_JITTER));
    let (base, max) = (table.get(&BACKOFF_BASE), table.get(&BACKOFF_MAX));
    let retry_after_max = table.get(&RETRY_AFTER_MAX);
    let mode = table.get(&ATTEMPTS_MODE).unwrap_or_default();
    let attempts = attempts.map(|attempts| if mode == ModeWord::Off { 1 } else { attempts });
    let retry = Retry::new()
        .attempts(attempts?)
        .backoff(backoff?)
        .jitter(jitter?)
        .base(base?)
        .max(max?)
        .retry_after_max(retry_after_max?)
        .observe(mode == ModeWord::Observe)
        .idempotent(table.get(&IDEMPOTENT).unwrap_or_default());
    let wrong = longest_wait(table, &retry).or_else(|| too_long(&retry));
    match wrong {
        Some((key, wrong)) => table.reject(key, wrong),
        None => return Some(retry),
    }
    None
}

/// Returns what is wrong with a wait of more than a day.
fn too_long(retry: &Retry) -> Option<(&'static str, Diagnostic)> {
    const DAY: Duration = Duration::from_secs(86_400);
    let waits = [
        (BACKOFF_BASE, retry.base),
        (BACKOFF_MAX, retry.max),
        (RETRY_AFTER_MAX, retry.retry_after_max),
    ];
    let (setting, wait) = waits.into_iter().find(|(_, wait)| *wait > DAY)?;
    let wrong = Diagnostic::new(format!("{} is too long", format_duration(wait)));
    Some((setting.name(), wrong.expected("one day at most")))
}

/// Returns what is wrong with a first wait that is longer than the longest one.
fn longest_wait(table: &Table<'_>, retry: &Retry) -> Option<(&'static str, Diagnostic)> {
    let Retry { base, max, .. } = *retry;
    if base <= max {
        return None;
    }
    let [base, max] = [base, max].map(format_duration);
    if table.is_set(BACKOFF_MAX) {
        let wrong = Diagnostic::new(format!("{max} is shorter than `backoff_base` ({base})"));
        return Some((BACKOFF_MAX.name(), wrong.expected(format!("{base} or more"))));
    }
    let found = format!("{base} is longer than `backoff_max`, which is {max} by default");
    let expected = format!("{max} at most, or `backoff_max = \"{base}\"` with it");
    Some((BACKOFF_BASE.name(), Diagnostic::new(found).expected(expected)))
}
