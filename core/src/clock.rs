use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use futures_timer::Delay;

use self::timers::{Source, Timer, Timers};
use crate::Tick;

#[cfg(feature = "quanta")]
mod cycles;
mod system;
mod timers;
#[cfg(feature = "tokio")]
mod tokio;

/// The source of time of a custom clock: a simulation's, a test's, a runtime's.
///
/// The methods must agree: once `sleep_until(at)` has completed, `now()` is `at` or later.
pub trait TimeSource: Send + Sync + 'static {
    /// Returns the time now. Must be the same on all threads, and never go back.
    fn now(&self) -> Tick;

    /// Returns a sleep that completes at `at`, or at once if that has passed.
    fn sleep_until(&self, at: Tick) -> Sleep;

    /// Returns true if this clock stands still while the current thread is blocked, so that a blocking
    /// wait on it would never end. A blocking call asks before it waits, and panics instead.
    ///
    /// Returns false by default: time passes whatever this thread does.
    fn stops_with_this_thread(&self) -> bool {
        false
    }
}

/// A clock: the only source of time in Seawall.
///
/// Clones are cheap and tell the same time. Backends never read a clock. The driver reads it for a call
/// at most once on the way in and once on the way out; once more if there is a deadline; once more if
/// that or a timeout limits a blocking operation; again after each wait; and for each event.
#[derive(Clone, Default)]
pub struct Clock(Kind);

#[derive(Clone, Default)]
enum Kind {
    #[default]
    System,
    #[cfg(feature = "quanta")]
    Cycles(cycles::Cycles),
    Custom(Arc<dyn TimeSource>),
}

impl Clock {
    /// Returns the machine's monotonic clock. Waiting needs no runtime: one helper thread, started by
    /// the first wait, wakes all waiters.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// Returns a clock that reads the processor's cycle counter where that is steady, and the system's
    /// clock elsewhere. Reading it takes a fraction of the time; waiting is as on the system's clock.
    ///
    /// The first use in a process takes some hundredths of a second, to measure the counter's speed.
    /// From then on it drifts from the system's clock by some parts in a million.
    #[cfg(feature = "quanta")]
    #[must_use]
    pub fn quanta() -> Self {
        Self(Kind::Cycles(cycles::Cycles::shared()))
    }

    /// Returns the clock that is fastest to read: with the feature `quanta`, the processor's cycle
    /// counter, if it is steady and its measured speed is right, and otherwise the system's clock.
    ///
    /// Lengths of time by it are those of the system's clock to a thousandth, which is checked at the
    /// first use; usually to some parts in a million.
    #[must_use]
    pub fn fast() -> Self {
        #[cfg(feature = "quanta")]
        if let Some(cycles) = cycles::Cycles::checked() {
            return Self(Kind::Cycles(cycles));
        }
        Self::system()
    }

    /// Returns a clock that tells the time of `source`.
    #[must_use]
    pub fn custom(source: impl TimeSource) -> Self {
        Self(Kind::Custom(Arc::new(source)))
    }

    /// Returns the time of the current Tokio runtime, on any thread. It stands still while
    /// `tokio::time::pause` is in effect.
    ///
    /// A blocking call must not wait on the thread that drives a current-thread runtime: its time would
    /// stand still, so the call panics. On other threads, as in `spawn_blocking`, it waits.
    ///
    /// # Panics
    /// If called outside a Tokio runtime. Waiting panics if the runtime has no timer enabled.
    #[cfg(feature = "tokio")]
    #[must_use]
    #[track_caller]
    pub fn tokio() -> Self {
        Self::custom(tokio::TokioTime::current())
    }

    /// Returns true if `other` is this clock, so that ticks of both compare.
    #[inline]
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.id() == other.id()
    }

    /// Returns a number that only this clock and its clones have, as long as one of them lives; not 0.
    #[inline(always)]
    pub(crate) fn id(&self) -> usize {
        match &self.0 {
            Kind::System => 1,
            #[cfg(feature = "quanta")]
            Kind::Cycles(_) => 2,
            Kind::Custom(source) => Arc::as_ptr(source).addr(),
        }
    }

    /// Returns the time now.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Tick {
        match &self.0 {
            Kind::System => system::now(),
            #[cfg(feature = "quanta")]
            Kind::Cycles(cycles) => cycles.now(),
            Kind::Custom(source) => source.now(),
        }
    }

    /// Runs `future` to its end on this thread, which is parked while the future waits.
    ///
    /// # Panics
    /// If the future has to wait and this clock stands still while the thread is blocked.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        crate::driver::blocking::block_on(Some(self), future)
    }

    /// Returns a sleep that completes at `at`, or at once if that has passed.
    pub fn sleep_until(&self, at: Tick) -> Sleep {
        match &self.0 {
            Kind::System => Sleep(Wait::Listed(SYSTEM.until(at))),
            #[cfg(feature = "quanta")]
            Kind::Cycles(_) => Sleep(Wait::Listed(CYCLES.until(at))),
            Kind::Custom(source) => source.sleep_until(at),
        }
    }

    /// Returns true if a blocking wait on this thread would never end: see
    /// [`TimeSource::stops_with_this_thread`].
    #[must_use]
    pub fn stops_with_this_thread(&self) -> bool {
        match &self.0 {
            Kind::Custom(source) => source.stops_with_this_thread(),
            _ => false,
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::System => "Clock(system)",
            #[cfg(feature = "quanta")]
            Kind::Cycles(_) => "Clock(quanta)",
            Kind::Custom(_) => "Clock(custom)",
        })
    }
}

/// A wait for a [`Tick`]. Dropping it ends the wait.
#[must_use = "a sleep waits only while it is polled"]
pub struct Sleep(Wait);

enum Wait {
    Listed(Timer<HelperThread>),
    Custom(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// A clock of the machine's, whose sleeps are woken by the helper thread of `futures-timer`.
#[derive(Clone)]
struct HelperThread {
    now: fn() -> Tick,
}

impl Source for HelperThread {
    type Sleep = Delay;

    fn now(&self) -> Tick {
        (self.now)()
    }

    fn sleep_until(&self, at: Tick) -> Delay {
        Delay::new(at.since(self.now()))
    }
}

static SYSTEM: LazyLock<Timers<HelperThread>> =
    LazyLock::new(|| Timers::new(&HelperThread { now: system::now }));
#[cfg(feature = "quanta")]
static CYCLES: LazyLock<Timers<HelperThread>> =
    LazyLock::new(|| Timers::new(&HelperThread { now: || cycles::Cycles::shared().now() }));

impl Sleep {
    /// Creates a sleep that completes when `wait` does, for a [`TimeSource`].
    pub fn new(wait: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Wait::Custom(Box::pin(wait)))
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Wait::Listed(timer) => Pin::new(timer).poll(cx),
            Wait::Custom(wait) => wait.as_mut().poll(cx),
        }
    }
}

crate::__debug! { impl Sleep }

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
