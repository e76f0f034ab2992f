use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::Tick;

mod system;
#[cfg(feature = "tokio")]
mod tokio;

/// Where time comes from, for a clock of one's own: a simulation's, a test's, a runtime's.
///
/// The two methods must agree: once `sleep_until(at)` has completed, `now()` is `at` or later.
pub trait TimeSource: Send + Sync + 'static {
    /// The time now. Must never go back.
    fn now(&self) -> Tick;

    /// Completes at `at`, or at once if that has passed.
    fn sleep_until(&self, at: Tick) -> Sleep;
}

/// The time, and the only thing in Seawall that tells it.
///
/// A clock is cheap to clone; its clones tell the same time. Backends never read one: the driver
/// does, at most once when a call enters and once when it ends.
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    Custom(Arc<dyn TimeSource>),
}

impl Clock {
    /// The machine's monotonic clock. Waiting needs no runtime: one helper thread, started by the
    /// first wait, wakes all.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that tells `source`'s time.
    #[must_use]
    pub fn custom(source: impl TimeSource) -> Self {
        Self(Source::Custom(Arc::new(source)))
    }

    /// Tokio's time, which stands still under `tokio::time::pause`.
    ///
    /// # Panics
    /// If called outside a Tokio runtime, or one without its timer enabled waits on it.
    #[cfg(feature = "tokio")]
    #[must_use]
    #[track_caller]
    pub fn tokio() -> Self {
        Self::custom(tokio::TokioTime::current())
    }

    /// The time now.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Tick {
        match &self.0 {
            Source::System => system::now(),
            Source::Custom(source) => source.now(),
        }
    }

    /// Completes at `at`, or at once if that has passed.
    pub fn sleep_until(&self, at: Tick) -> Sleep {
        match &self.0 {
            Source::System => Sleep(Kind::System(system::delay_until(at))),
            Source::Custom(source) => source.sleep_until(at),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Clock(system)",
            Source::Custom(_) => "Clock(custom)",
        })
    }
}

/// A wait for a [`Tick`]. Dropping it ends the wait.
#[must_use = "a sleep waits only while it is polled"]
pub struct Sleep(Kind);

enum Kind {
    System(futures_timer::Delay),
    Custom(Pin<Box<dyn Future<Output = ()> + Send>>),
}

impl Sleep {
    /// A sleep that ends when `wait` completes: what a [`TimeSource`] answers with.
    pub fn new(wait: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Kind::Custom(Box::pin(wait)))
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Kind::System(delay) => Pin::new(delay).poll(cx),
            Kind::Custom(wait) => wait.as_mut().poll(cx),
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sleep")
    }
}
