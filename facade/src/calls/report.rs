use std::time::Duration;

use seawall_core::policy::{LatencySketch, Quantile};
use seawall_core::{Layer, Name, RefusalKind};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{Outcome, OutcomeCounts};

/// What became of the calls under a protection.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ProtectionCalls {
    /// The name of the protection.
    pub name: Name,
    /// All calls since they are recorded.
    pub total: OutcomeCounts,
    /// The calls of the last ten seconds.
    pub last_10s: RecentCalls,
    /// The calls of the last minute.
    pub last_minute: RecentCalls,
    /// The calls of the last five minutes.
    pub last_5_minutes: RecentCalls,
    /// The time that calls took within the last minute, from when the caller asked.
    pub latencies: Latencies,
    /// The numbers of all refused calls, by the layer that refused and its reason; the most first. The
    /// first 64 pairs are told apart.
    pub refusals: Vec<(Layer, RefusalKind, u64)>,
}

/// Counts of recent calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecentCalls {
    /// The time that was counted: shorter than asked for while there are no counts of before, and up to a
    /// second longer otherwise.
    pub span: Duration,
    /// The calls that ended within it.
    pub counts: OutcomeCounts,
}

impl RecentCalls {
    /// Returns the number of calls a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.counts.per_second(self.span)
    }

    /// Returns the share of the calls that ended so, from 0 to 1; `None` without calls.
    #[must_use]
    pub fn share(&self, outcome: Outcome) -> Option<f64> {
        let total = self.counts.total();
        (total > 0).then(|| self.counts.get(outcome) as f64 / total as f64)
    }
}

/// Percentiles of the times that calls took, within 1.6 %. `None` is not known: there are no calls, or
/// too many of them were cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Latencies {
    /// The median.
    pub p50: Option<Duration>,
    /// The 95th percentile.
    pub p95: Option<Duration>,
    /// The 99th percentile.
    pub p99: Option<Duration>,
}

impl Latencies {
    pub(super) fn of(sketch: &LatencySketch) -> Self {
        let quantile = |share| match sketch.quantile(share) {
            Quantile::Known(time) => Some(time),
            Quantile::NoTimes | Quantile::MoreThan(_) => None,
        };
        Self { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) }
    }
}

/// Serializes as `name`, `total`, `last_10s`, `last_minute`, `last_5_minutes`, `latency_seconds` (`p50`,
/// `p95`, `p99`) and a list `refusals` of `component`, `name`, `kind` and `count`.
impl Serialize for ProtectionCalls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Refused<'r> {
            component: &'r str,
            name: &'r str,
            kind: &'r str,
            count: u64,
        }
        let refusals = self.refusals.iter().map(|(layer, kind, count)| Refused {
            component: layer.component().as_str(),
            name: layer.name().as_str(),
            kind: kind.as_str(),
            count: *count,
        });
        let refusals: Vec<_> = refusals.collect();
        let mut calls = serializer.serialize_struct("ProtectionCalls", 7)?;
        calls.serialize_field("name", self.name.as_str())?;
        calls.serialize_field("total", &self.total)?;
        calls.serialize_field("last_10s", &self.last_10s)?;
        calls.serialize_field("last_minute", &self.last_minute)?;
        calls.serialize_field("last_5_minutes", &self.last_5_minutes)?;
        calls.serialize_field("latency_seconds", &self.latencies)?;
        calls.serialize_field("refusals", &refusals)?;
        calls.end()
    }
}

/// Serializes as `span_seconds`, `per_second` and `counts`.
impl Serialize for RecentCalls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut calls = serializer.serialize_struct("RecentCalls", 3)?;
        calls.serialize_field("span_seconds", &self.span.as_secs_f64())?;
        calls.serialize_field("per_second", &self.per_second())?;
        calls.serialize_field("counts", &self.counts)?;
        calls.end()
    }
}

/// Serializes in seconds.
impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut latencies = serializer.serialize_struct("Latencies", 3)?;
        for (name, time) in [("p50", self.p50), ("p95", self.p95), ("p99", self.p99)] {
            latencies.serialize_field(name, &time.map(|time| time.as_secs_f64()))?;
        }
        latencies.end()
    }
}
