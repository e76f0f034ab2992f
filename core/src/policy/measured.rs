use std::time::Duration;

use super::{Attempt, Hedge, HedgeAfter, LatencySketch, Quantile, QuantileTimeout};
use crate::atomic_duration::nanos;
use crate::sync::{AtomicU32, AtomicU64, Mutex, Ordering};
use crate::time::Span;
use crate::{Tick, Verdict};

/// What is measured of the calls under a policy, and the limits that follow from it.
#[derive(Debug)]
pub struct Measured {
    sketch: LatencySketch,
    timeout: Option<QuantileTimeout>,
    /// The quantile after which a copy is sent.
    hedge: Option<f64>,
    /// That quantile in nanoseconds; 0 if it is not known.
    delay: AtomicU64,
    /// The time until which the service counts as overloaded.
    overloaded_until: AtomicU64,
    /// The timeout in force, in nanoseconds.
    limit: AtomicU64,
    /// A bit for each of the last 32 calls: whether it was cut.
    cuts: AtomicU32,
    /// Calls that took longer than a timeout which is only observed.
    over: AtomicU64,
    /// The median in nanoseconds; 0 if it is not known.
    median: AtomicU64,
    /// The time before which nothing is computed anew.
    soonest: AtomicU64,
    /// Calls since something was computed. Threads may lose counts.
    calls: AtomicU32,
    is_overloaded: AtomicU32,
    refreshing: Mutex<()>,
}

const SOONEST: Duration = Duration::from_millis(100);
const LATEST: Duration = Duration::from_secs(1);
const CALLS: u32 = 256;

impl Measured {
    pub(super) fn new(timeout: Option<QuantileTimeout>, hedge: Option<Hedge>) -> Self {
        let quantile = hedge.and_then(|hedge| match hedge.after {
            HedgeAfter::Quantile(share) => Some(share),
            HedgeAfter::Time(_) => None,
        });
        let max = timeout.map_or(Duration::MAX, |timeout| timeout.max);
        Self {
            sketch: LatencySketch::new(),
            timeout,
            hedge: quantile,
            delay: AtomicU64::new(0),
            overloaded_until: AtomicU64::new(0),
            limit: AtomicU64::new(nanos(max)),
            cuts: AtomicU32::new(0),
            over: AtomicU64::new(0),
            median: AtomicU64::new(0),
            soonest: AtomicU64::new(0),
            calls: AtomicU32::new(0),
            is_overloaded: AtomicU32::new(0),
            refreshing: Mutex::default(),
        }
    }

    /// Returns a copy that follows other rules.
    pub(super) fn with(&self, timeout: Option<QuantileTimeout>, hedge: Option<Hedge>) -> Self {
        let copy = Self { sketch: self.sketch.copy(), ..Self::new(timeout, hedge) };
        let copied = |from: fn(&Self) -> &AtomicU64| {
            from(&copy).store(from(self).load(Ordering::Relaxed), Ordering::Relaxed);
        };
        copied(|measured| &measured.median);
        copied(|measured| &measured.over);
        copied(|measured| &measured.overloaded_until);
        // From the shortest timeout, the first quantile is reached at once.
        let min = timeout.map_or(Duration::ZERO, |timeout| timeout.min);
        copy.limit.store(nanos(min), Ordering::Relaxed);
        copy.refresh(Tick::ZERO);
        copied(|measured| &measured.soonest);
        copy
    }

    pub(super) const fn sketch(&self) -> &LatencySketch {
        &self.sketch
    }

    /// Returns the timeout of an attempt.
    pub(crate) fn limit(&self, attempt: Attempt) -> Span {
        let Some(timeout) = &self.timeout else { return Span::NONE };
        let limit = Duration::from_nanos(self.limit.load(Ordering::Relaxed));
        let doublings = (attempt.number() - 1).min(31);
        Span::new(limit.saturating_mul(1 << doublings).min(timeout.max))
    }

    /// Returns the quantile after which a copy is sent, if it is known.
    #[inline]
    pub(crate) fn delay(&self) -> Option<Duration> {
        let delay = self.delay.load(Ordering::Relaxed);
        (delay != 0).then(|| Duration::from_nanos(delay))
    }

    /// Returns true if the service said within the last second that it is overloaded.
    pub(crate) fn is_overloaded(&self, now: Tick) -> bool {
        now < Tick::from_nanos(self.overloaded_until.load(Ordering::Relaxed))
    }

    /// Returns the median time of a call; zero if it is not known.
    pub(crate) fn median(&self) -> Duration {
        Duration::from_nanos(self.median.load(Ordering::Relaxed))
    }

    /// Counts a call that ran from `admitted` until `now`.
    #[inline(never)]
    pub(crate) fn end(&self, now: Tick, verdict: Verdict, was_timed_out: bool, admitted: Tick) {
        let time = now.since(admitted);
        match verdict {
            _ if was_timed_out => {
                self.sketch.record_cut(now, time);
                match self.observes() {
                    true => self.note_ended(time),
                    false => self.note_cut(),
                }
            }
            Verdict::Success | Verdict::Ignored => {
                self.sketch.record(now, time);
                self.note_ended(time);
            }
            Verdict::Failure | Verdict::Overload => self.end_failed(now, time, verdict),
            Verdict::Abandoned | Verdict::Superseded => self.sketch.record_cut(now, time),
            Verdict::Panicked | Verdict::Unused => return,
        }
        let calls = self.calls.load(Ordering::Relaxed) + 1;
        self.calls.store(calls, Ordering::Relaxed);
        let soonest = Tick::from_nanos(self.soonest.load(Ordering::Relaxed));
        if now >= soonest && (calls >= CALLS || now >= soonest + (LATEST - SOONEST)) {
            self.refresh(now);
        }
    }

    /// Counts a failure only if it was slow.
    #[cold]
    fn end_failed(&self, now: Tick, time: Duration, verdict: Verdict) {
        if verdict == Verdict::Overload {
            self.is_overloaded.store(1, Ordering::Relaxed);
            self.overloaded_until.store((now + LATEST).as_nanos(), Ordering::Relaxed);
        }
        if time > self.median() {
            self.sketch.record(now, time);
        }
        self.note_ended(time);
    }

    fn observes(&self) -> bool {
        self.timeout.is_some_and(|timeout| timeout.observe)
    }

    /// Returns the number of calls that took longer than a timeout which is only observed.
    pub(super) fn over(&self) -> u64 {
        self.over.load(Ordering::Relaxed)
    }

    #[inline]
    fn note_ended(&self, time: Duration) {
        if self.observes() && time > Duration::from_nanos(self.limit.load(Ordering::Relaxed)) {
            self.over.fetch_add(1, Ordering::Relaxed);
            return self.note_cut();
        }
        let cuts = self.cuts.load(Ordering::Relaxed);
        if cuts != 0 {
            self.cuts.store(cuts << 1, Ordering::Relaxed);
        }
    }

    /// Doubles the timeout if a quarter of the last calls were cut.
    #[cold]
    fn note_cut(&self) {
        let cuts = self.cuts.load(Ordering::Relaxed) << 1 | 1;
        let Some(timeout) = self.timeout.filter(|_| cuts.count_ones() >= 8) else {
            return self.cuts.store(cuts, Ordering::Relaxed);
        };
        self.cuts.store(0, Ordering::Relaxed);
        self.double(&timeout);
    }

    fn double(&self, timeout: &QuantileTimeout) {
        let limit = self.limit.load(Ordering::Relaxed).saturating_mul(2);
        self.limit.store(limit.min(nanos(timeout.max)), Ordering::Relaxed);
    }

    /// Computes the quantiles anew, unless another thread does.
    #[cold]
    #[inline(never)]
    fn refresh(&self, now: Tick) {
        let Ok(_refreshing) = self.refreshing.try_lock() else { return };
        self.calls.store(0, Ordering::Relaxed);
        self.soonest.store((now + SOONEST).as_nanos(), Ordering::Relaxed);
        let survival = self.sketch.survival();
        if let Quantile::Known(median) = survival.quantile(0.5) {
            self.median.store(nanos(median), Ordering::Relaxed);
        }
        if let Some(share) = self.hedge {
            let delay = match survival.quantile(share) {
                Quantile::Known(delay) if survival.count() >= Hedge::CALLS => nanos(delay),
                _ => 0,
            };
            self.delay.store(delay, Ordering::Relaxed);
        }
        let was_overloaded = self.is_overloaded.swap(0, Ordering::Relaxed) != 0;
        let Some(timeout) = &self.timeout else { return };
        let limit = Duration::from_nanos(self.limit.load(Ordering::Relaxed));
        let enough = survival.count() >= QuantileTimeout::CALLS;
        let next = match survival.quantile(timeout.quantile) {
            Quantile::Known(quantile) if enough => timeout.of(quantile),
            Quantile::MoreThan(_) if enough => return self.double(timeout),
            _ => timeout.max,
        };
        let least = if was_overloaded { limit } else { limit / 10 * 9 };
        self.limit.store(nanos(next.max(least).max(timeout.min)), Ordering::Relaxed);
    }
}
