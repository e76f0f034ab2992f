use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, TryLockError, Weak};
use std::task::{Context, Wake, Waker};

use crate::Tick;
use crate::sync::Mutex;

#[cfg(all(test, seawall_loom))]
mod races;

/// One sleep shared by many waiters: set to the earliest of their deadlines, and not set back when
/// waiters leave. So most waits start and end without touching a timer, which would cost more than all
/// the rest of a wait.
///
/// The waiters belong to a [`TimerOwner`], which keeps under its own lock the time that the timer is to
/// be set to.
pub struct SharedTimer<S> {
    set: Mutex<Set<S>>,
    waker: Waker,
}

/// The owner of a [`SharedTimer`] and of the waiters that it wakes.
pub trait TimerOwner: Send + Sync + 'static {
    /// The sleep that the timer is made of.
    type Sleep: Future<Output = ()> + Send + Unpin + 'static;

    /// Returns the timer.
    fn timer(&self) -> &SharedTimer<Self::Sleep>;

    /// Returns what the timer is to be set to now.
    fn wanted(&self) -> TimerSetting;

    /// Returns a sleep until `at`. Not called under the lock of the waiters.
    fn sleep_until(&self, at: Tick) -> Self::Sleep;

    /// Removes and returns the wakers of the waiters whose deadline has passed, and
    /// [changes](TimerSetting::change) the setting to the next deadline.
    fn take_due(&self) -> Vec<Waker>;

    /// Returns the wakers of all waiters and changes the setting to [`Tick::MAX`]: the timer could not
    /// be set. Each waiter that still waits has to [advance](TimerSetting::advance) the setting again.
    fn take_all(&self) -> Vec<Waker>;
}

/// The time that a [`SharedTimer`] is to be set to. Of two settings, the later one is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerSetting {
    at: Tick,
    number: u64,
}

impl TimerSetting {
    /// The timer is not set.
    pub const NONE: Self = Self { at: Tick::MAX, number: 0 };

    /// Returns the time; [`Tick::MAX`] is never.
    #[must_use]
    pub const fn at(&self) -> Tick {
        self.at
    }

    /// Changes the time to `at`.
    pub const fn change(&mut self, at: Tick) {
        *self = Self { at, number: self.number + 1 };
    }

    /// Moves the time forward to `at` if that is earlier; returns true if it moved, and then the caller
    /// must call [`SharedTimer::set`].
    #[must_use]
    pub const fn advance(&mut self, at: Tick) -> bool {
        let is_earlier = at.as_nanos() < self.at.as_nanos();
        if is_earlier {
            self.change(at);
        }
        is_earlier
    }
}

/// The setting that the timer has.
struct Set<S> {
    number: u64,
    /// Only kept: a sleep that is dropped wakes nothing.
    _sleep: Option<S>,
}

/// How often a sleep may change the wanted time while it is polled, until all waiters are woken instead.
const MAX_ROUNDS: usize = 4;

impl<S: Future<Output = ()> + Send + Unpin + 'static> SharedTimer<S> {
    /// Creates the timer of `owner`, not set yet.
    pub fn new<O: TimerOwner<Sleep = S>>(owner: Weak<O>) -> Self {
        let set = Mutex::new(Set { number: TimerSetting::NONE.number, _sleep: None });
        Self { set, waker: Waker::from(Arc::new(Expired(owner))) }
    }

    /// Sets the timer to what `owner` wants. Must not be called under the lock of the waiters.
    ///
    /// Uses `try_lock`: polling the sleep may wake this timer and enter again on the same thread.
    /// Whichever call holds the lock checks the wanted setting again before it returns.
    ///
    /// # Panics
    /// If [`TimerOwner::sleep_until`] or the sleep does.
    pub fn set(&self, owner: &impl TimerOwner<Sleep = S>) {
        for _ in 0..MAX_ROUNDS {
            let Some(number) = self.try_set(owner) else { return };
            if owner.wanted().number == number {
                return;
            }
        }
        wake_each(owner.take_all());
    }

    /// Sets the timer once and returns the number of the setting; `None` if another call is setting it.
    fn try_set(&self, owner: &impl TimerOwner<Sleep = S>) -> Option<u64> {
        let mut set = match self.set.try_lock() {
            Ok(set) => set,
            Err(TryLockError::Poisoned(set)) => set.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let wanted = owner.wanted();
        if wanted.number == set.number {
            return Some(wanted.number);
        }
        let mut sleep = (wanted.at != Tick::MAX).then(|| owner.sleep_until(wanted.at));
        let is_over = sleep.as_mut().is_some_and(|sleep| {
            Pin::new(sleep).poll(&mut Context::from_waker(&self.waker)).is_ready()
        });
        *set = Set { number: wanted.number, _sleep: sleep };
        drop(set);
        if is_over {
            wake_each(owner.take_due());
        }
        Some(wanted.number)
    }
}

crate::__debug! { impl[S] SharedTimer<S> }

/// Wakes each of `wakers`, also after one that panics: wakers are code of others, and the thread that
/// calls them may be the one that wakes all timers of the process.
pub(crate) fn wake_each(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        let _panic = catch_unwind(AssertUnwindSafe(|| waker.wake()));
    }
}

/// The waker of the sleep.
struct Expired<O>(Weak<O>);

impl<O: TimerOwner> Wake for Expired<O> {
    fn wake(self: Arc<Self>) {
        let Some(owner) = self.0.upgrade() else { return };
        // A clock whose runtime shuts down may panic when it is waited on. Then the waiters find that
        // out by themselves; it must not end the thread that wakes them.
        let set = catch_unwind(AssertUnwindSafe(|| {
            wake_each(owner.take_due());
            owner.timer().set(&*owner);
        }));
        if set.is_err() {
            let _panic = catch_unwind(AssertUnwindSafe(|| wake_each(owner.take_all())));
        }
    }
}
