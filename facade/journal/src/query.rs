use std::time::SystemTime;

use crate::Record;
use crate::record::nanos;

/// What to look for in a journal. Everything that is set has to match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Query {
    /// The first moment, in nanoseconds since 1970.
    pub since_ns: Option<u64>,
    /// The moment after the last, in nanoseconds since 1970.
    pub until_ns: Option<u64>,
    /// The name of the event, or its last part: `state_change`.
    pub topic: Option<String>,
    /// The kind of component: `circuit_breaker`.
    pub component: Option<String>,
    /// The name of the component.
    pub name: Option<String>,
    /// The name of the protection.
    pub protection: Option<String>,
    /// The hash of a key: see [`hash_key`](crate::hash_key).
    pub key_hash: Option<String>,
    /// The number that the last page ended with: [`Page::next`].
    pub after: Option<u64>,
    /// True for the latest first.
    pub latest_first: bool,
    /// The number of records on a page; 100 if it is 0, and 10,000 at most.
    pub limit: u32,
}

/// A part of what a query found.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The records, in the order of their numbers.
    pub records: Vec<Record>,
    /// What [`Query::after`] has to be for the next page; `None` on the last one.
    pub next: Option<u64>,
}

impl Query {
    /// Creates a query for everything, the oldest first.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks from `since` on.
    #[must_use]
    pub fn since(mut self, since: SystemTime) -> Self {
        self.since_ns = Some(nanos(since));
        self
    }

    /// Looks for what was before `until`.
    #[must_use]
    pub fn until(mut self, until: SystemTime) -> Self {
        self.until_ns = Some(nanos(until));
        self
    }

    /// Looks for events with this name, or whose name ends so: `state_change`.
    #[must_use]
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = Some(topic.into());
        self
    }

    /// Looks for events of components of this kind: `circuit_breaker`.
    #[must_use]
    pub fn component(mut self, component: impl Into<String>) -> Self {
        self.component = Some(component.into());
        self
    }

    /// Looks for events of components of this name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Looks for events of calls through this protection.
    #[must_use]
    pub fn protection(mut self, protection: impl Into<String>) -> Self {
        self.protection = Some(protection.into());
        self
    }

    /// Looks for events of calls with this key.
    #[must_use]
    pub fn key_hash(mut self, hash: impl Into<String>) -> Self {
        self.key_hash = Some(hash.into());
        self
    }

    /// Goes on where a page ended.
    #[must_use]
    pub const fn after(mut self, next: u64) -> Self {
        self.after = Some(next);
        self
    }

    /// Returns the latest first.
    #[must_use]
    pub const fn latest_first(mut self) -> Self {
        self.latest_first = true;
        self
    }

    /// Sets the number of records on a page; 10,000 at most.
    #[must_use]
    pub const fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn page_size(&self) -> usize {
        let limit = if self.limit == 0 { 100 } else { self.limit.min(10_000) };
        limit as usize
    }

    /// Returns true if a record is looked for, whatever its number is.
    pub(crate) fn matches(&self, record: &Record) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        self.since_ns.is_none_or(|since| record.at_ns >= since)
            && self.until_ns.is_none_or(|until| record.at_ns < until)
            && self.topic.as_deref().is_none_or(|topic| is_topic(&record.topic, topic))
            && is(&self.component, Some(&record.component))
            && is(&self.name, Some(&record.name))
            && is(&self.protection, record.protection.as_deref())
            && is(&self.key_hash, record.key_hash.as_deref())
    }
}

/// Returns true if `topic` is `wanted` or ends with it, after a dot.
fn is_topic(topic: &str, wanted: &str) -> bool {
    topic.strip_suffix(wanted).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
