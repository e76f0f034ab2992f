use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use seawall_core::{Clock, Sleep, Tick, TimeSource};

/// A clock that tests turn by hand. Its clones show the same time, on all threads.
///
/// A blocking call that has to wait panics on the thread that turns the clock (the one that turned it
/// last, or created it), since nothing else would end the wait. Make the call on another thread, or
/// drive an async call by [`block_on`](Self::block_on).
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Face>>);

#[derive(Debug)]
struct Face {
    now: Tick,
    turned_by: ThreadId,
    next_id: u64,
    sleepers: BTreeMap<(Tick, u64), Option<Waker>>,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Face {
            now: Tick::ZERO,
            turned_by: thread::current().id(),
            next_id: 0,
            sleepers: BTreeMap::new(),
        })))
    }
}

impl ManualClock {
    /// Creates a clock at its origin.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the clock to give to a driver.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock::custom(self.clone())
    }

    /// Returns the time that it shows.
    #[must_use]
    pub fn now(&self) -> Tick {
        self.face().now
    }

    /// Lets `time` pass, and wakes the sleepers whose time has come.
    pub fn advance(&self, time: Duration) {
        let until = self.now() + time;
        self.advance_to(until);
    }

    /// Lets time pass until `until`, and wakes the sleepers whose time has come. Time never goes back.
    ///
    /// # Panics
    /// If a waker does, after all have been woken.
    pub fn advance_to(&self, until: Tick) {
        let due = {
            let mut face = self.face();
            face.turned_by = thread::current().id();
            face.now = face.now.max(until);
            let after = face.now + Duration::from_nanos(1);
            let later = face.sleepers.split_off(&(after, 0));
            std::mem::replace(&mut face.sleepers, later)
        };
        let woken = due
            .into_values()
            .flatten()
            .map(|waker| catch_unwind(AssertUnwindSafe(|| waker.wake())));
        // All are woken before a panic of one goes on.
        let panics: Vec<_> = woken.filter_map(Result::err).collect();
        if let Some(panic) = panics.into_iter().next() {
            resume_unwind(panic);
        }
    }

    /// Jumps to the time of the earliest sleeper; returns true if there was one.
    pub fn advance_to_next(&self) -> bool {
        self.next_sleeper().inspect(|at| self.advance_to(*at)).is_some()
    }

    /// Returns the time of the earliest sleeper.
    #[must_use]
    pub fn next_sleeper(&self) -> Option<Tick> {
        self.face().sleepers.first_key_value().map(|((at, _), _)| *at)
    }

    /// Returns the number of sleepers.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.face().sleepers.len()
    }

    /// Runs `future` to its end; whenever it waits, the clock jumps to the time of the next sleeper.
    ///
    /// # Panics
    /// If `future` waits and nothing is left that could wake it.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            woken.take();
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            if !woken.take() {
                assert!(self.advance_to_next(), "the future waits, and nothing will wake it");
            }
        }
    }

    fn face(&self) -> MutexGuard<'_, Face> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TimeSource for ManualClock {
    fn now(&self) -> Tick {
        self.face().now
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        Sleep::new(Nap { clock: self.clone(), at, id: None })
    }

    fn stops_with_this_thread(&self) -> bool {
        self.face().turned_by == thread::current().id()
    }
}

/// One wait. It is among the sleepers while it lasts.
struct Nap {
    clock: ManualClock,
    at: Tick,
    id: Option<u64>,
}

impl Future for Nap {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let nap = &mut *self;
        let mut face = nap.clock.face();
        if face.now >= nap.at {
            return Poll::Ready(());
        }
        let id = *nap.id.get_or_insert_with(|| {
            face.next_id += 1;
            face.next_id
        });
        face.sleepers.insert((nap.at, id), Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.clock.face().sleepers.remove(&(self.at, id));
        }
    }
}

/// A waker that remembers that it was called.
#[derive(Debug, Default)]
pub(crate) struct Woken(AtomicBool);

impl Woken {
    /// Returns one that counts as woken, so that its task is polled for the first time.
    pub(crate) fn set() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker panics");
        }
    }

    #[test]
    fn a_waker_that_panics_keeps_no_other_sleeper_asleep() {
        let time = ManualClock::new();
        let woken = Arc::new(Woken::default());
        let wakers = [Waker::from(Arc::new(Panics)), Waker::from(Arc::clone(&woken))];
        let mut sleeps = [(); 2].map(|()| time.clock().sleep_until(Tick::from_millis(5)));
        for (sleep, waker) in sleeps.iter_mut().zip(&wakers) {
            assert!(Pin::new(sleep).poll(&mut Context::from_waker(waker)).is_pending());
        }
        let advance = || time.advance(Duration::from_millis(5));
        catch_unwind(AssertUnwindSafe(advance)).expect_err("the panic goes on");
        assert!(woken.take());
    }

    #[test]
    fn the_clock_stops_with_the_thread_that_turned_it_last() {
        let time = ManualClock::new();
        let clock = time.clock();
        assert!(clock.stops_with_this_thread(), "this thread created it");
        thread::scope(|scope| {
            let other = || {
                let before = clock.stops_with_this_thread();
                time.advance(Duration::ZERO);
                (before, clock.stops_with_this_thread())
            };
            assert_eq!(scope.spawn(other).join().expect("no panic"), (false, true));
        });
        assert!(!clock.stops_with_this_thread());
    }
}
