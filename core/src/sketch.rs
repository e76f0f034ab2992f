use std::fmt;
use std::time::Duration;

use crate::Tick;
use crate::policy::SlotLength;
use crate::sync::{AtomicU64, Mutex, Ordering};

mod buckets;
mod survival;
mod windows;

pub(crate) use self::survival::Survival;
use self::windows::Windows;

/// The distribution of the times that calls took within the last minute, in 48 KiB.
///
/// Times are counted in buckets of a 32nd of an octave, from 1 µs to 73 minutes, so that a quantile is
/// within 1.6 % of a time that calls took (log-linear buckets, as in `HdrHistogram`). Shorter and longer
/// times count as these.
///
/// A call that was cut, superseded or abandoned reveals only that it takes longer than it has run. Such
/// times are counted apart, and quantiles are those of Kaplan and Meier (1958): without that, a timeout
/// that follows the quantile of the calls which it did not cut would fall and fall.
///
/// ```
/// use seawall_core::Tick;
/// use seawall_core::policy::{LatencySketch, Quantile};
/// use std::time::Duration;
///
/// let sketch = LatencySketch::new();
/// let ms = Duration::from_millis(1);
/// (1..=1000).for_each(|nth| sketch.record(Tick::ZERO, nth * ms));
/// let Quantile::Known(p99) = sketch.quantile(0.99) else { panic!("they are known") };
/// assert!(p99.abs_diff(990 * ms) < 16 * ms);
/// ```
pub struct LatencySketch {
    windows: Windows,
    length: SlotLength,
    /// The slot of the current window.
    slot: AtomicU64,
    rotating: Mutex<()>,
}

/// A quantile of the times that calls took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantile {
    /// There is no time yet.
    NoTimes,
    /// This time, within 1.6 %.
    Known(Duration),
    /// More than this: too many calls were cut to know.
    MoreThan(Duration),
}

/// The number of windows that are kept, and the time of each.
const WINDOWS: u64 = 6;
const WINDOW: Duration = Duration::from_secs(10);

impl LatencySketch {
    /// Creates a sketch without times.
    #[must_use]
    pub fn new() -> Self {
        let nanos = u64::try_from(WINDOW.as_nanos()).unwrap_or(u64::MAX);
        Self {
            windows: Windows::new(),
            length: SlotLength::new(nanos),
            slot: AtomicU64::new(0),
            rotating: Mutex::default(),
        }
    }

    /// Counts a call that ended at `now` after `time`.
    #[inline]
    pub fn record(&self, now: Tick, time: Duration) {
        self.windows.at(self.window(now)).ended(time);
    }

    /// Counts a call that was cut at `now` after it had run for `time`.
    #[inline]
    pub fn record_cut(&self, now: Tick, time: Duration) {
        self.windows.at(self.window(now)).cut(time);
    }

    /// Forgets the times of calls that ended more than a minute before `now`, as counting a call does.
    pub fn forget_old(&self, now: Tick) {
        self.window(now);
    }

    /// Returns a sketch that begins with the same times.
    pub(crate) fn copy(&self) -> Self {
        let _rotating = crate::sync::lock(&self.rotating);
        let slot = AtomicU64::new(self.slot.load(Ordering::Acquire));
        Self { windows: self.windows.copy(), slot, ..Self::new() }
    }

    /// Returns the quantile `share`, such as 0.99. Takes some microseconds.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Quantile {
        self.survival().quantile(share)
    }

    /// Returns the share of calls that take longer than any time.
    pub(crate) fn survival(&self) -> Survival {
        Survival::new(&self.windows)
    }

    /// Returns the window of `now`. Threads whose time is a little behind count in the current one.
    #[inline]
    fn window(&self, now: Tick) -> u64 {
        let (slot, current) = (self.length.slot(now), self.slot.load(Ordering::Acquire));
        if slot > current { self.rotate(slot) } else { current }
    }

    /// Forgets the windows that are over.
    #[cold]
    #[inline(never)]
    fn rotate(&self, slot: u64) -> u64 {
        let _rotating = crate::sync::lock(&self.rotating);
        let current = self.slot.load(Ordering::Acquire);
        for later in (current..slot).rev().take(usize::try_from(WINDOWS).unwrap_or(0)) {
            self.windows.at(later + 1).clear();
        }
        self.slot.store(slot.max(current), Ordering::Release);
        slot.max(current)
    }
}

impl Default for LatencySketch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LatencySketch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let survival = self.survival();
        f.debug_struct("LatencySketch")
            .field("count", &survival.count())
            .field("p50", &survival.quantile(0.5))
            .field("p99", &survival.quantile(0.99))
            .finish()
    }
}
