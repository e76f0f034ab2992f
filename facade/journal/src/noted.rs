use std::time::Duration;

use seawall_core::{
    Change, Detail, Event, Interest, Layer, Name, Refusal, Tick, Topic, error_text,
};
use serde_json::{Map, Value, json};

use crate::{Record, hash_key};

/// An event as it waits to be written. What happens often is copied without allocating.
pub(crate) struct Noted {
    pub(crate) topic: Topic,
    pub(crate) at: Tick,
    layer: Layer,
    protection: Option<Layer>,
    namespace: Option<Name>,
    key_hash: Option<String>,
    attempt: u32,
    detail: NotedDetail,
}

enum NotedDetail {
    None,
    Refused(Refusal),
    Changed(Change),
    Other(Map<String, Value>),
}

impl Noted {
    pub(crate) fn new(event: &Event<'_>) -> Self {
        let detail = match &event.detail {
            Detail::None => NotedDetail::None,
            Detail::Refused(refusal) => NotedDetail::Refused((*refusal).clone()),
            Detail::Changed(change) => NotedDetail::Changed(*change),
            other => NotedDetail::Other(map(other)),
        };
        Self {
            topic: event.topic,
            at: event.at,
            layer: event.layer.clone(),
            protection: event.protection.cloned(),
            namespace: event.namespace.map(Name::new),
            key_hash: event.key.map(|key| hash_key(&key)),
            attempt: event.attempt,
            detail,
        }
    }

    /// Returns true if it is a change; otherwise a call caused it.
    pub(crate) fn is_change(&self) -> bool {
        self.topic.interest() <= Interest::Changes
    }

    /// Converts to a record; `at` is its time by the clock of the wall.
    pub(crate) fn into_record(self, at_ns: u64) -> Record {
        let mut detail = match self.detail {
            NotedDetail::None => Map::new(),
            NotedDetail::Refused(refusal) => map(&Detail::Refused(&refusal)),
            NotedDetail::Changed(change) => map(&Detail::Changed(change)),
            NotedDetail::Other(map) => map,
        };
        if self.attempt > 1 {
            detail.insert("attempt".to_owned(), self.attempt.into());
        }
        Record {
            number: 0,
            at_ns,
            topic: self.topic.to_string(),
            component: self.layer.component().as_str().to_owned(),
            name: self.layer.name().as_str().to_owned(),
            protection: self.protection.map(|layer| layer.name().as_str().to_owned()),
            namespace: self.namespace.map(|name| name.as_str().to_owned()),
            key_hash: self.key_hash,
            detail,
        }
    }
}

/// Returns the details by name. Times are in milliseconds.
fn map(detail: &Detail<'_>) -> Map<String, Value> {
    let value = match *detail {
        Detail::Executed { verdict, timed_out, elapsed, .. } => {
            json!({ "verdict": verdict.as_str(), "timed_out": timed_out, "elapsed_ms": ms(elapsed) })
        }
        Detail::Allowed { cost, waited, .. } => json!({ "cost": cost, "waited_ms": ms(waited) }),
        Detail::Refused(refusal) => json!({
            "refusal": refusal.kind().as_str(),
            "by_component": refusal.by().component().as_str(),
            "by": refusal.by().name().as_str(),
            "retry_after_ms": refusal.retry_after().map(ms),
            "source": std::error::Error::source(refusal).map(error_text),
        }),
        Detail::Changed(change) => json!({
            "from": change.from, "to": change.to, "cause": change.cause, "sequence": change.sequence,
        }),
        Detail::Controlled { action, by, reason, expires_after, .. } => json!({
            "action": action.to_string(), "by": by, "reason": reason,
            "expires_after_ms": expires_after.map(ms),
        }),
        Detail::Retry { verdict, wait, .. } => {
            json!({ "verdict": verdict.as_str(), "wait_ms": ms(wait) })
        }
        Detail::Fallback { replaced, succeeded, .. } => {
            json!({ "replaced": replaced, "succeeded": succeeded })
        }
        Detail::Stale { replaced, age, .. } => json!({ "replaced": replaced, "age_ms": ms(age) }),
        Detail::NotRetried(reason) => json!({ "reason": reason.as_str() }),
        Detail::Lent { elapsed, caller, .. } => {
            json!({ "elapsed_ms": ms(elapsed), "caller": caller.to_string() })
        }
        Detail::Degraded { cause, .. } => json!({ "cause": cause.map(error_text) }),
        Detail::Reloaded { version, origin, summary, .. } => {
            json!({ "version": version, "origin": origin, "summary": summary })
        }
        Detail::Rejected { version, cause, .. } => {
            json!({ "version": version, "cause": cause.to_string() })
        }
        _ => Value::Null,
    };
    match value {
        Value::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}

fn ms(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}
