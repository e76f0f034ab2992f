use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An event as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The number in the journal: 1 for the first, without gaps. 0 until it is stored.
    pub number: u64,
    /// The time by the clock of the wall, in nanoseconds since 1970 (UTC).
    pub at_ns: u64,
    /// The name of the event: `seawall.circuit_breaker.state_change`.
    pub topic: String,
    /// The kind of component that it happened to: `circuit_breaker`.
    pub component: String,
    /// The name of the component.
    pub name: String,
    /// The protection that the call went through.
    pub protection: Option<String>,
    /// The namespace of the infrastructure.
    pub namespace: Option<String>,
    /// The hash of the call's key, if events have keys: see [`hash_key`](crate::hash_key).
    pub key_hash: Option<String>,
    /// The details, by name: `from`, `to`, `cause`, `refusal`, …
    pub detail: Map<String, Value>,
}

impl Record {
    /// Creates a record about a component, without details.
    #[must_use]
    pub fn new(at: SystemTime, topic: &str, component: &str, name: &str) -> Self {
        Self {
            number: 0,
            at_ns: nanos(at),
            topic: topic.to_owned(),
            component: component.to_owned(),
            name: name.to_owned(),
            protection: None,
            namespace: None,
            key_hash: None,
            detail: Map::new(),
        }
    }

    /// Returns the time.
    #[must_use]
    pub fn at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.at_ns)
    }
}

/// Nanoseconds since 1970, at most those of 2262, which SQLite can store.
pub(crate) fn nanos(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    u64::try_from(since).unwrap_or(u64::MAX).min(i64::MAX as u64)
}
