use seawall_core::policy::Fallback;

use super::protection::settings::{End, FALLBACK, FALLBACK_FOR, FALLBACK_MIN, FALLBACK_SHARE};
use crate::config::{Diagnostic, Table};

/// Another protection whose calls replace errors, as settings describe it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlannedFallback {
    /// The name of the other protection.
    pub(crate) to: Box<str>,
    pub(crate) ends: Fallback,
    /// The share of ordinary calls that go through it.
    pub(crate) share: f64,
}

impl PlannedFallback {
    /// Reads the fallback of the protection `table`, if it has one.
    pub(super) fn read(table: &Table<'_>, root: &Table<'_>) -> Option<Self> {
        let to = table.reference(&FALLBACK, &root.configured("protection"));
        let (ends, min, share) =
            (table.get(&FALLBACK_FOR), table.get(&FALLBACK_MIN), table.get(&FALLBACK_SHARE));
        let to = to?;
        if to == table.name() {
            let wrong = Diagnostic::new("a protection is no fallback of itself");
            table.reject(FALLBACK, wrong.expected("another protection"));
        }
        let ends = ends?;
        let has = |end| ends.0.contains(&end);
        let ends = Fallback::new()
            .refused(has(End::Refused))
            .timed_out(has(End::TimedOut))
            .failed(has(End::Failed))
            .overload(has(End::Overload))
            .min(min?);
        Some(Self { to: to.into(), ends, share: share? })
    }
}
