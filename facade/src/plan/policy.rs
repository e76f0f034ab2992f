use std::time::Duration;

use humantime::format_duration;
use seawall_core::policy::Retry;

use super::protection::settings::{
    ATTEMPTS, BACKOFF, BACKOFF_BASE, BACKOFF_JITTER, BACKOFF_MAX, BUDGET, IDEMPOTENT,
    RETRY_AFTER_MAX,
};
use crate::config::{Diagnostic, Table};

/// What the settings of a protection say of calls that fail or take long: which are sent again, and which
/// budget bounds that.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedPolicy {
    pub(crate) retry: Retry,
    /// The name of the budget of extra calls, if there are any.
    pub(crate) budget: Option<Box<str>>,
}

impl PlannedPolicy {
    /// Returns which calls are attempted again; one attempt in all means none.
    #[must_use]
    pub const fn retry(&self) -> &Retry {
        &self.retry
    }

    /// Returns the name of the budget that bounds the extra calls, if any are sent.
    #[must_use]
    pub fn budget(&self) -> Option<&str> {
        self.budget.as_deref()
    }

    /// Reads the policy of the protection `table`, whose extra calls go to `target`; `None` if it has none.
    pub(super) fn read(table: &Table<'_>, root: &Table<'_>, target: &str) -> Option<Self> {
        let retry = retry(table);
        let known = ["budget", "breaker", "protection"].map(|name| root.configured(name));
        let [budgets, breakers, protections] = known;
        let budget = table.reference(&BUDGET, &budgets.and(breakers).and(protections));
        let retry = retry.filter(|retry| retry.attempts > 1)?;
        Some(Self { retry, budget: Some(budget.map_or_else(|| target.into(), Into::into)) })
    }
}

/// Reads which calls are attempted again; `None` if a value is wrong.
fn retry(table: &Table<'_>) -> Option<Retry> {
    let (attempts, backoff, jitter) =
        (table.get(&ATTEMPTS), table.get(&BACKOFF), table.get(&BACKOFF_JITTER));
    let (base, max) = (table.get(&BACKOFF_BASE), table.get(&BACKOFF_MAX));
    let retry_after_max = table.get(&RETRY_AFTER_MAX);
    let retry = Retry::new()
        .attempts(attempts?)
        .backoff(backoff?)
        .jitter(jitter?)
        .base(base?)
        .max(max?)
        .retry_after_max(retry_after_max?)
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
