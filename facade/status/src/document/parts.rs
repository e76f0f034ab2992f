use std::time::Duration;

use seawall::{Latencies, Tick};
use serde::Serialize;

use super::{Named, rounded, seconds_ago};
use crate::history::{Counts, Series, Slots};
use crate::known::Known;
use crate::level::Level;

/// How the calls of the last time ended.
#[derive(Serialize)]
pub(super) struct Window {
    /// The time that is asked for, and that there is something about.
    seconds: usize,
    covered_seconds: usize,
    calls: u64,
    #[serde(flatten)]
    counts: Counts,
}

/// A sequence of equal times, the newest last, in columns.
#[derive(Serialize)]
pub(super) struct Timeline {
    /// `null` where no sample was taken.
    level: Vec<Option<Level>>,
    success: Vec<u64>,
    failure: Vec<u64>,
    timed_out: Vec<u64>,
    refused: Vec<u64>,
    other: Vec<u64>,
    used: Vec<u64>,
    p99_seconds: Vec<Option<f64>>,
}

#[derive(Serialize)]
pub(super) struct RefusalView<'d> {
    layer: Named<'d>,
    kind: &'static str,
    last_minute: u64,
    total: u64,
}

/// Quantiles of the last minute; null where too many calls were cut to know.
#[derive(Serialize)]
pub(super) struct Latency {
    p50_seconds: Option<f64>,
    p95_seconds: Option<f64>,
    p99_seconds: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct ErrorView<'d> {
    text: &'d str,
    seconds_ago: f64,
}

/// What protections and components have in common.
#[derive(Serialize)]
pub(super) struct Common<'d> {
    level_seconds: f64,
    windows: [Window; 3],
    total: Counts,
    refusals: Vec<RefusalView<'d>>,
    latency: Option<Latency>,
    last_error: Option<ErrorView<'d>>,
    seconds: Timeline,
    minutes: Timeline,
}

impl<'d> Common<'d> {
    const WINDOWS: [usize; 3] = [10, 60, Series::SECONDS];

    pub(super) fn new(known: &'d Known, now: Tick) -> Self {
        let series = &known.series;
        let refusal = |entry: &'d crate::history::Refused| RefusalView {
            layer: (&entry.layer).into(),
            kind: entry.kind.as_str(),
            last_minute: entry.last_minute(),
            total: entry.total,
        };
        Self {
            level_seconds: seconds_ago(series.since, now),
            windows: Self::WINDOWS.map(|seconds| {
                let (counts, covered_seconds) = series.seconds.sum(seconds);
                Window { seconds, covered_seconds, calls: counts.calls(), counts }
            }),
            total: series.total,
            refusals: known.refusals.most_first().into_iter().map(refusal).collect(),
            latency: Latency::new(known.latencies),
            last_error: known
                .error
                .as_ref()
                .map(|(text, at)| ErrorView { text, seconds_ago: seconds_ago(*at, now) }),
            seconds: Timeline::new(&series.seconds, 60),
            minutes: Timeline::new(&series.minutes, Series::MINUTES),
        }
    }
}

impl Timeline {
    fn new(slots: &Slots, count: usize) -> Self {
        let column = |value: fn(&Counts) -> u64| -> Vec<_> {
            slots.last(count).map(|slot| value(&slot.counts)).collect()
        };
        Self {
            level: slots.last(count).map(|slot| slot.level).collect(),
            success: column(|counts| counts.success),
            failure: column(|counts| counts.failure),
            timed_out: column(|counts| counts.timed_out),
            refused: column(|counts| counts.refused),
            other: column(|counts| counts.other),
            used: slots.last(count).map(|slot| slot.used).collect(),
            p99_seconds: slots.last(count).map(|slot| slot.p99.map(rounded)).collect(),
        }
    }
}

impl Latency {
    fn new(times: Latencies) -> Option<Self> {
        let seconds = |time: Option<Duration>| Some(rounded(time?.as_secs_f64()));
        let [p50_seconds, p95_seconds, p99_seconds] =
            [times.p50, times.p95, times.p99].map(seconds);
        p50_seconds.is_some().then_some(Self { p50_seconds, p95_seconds, p99_seconds })
    }
}
