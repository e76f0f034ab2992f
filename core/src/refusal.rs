use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{Component, Layer, Tick};

/// Why a call was not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The circuit breaker is open, or half-open with all its probes out.
    CircuitOpen,
    /// The rate limit is used up for now.
    RateLimited,
    /// The call costs more than the limit can ever give at once. Waiting does not help.
    CostAboveLimit,
    /// All places are taken and waiting is not allowed, or the queue is full too.
    PoolFull,
    /// As many keys are kept as may be, none of which can be forgotten now.
    TooManyKeys,
    /// No place came free within the time allowed for waiting.
    CheckoutTimeout,
    /// The resource behind the pool could not be reached. [`Refusal::source`] says why.
    ResourceUnavailable,
    /// The call's deadline passed, or would have, before it could start.
    Deadline,
    /// The component is closed, or closing.
    ShuttingDown,
    /// Nothing of that name is configured. [`Refusal::source`] says what is.
    UnknownName,
}

impl RefusalKind {
    /// The name for machines: in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CircuitOpen => "circuit_open",
            Self::RateLimited => "rate_limited",
            Self::CostAboveLimit => "cost_above_limit",
            Self::PoolFull => "pool_full",
            Self::TooManyKeys => "too_many_keys",
            Self::CheckoutTimeout => "checkout_timeout",
            Self::ResourceUnavailable => "resource_unavailable",
            Self::Deadline => "deadline",
            Self::ShuttingDown => "shutting_down",
            Self::UnknownName => "unknown_name",
        }
    }
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A call that was not let through: it never ran, so it is safe to send again.
///
/// Five words, and free of allocation on the paths that refuse many.
#[derive(Clone)]
pub struct Refusal {
    layer: Layer,
    /// Nanoseconds; [`Refusal::UNKNOWN`] if nobody knows.
    retry_after: u64,
    more: Option<Arc<More>>,
    /// Zero if there is none; [`Refusal::LARGE`] if it is among what there is more.
    limit: u32,
    kind: RefusalKind,
}

/// What few refusals have to say.
#[derive(Clone, Default)]
struct More {
    limit: u64,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Refusal {
    const UNKNOWN: u64 = u64::MAX;
    const LARGE: u32 = u32::MAX;

    /// A refusal of `kind` by `layer`.
    #[inline]
    #[must_use]
    pub fn new(kind: RefusalKind, layer: &Layer) -> Self {
        Self { layer: layer.clone(), retry_after: Self::UNKNOWN, more: None, limit: 0, kind }
    }

    /// With the time after which asking again may help. More than 584 years count as that.
    #[inline]
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        let longest = Self::UNKNOWN - 1;
        self.retry_after = u64::try_from(wait.as_nanos()).unwrap_or(longest).min(longest);
        self
    }

    /// With the time from which on asking again may help, as seen at `now`; zero if that has passed.
    #[inline]
    #[must_use]
    pub fn with_retry_at(mut self, at: Tick, now: Tick) -> Self {
        let wait = at.as_nanos().saturating_sub(now.as_nanos());
        self.retry_after = wait.min(Self::UNKNOWN - 1);
        self
    }

    /// With the limit that was met: places, keys, or tokens a period.
    #[inline]
    #[must_use]
    pub fn with_limit(mut self, limit: u64) -> Self {
        self.limit = u32::try_from(limit).unwrap_or(Self::LARGE);
        if self.limit == Self::LARGE {
            self.more().limit = limit;
        }
        self
    }

    /// With the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: Arc<dyn StdError + Send + Sync>) -> Self {
        self.more().source = Some(source);
        self
    }

    #[cold]
    fn more(&mut self) -> &mut More {
        Arc::make_mut(self.more.get_or_insert_default())
    }

    /// Why.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// Who refused: the layer and its name.
    #[must_use]
    pub const fn by(&self) -> &Layer {
        &self.layer
    }

    /// How long to wait before asking again may help; `None` if that is not known or nothing will.
    #[inline]
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self.retry_after {
            Self::UNKNOWN => None,
            nanos => Some(Duration::from_nanos(nanos)),
        }
    }

    /// The same in whole seconds, one at least and rounded up, as the HTTP header `Retry-After` has
    /// it.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        let wait = self.retry_after()?;
        Some((wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1))
    }

    /// The limit that was met, where there is one: places, keys, or tokens a period.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        match self.limit {
            0 => None,
            Self::LARGE => self.more.as_ref().map(|more| more.limit),
            limit => Some(limit.into()),
        }
    }

    /// Was a circuit open?
    #[must_use]
    pub fn is_circuit_open(&self) -> bool {
        self.kind == RefusalKind::CircuitOpen
    }

    /// Was a rate limit used up?
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.kind == RefusalKind::RateLimited
    }

    /// Were all places taken, at once or after waiting?
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self.kind, RefusalKind::PoolFull | RefusalKind::CheckoutTimeout)
    }
}

impl fmt::Display for Refusal {
    /// One sentence a person can act on. The source is not part of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layer = &self.layer;
        match self.kind {
            RefusalKind::CircuitOpen => write!(f, "{layer} is open")?,
            RefusalKind::RateLimited => write!(f, "{layer} is used up")?,
            RefusalKind::CostAboveLimit => write!(f, "the call costs more than {layer} ever has")?,
            RefusalKind::PoolFull => write!(f, "{layer} is full")?,
            RefusalKind::TooManyKeys => write!(f, "{layer} has no room for one more key")?,
            RefusalKind::CheckoutTimeout => write!(f, "no place in {layer} came free in time")?,
            RefusalKind::ResourceUnavailable => write!(f, "{layer} could not reach its resource")?,
            RefusalKind::Deadline => write!(f, "the deadline passed before {layer} let it start")?,
            RefusalKind::ShuttingDown => write!(f, "{layer} is shutting down")?,
            RefusalKind::UnknownName => write!(f, "{layer} is not configured")?,
        }
        if let Some(limit) = self.limit() {
            let unit = match (self.kind, layer.component()) {
                (RefusalKind::TooManyKeys, _) => "keys",
                (_, Component::RateLimiter) => "at once",
                _ => "places",
            };
            write!(f, " ({limit} {unit})")?;
        }
        if let Some(wait) = self.retry_after() {
            write!(f, "; retry in {}", Rounded(wait))?;
        }
        Ok(())
    }
}

/// A duration as a person would say it: three significant digits at most, never rounded to zero.
pub(crate) struct Rounded(pub(crate) Duration);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        match seconds {
            s if s >= 100.0 => write!(f, "{s:.0} s"),
            s if s >= 1.0 => write!(f, "{s:.1} s"),
            s if s >= 0.001 => write!(f, "{:.0} ms", s * 1e3),
            0.0 => f.write_str("0 s"),
            s => write!(f, "{:.0} µs", (s * 1e6).max(1.0)),
        }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("kind", &self.kind)
            .field("by", &format_args!("{}", self.layer))
            .field("retry_after", &self.retry_after())
            .field("limit", &self.limit())
            .field("source", &self.more.as_ref().and_then(|more| more.source.as_ref()))
            .finish()
    }
}

impl StdError for Refusal {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.more.as_ref()?.source.as_ref()?;
        Some(&**source)
    }
}
