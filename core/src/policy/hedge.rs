use std::time::Duration;

use super::{Budget, BudgetOptions};
use crate::sync::{AtomicU32, Ordering};
use crate::{InvalidOption, Layer};

/// Sends a call that takes long once more, and takes the first answer.
///
/// | option | meaning | default |
/// |---|---|---|
/// | `after` | time after which the copy is sent | the 95th percentile of the last minute |
/// | `share` | extra calls per first attempt that succeeded, inside the budget | 0.05 |
/// | `min` | shortest time after which a copy is sent | 1 ms |
/// | `observe` | copies are only counted | false |
///
/// There is at most one copy. It is taken from the budget and from the share; both are spent once it was
/// sent. The attempt that loses is dropped and ends as [`Superseded`](crate::Verdict::Superseded): its
/// places are free then. If both fail, the first attempt's outcome counts.
///
/// No copy is sent
/// - of a call that may not be repeated, or that is a retry,
/// - while a layer makes the call wait: `after` begins when the call is admitted,
/// - while a layer takes no extra calls: a circuit that is not closed,
/// - within a second of an answer that the service is overloaded,
/// - while 8 of the last 32 calls took longer than `after`: then the service is slow, not the call,
/// - if `after` and the median are more than what is left until the deadline,
/// - before 100 calls were measured, if `after` is a quantile.
///
/// Threads cannot send copies; [`run_attempts_blocking`](crate::GuardedVia::run_attempts_blocking) does not.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Hedge {
    /// The time after which the copy is sent.
    pub after: HedgeAfter,
    /// The extra calls per first attempt that succeeded: 0 to 1.
    pub share: f64,
    /// The shortest time after which a copy is sent: 1 ms or more.
    pub min: Duration,
    /// True if copies that would be sent are only counted.
    pub observe: bool,
}

/// The time after which a [`Hedge`] sends a copy.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum HedgeAfter {
    /// Always the same.
    Time(Duration),
    /// The time that this share of calls does not exceed: 0.5 to 0.999.
    Quantile(f64),
}

impl Hedge {
    /// The number of calls that a quantile needs.
    pub(super) const CALLS: u64 = 100;

    /// Creates a hedge after the 95th percentile.
    #[must_use]
    pub const fn new() -> Self {
        let (after, min) = (HedgeAfter::Quantile(0.95), Duration::from_millis(1));
        Self { after, share: 0.05, min, observe: false }
    }

    /// Sends copies after a fixed time.
    #[must_use]
    pub const fn after(mut self, time: Duration) -> Self {
        self.after = HedgeAfter::Time(time);
        self
    }

    /// Sends copies after the time that this share of calls does not exceed.
    #[must_use]
    pub const fn after_quantile(mut self, share: f64) -> Self {
        self.after = HedgeAfter::Quantile(share);
        self
    }

    /// Sets how many copies each first attempt that succeeded allows.
    #[must_use]
    pub const fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    /// Sets the shortest time after which a copy is sent.
    #[must_use]
    pub const fn min(mut self, min: Duration) -> Self {
        self.min = min;
        self
    }

    /// Sets whether copies are only counted, in [`Policy::observations`](super::Policy::observations), and not
    /// sent.
    #[must_use]
    pub const fn observe(mut self, observe: bool) -> Self {
        self.observe = observe;
        self
    }

    /// Checks the options, for the policy of `layer`.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub fn validate(&self, layer: &Layer) -> Result<(), InvalidOption> {
        let invalid = |option, problem| Err(InvalidOption::new(layer, option, problem));
        match self.after {
            HedgeAfter::Quantile(share) if !(0.5..=0.999).contains(&share) => {
                return invalid("after", "must be a quantile between 0.5 and 0.999");
            }
            HedgeAfter::Time(time) if time < Duration::from_millis(1) => {
                return invalid("after", "must be 1 ms or more");
            }
            _ => {}
        }
        if !(0.0..=1.0).contains(&self.share) {
            return invalid("share", "must be between 0 and 1");
        }
        if self.min < Duration::from_millis(1) {
            return invalid("min", "must be 1 ms or more");
        }
        Ok(())
    }
}

impl Default for Hedge {
    fn default() -> Self {
        Self::new()
    }
}

/// A [`Hedge`] with what it counts.
#[derive(Debug)]
pub(crate) struct Hedging {
    pub(super) options: Hedge,
    share: Budget,
    /// A bit for each of the last 32 first attempts: whether a copy of it would have been sent.
    late: AtomicU32,
}

impl Hedging {
    pub(super) fn start(options: Hedge, budget: &Budget) -> Result<Self, InvalidOption> {
        options.validate(budget.layer())?;
        let share = BudgetOptions::new(budget.layer().name().clone());
        let share = share.ratio(options.share).floor(0.0).ttl(budget.options().ttl);
        Ok(Self { options, share: Budget::start(&share)?, late: AtomicU32::new(0) })
    }

    /// Returns the share of calls that may be sent twice, as a budget without a floor.
    pub(crate) const fn share(&self) -> &Budget {
        &self.share
    }

    /// Returns true if one of the last 32 first attempts was late.
    #[inline]
    pub(crate) fn has_late(&self) -> bool {
        self.late.load(Ordering::Relaxed) != 0
    }

    /// Notes whether a first attempt took longer than it may without a copy. Returns true if few did.
    pub(crate) fn note(&self, is_late: bool) -> bool {
        let late = self.late.load(Ordering::Relaxed) << 1 | u32::from(is_late);
        self.late.store(late, Ordering::Relaxed);
        late.count_ones() < 8
    }
}
