use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use futures_timer::Delay;

pub use self::component::ComponentClock;
use self::timers::Timers;
use crate::Tick;

mod component;
#[cfg(feature = "quanta")]
mod cycles;
mod system;
mod timers;
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
    #[cfg(feature = "quanta")]
    Cycles(cycles::Cycles),
    Custom(Arc<dyn TimeSource>),
}

impl Clock {
    /// The machine's monotonic clock. Waiting needs no runtime: one helper thread, started by the
    /// first wait, wakes all.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The processor's cycle counter where that is steady, else the system's clock: read in a
    /// fraction of the time. Waiting is as on the system's clock. The first use in a process takes
    /// some hundredths of a second, to measure how fast the counter runs; after that it runs by
    /// itself, so it drifts from the system's clock by some parts in a million.
    #[cfg(feature = "quanta")]
    #[must_use]
    pub fn quanta() -> Self {
        Self(Source::Cycles(cycles::Cycles::shared()))
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

    /// Is `other` this clock? Then ticks of both compare.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Source::System, Source::System) => true,
            #[cfg(feature = "quanta")]
            (Source::Cycles(_), Source::Cycles(_)) => true,
            (Source::Custom(one), Source::Custom(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// The time now.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Tick {
        match &self.0 {
            Source::System => system::now(),
            #[cfg(feature = "quanta")]
            Source::Cycles(cycles) => cycles.now(),
            Source::Custom(source) => source.now(),
        }
    }

    /// Completes at `at`, or at once if that has passed.
    pub fn sleep_until(&self, at: Tick) -> Sleep {
        match &self.0 {
            Source::System => Sleep(Kind::Listed(SYSTEM.until(at))),
            #[cfg(feature = "quanta")]
            Source::Cycles(_) => Sleep(Kind::Listed(CYCLES.until(at))),
            Source::Custom(source) => source.sleep_until(at),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Clock(system)",
            #[cfg(feature = "quanta")]
            Source::Cycles(_) => "Clock(quanta)",
            Source::Custom(_) => "Clock(custom)",
        })
    }
}

/// A wait for a [`Tick`]. Dropping it ends the wait.
#[must_use = "a sleep waits only while it is polled"]
pub struct Sleep(Kind);

enum Kind {
    Listed(timers::Timer),
    /// One of the helper thread's own, which the lists are woken by.
    Thread(Delay),
    Custom(Pin<Box<dyn Future<Output = ()> + Send>>),
}

static SYSTEM: LazyLock<Timers> = LazyLock::new(|| Timers::of(&Clock::system(), Sleep::of_thread));
#[cfg(feature = "quanta")]
static CYCLES: LazyLock<Timers> = LazyLock::new(|| Timers::of(&Clock::quanta(), Sleep::of_thread));

impl Sleep {
    /// A sleep that ends when `wait` completes: what a [`TimeSource`] answers with.
    pub fn new(wait: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Kind::Custom(Box::pin(wait)))
    }

    fn of_thread(clock: &Clock, at: Tick) -> Self {
        Self(Kind::Thread(Delay::new(at.since(clock.now()))))
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Kind::Listed(timer) => Pin::new(timer).poll(cx),
            Kind::Thread(delay) => Pin::new(delay).poll(cx),
            Kind::Custom(wait) => wait.as_mut().poll(cx),
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sleep")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Midnight;

    impl TimeSource for Midnight {
        fn now(&self) -> Tick {
            Tick::ZERO
        }

        fn sleep_until(&self, _: Tick) -> Sleep {
            Sleep::new(std::future::pending())
        }
    }

    #[test]
    fn a_clock_is_its_clones_and_no_other() {
        let (one, other) = (Clock::custom(Midnight), Clock::custom(Midnight));
        assert!(one.is(&one.clone()) && !one.is(&other));
        assert!(Clock::system().is(&Clock::default()) && !Clock::system().is(&one));
    }
}
