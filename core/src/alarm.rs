use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, TryLockError, Weak};
use std::task::{Context, Wake, Waker};

use crate::sync::Mutex;
use crate::{Sleep, Tick};

#[cfg(all(test, seawall_loom))]
mod races;

/// One timer for many who wait: set to the earliest of their deadlines, and not set back as they
/// leave. So most waits come and go without touching a timer, which costs more than all the rest of
/// one.
///
/// Those who wait are [`Alarmed`]: they keep, under their own lock, what the alarm is to be set to.
#[derive(Debug)]
pub struct SharedAlarm {
    set: Mutex<Set>,
    waker: Waker,
}

/// Those for whom a [`SharedAlarm`] goes off, and their lock.
pub trait Alarmed: Send + Sync + 'static {
    /// The alarm.
    fn alarm(&self) -> &SharedAlarm;

    /// What it is to be set to now.
    fn wanted(&self) -> AlarmSetting;

    /// A sleep until then. Not called under the lock of those who wait.
    fn sleep_until(&self, at: Tick) -> Sleep;

    /// Wakes those whose deadline has come, who then find that out by themselves, and
    /// [wants](AlarmSetting::change) the alarm for the next.
    fn wake_late(&self);

    /// Wakes all, and wants no alarm until one of them asks for it again: it could not be set.
    fn wake_all(&self);
}

/// What a [`SharedAlarm`] is to be set to. Of two settings, the later one is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlarmSetting {
    at: Tick,
    number: u64,
}

impl AlarmSetting {
    /// No alarm.
    pub const NONE: Self = Self { at: Tick::MAX, number: 0 };

    /// The time. [`Tick::MAX`] is never.
    #[must_use]
    pub const fn at(&self) -> Tick {
        self.at
    }

    /// From now on, it is to be set to `at`.
    pub const fn change(&mut self, at: Tick) {
        *self = Self { at, number: self.number + 1 };
    }

    /// The same if that is earlier. Is it? Then the alarm has to be [set](SharedAlarm::set).
    #[must_use]
    pub const fn advance(&mut self, at: Tick) -> bool {
        let is_earlier = at.as_nanos() < self.at.as_nanos();
        if is_earlier {
            self.change(at);
        }
        is_earlier
    }
}

/// What was set.
#[derive(Debug, Default)]
struct Set {
    number: u64,
    /// Only kept: one that is dropped wakes nobody.
    _sleep: Option<Sleep>,
}

/// A sleep that wakes as it is polled may do so this often, until it is left to those who wait.
const TRIES: usize = 4;

impl SharedAlarm {
    /// The alarm of `alarmed`, not set yet.
    pub fn new<A: Alarmed>(alarmed: Weak<A>) -> Self {
        Self { set: Mutex::new(Set::default()), waker: Waker::from(Arc::new(Ring(alarmed))) }
    }

    /// Sets the alarm as `alarmed`, whose it is, wants it. Not to be called under their lock.
    ///
    /// Nobody waits for who is setting it, since that may be himself: a sleep may wake as he polls
    /// it. So who has set it looks whether something else is wanted by now.
    pub fn set(&self, alarmed: &impl Alarmed) {
        for _ in 0..TRIES {
            let Some(number) = self.try_set(alarmed) else { return };
            if alarmed.wanted().number == number {
                return;
            }
        }
        alarmed.wake_all();
    }

    /// Sets it once, and says to what; unless another does.
    fn try_set(&self, alarmed: &impl Alarmed) -> Option<u64> {
        let mut set = match self.set.try_lock() {
            Ok(set) => set,
            Err(TryLockError::Poisoned(set)) => set.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let wanted = alarmed.wanted();
        if wanted.number == set.number {
            return Some(wanted.number);
        }
        let mut sleep = (wanted.at != Tick::MAX).then(|| alarmed.sleep_until(wanted.at));
        let is_over = sleep.as_mut().is_some_and(|sleep| {
            Pin::new(sleep).poll(&mut Context::from_waker(&self.waker)).is_ready()
        });
        *set = Set { number: wanted.number, _sleep: sleep };
        drop(set);
        if is_over {
            alarmed.wake_late();
        }
        Some(wanted.number)
    }
}

/// What the sleep wakes.
struct Ring<A>(Weak<A>);

impl<A: Alarmed> Wake for Ring<A> {
    fn wake(self: Arc<Self>) {
        let Some(alarmed) = self.0.upgrade() else { return };
        alarmed.wake_late();
        // A clock whose runtime is going may panic as it is waited on. That is the business of those
        // who wait, and not of whatever wakes them.
        let set = catch_unwind(AssertUnwindSafe(|| alarmed.alarm().set(&*alarmed)));
        if set.is_err() {
            alarmed.wake_all();
        }
    }
}
