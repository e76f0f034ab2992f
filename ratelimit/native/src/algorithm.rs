use std::fmt;

/// How a rule counts. `limit` tokens a `period` is the rate with all of them; they differ in what
/// may come at once.
///
/// | algorithm | most tokens given out in any window of length `w` | good for |
/// |---|---|---|
/// | [`Gcra`](Self::Gcra) | `burst + limit × w / period` | nearly everything |
/// | [`TokenBucket`](Self::TokenBucket) | `burst + limit × ⌈w / period⌉` | quotas that are handed out in portions |
/// | [`FixedWindow`](Self::FixedWindow) | `limit × (⌈w / period⌉ + 1)` | quotas by the calendar: a minute, a day |
/// | [`SlidingWindow`](Self::SlidingWindow) | the same, but to reach it the calls must come just so | fixed windows without their double burst at the edge |
/// | [`Leaky`](Self::Leaky) | `1 + limit × w / period` calls that cost one | shaping: an even flow, calls wait their turn |
///
/// [`Rule::bound`](crate::Rule::bound) says the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// The generic cell rate algorithm of ATM networks (ITU-T I.371, annex A): a bucket of `burst`
    /// tokens into which tokens flow evenly.
    #[default]
    Gcra,
    /// A bucket of `burst` tokens, to which `limit` are added at once as each period begins. Periods
    /// begin at multiples of the period since the clock's origin.
    TokenBucket,
    /// `limit` tokens in each period, and what was not used is lost. Periods begin at multiples of
    /// the period since the clock's origin. On the edge of two periods, twice the limit can come at
    /// once.
    FixedWindow,
    /// A window that slides, as two counters tell it: of the last period as much is counted as the
    /// window still covers, taking for granted that its calls came evenly. See Cloudflare's
    /// ["How we built rate limiting capable of scaling to millions of
    /// domains"](https://blog.cloudflare.com/counting-things-a-lot-of-different-things/).
    SlidingWindow,
    /// A leaky bucket as a queue (Turner, "New directions in communications", 1986): calls leave it
    /// one by one, `period / limit` apart, and `burst` tokens at most are in it. A call waits for its
    /// turn as long as that takes, unless the rule's or its own `max_wait` says otherwise; one that
    /// must not wait goes through only if it is its turn.
    Leaky,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Gcra, Self::TokenBucket, Self::FixedWindow, Self::SlidingWindow, Self::Leaky];

    /// The name that settings use, in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gcra => "gcra",
            Self::TokenBucket => "token_bucket",
            Self::FixedWindow => "fixed_window",
            Self::SlidingWindow => "sliding_window",
            Self::Leaky => "leaky",
        }
    }

    /// Does a rule of this kind have no burst but its limit?
    pub(crate) const fn is_window(self) -> bool {
        matches!(self, Self::FixedWindow | Self::SlidingWindow)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
