use std::fmt;

/// How a rule counts. Each gives out `limit` tokens a `period` on average; they differ in how many
/// can be taken at once.
///
/// | algorithm | maximum tokens in any window of length `w` | good for |
/// |---|---|---|
/// | [`Gcra`](Self::Gcra) | `burst + limit × w / period` | nearly everything |
/// | [`PeriodicBucket`](Self::PeriodicBucket) | `burst + limit × ⌈w / period⌉` | quotas that are refilled in portions |
/// | [`FixedWindow`](Self::FixedWindow) | `limit × (⌈w / period⌉ + 1)` | quotas for each period: a minute, a day |
/// | [`SlidingWindow`](Self::SlidingWindow) | the same, but only if the calls are timed for it | fixed windows without their double burst at the edge |
/// | [`Leaky`](Self::Leaky) | `burst + limit × w / period` | an even flow: calls wait in a queue |
///
/// [`Rule::bound`](crate::Rule::bound) returns this maximum. Periods begin at multiples of the period
/// since the clock's origin, which for the system's clock is its first reading in the process: they
/// do not begin with the hours and days of a calendar.
///
/// The set may grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// A token bucket with an even refill: tokens flow in one by one, up to `burst`. Known as the
    /// generic cell rate algorithm of ATM networks (ITU-T I.371, annex A).
    #[default]
    Gcra,
    /// A bucket that is refilled by periods: `limit` tokens are added at once as each period begins,
    /// up to `burst`. So a token may come back much sooner than after `period / limit`.
    PeriodicBucket,
    /// `limit` tokens in each period; unused ones are lost when it ends. Twice the limit can be taken
    /// around the edge of two periods.
    FixedWindow,
    /// A sliding window, estimated from two counters: this period's, and the share of the last one's
    /// that the window still covers, as if its calls had come evenly. See Cloudflare's
    /// ["How we built rate limiting capable of scaling to millions of
    /// domains"](https://blog.cloudflare.com/counting-things-a-lot-of-different-things/).
    SlidingWindow,
    /// A leaky bucket as a queue (Turner, "New directions in communications", 1986): tokens leave it
    /// one by one, `period / limit` apart, and at most `burst` tokens are in it. A call starts with its
    /// last token, and waits for that as long as the queue is, unless the rule's or its own `max_wait`
    /// says otherwise. A call that must not wait is admitted if its tokens could have left already.
    Leaky,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 5] =
        [Self::Gcra, Self::PeriodicBucket, Self::FixedWindow, Self::SlidingWindow, Self::Leaky];

    /// Returns the name that settings use, in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gcra => "gcra",
            Self::PeriodicBucket => "periodic_bucket",
            Self::FixedWindow => "fixed_window",
            Self::SlidingWindow => "sliding_window",
            Self::Leaky => "leaky",
        }
    }

    /// Returns true if the burst of a rule is always its limit.
    pub(crate) const fn is_window(self) -> bool {
        matches!(self, Self::FixedWindow | Self::SlidingWindow)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
