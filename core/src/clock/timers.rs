use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use self::entries::{Entries, Key};
use crate::shared_timer::{SharedTimer, TimerOwner, TimerSetting};
use crate::{Tick, striped};

mod entries;

/// The timers of one of the machine's clocks.
///
/// Most are dropped before their time, because the calls that they guard end. So starting and dropping
/// a timer has to be cheap: a waker is put into a list and taken out again. The list is scanned only
/// when its earliest timer expires. Each thread has a list, so that threads do not wait for each other.
pub(super) struct Timers<S: Source>(Box<[Arc<List<S>>]>);

/// The time that timers go by.
pub(super) trait Source: Clone + Send + Sync + 'static {
    /// A sleep that costs more than a timer: each list has one at most.
    type Sleep: Future<Output = ()> + Send + Unpin + 'static;

    fn now(&self) -> Tick;

    fn sleep_until(&self, at: Tick) -> Self::Sleep;
}

impl<S: Source> Timers<S> {
    #[inline]
    fn list(&self, stripe: u32) -> &Arc<List<S>> {
        &self.0[stripe as usize]
    }

    pub(super) fn new(source: &S) -> Self {
        let list = |_| {
            Arc::new_cyclic(|list| List {
                source: source.clone(),
                entries: Mutex::default(),
                timer: SharedTimer::new(Weak::clone(list)),
            })
        };
        Self((0..striped::STRIPES).map(list).collect())
    }

    pub(super) const fn until(&'static self, at: Tick) -> Timer<S> {
        Timer { timers: self, stage: Stage::New(at) }
    }
}

/// Timers that have not expired.
#[repr(align(128))]
struct List<S: Source> {
    source: S,
    entries: Mutex<Entries>,
    timer: SharedTimer<S::Sleep>,
}

/// Minimum time until the next scan, per entry: about 50 times the cost of scanning one.
const SCAN_BACKOFF_PER_ENTRY: Duration = Duration::from_nanos(100);

impl<S: Source> List<S> {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Source> TimerOwner for List<S> {
    type Sleep = S::Sleep;

    fn timer(&self) -> &SharedTimer<S::Sleep> {
        &self.timer
    }

    fn wanted(&self) -> TimerSetting {
        self.lock().wanted
    }

    fn sleep_until(&self, at: Tick) -> S::Sleep {
        self.source.sleep_until(at)
    }

    fn take_due(&self) -> Vec<Waker> {
        let now = self.source.now();
        let (due, unused) = self.lock().take_due(now, SCAN_BACKOFF_PER_ENTRY);
        drop(unused);
        due
    }

    fn take_all(&self) -> Vec<Waker> {
        self.lock().forget_setting()
    }
}

/// A wait for a time. It is in a list from its first poll until it is dropped.
pub(super) struct Timer<S: Source> {
    timers: &'static Timers<S>,
    stage: Stage,
}

/// Kept small, since each call that suspends moves a timer.
#[derive(Clone, Copy)]
enum Stage {
    New(Tick),
    /// In this list, with this key.
    Listed(u32, Key),
    Over,
}

impl<S: Source> Future for Timer<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let timer = &mut *self;
        match timer.stage {
            Stage::New(at) => timer.start(at, cx.waker()),
            Stage::Listed(list, key) => Self::poll_again(timer.timers.list(list), key, cx.waker()),
            Stage::Over => Poll::Ready(()),
        }
    }
}

impl<S: Source> Timer<S> {
    fn start(&mut self, at: Tick, waker: &Waker) -> Poll<()> {
        let stripe = u32::try_from(striped::stripe_of_thread()).unwrap_or(0);
        let list = self.timers.list(stripe);
        let waker = waker.clone();
        let mut entries = list.lock();
        // Else the list is scanned soon enough, also if `at` has passed, and the clock need not be read.
        let is_earliest = entries.wanted.at() > at;
        if is_earliest && list.source.now() >= at {
            drop(entries);
            self.stage = Stage::Over;
            return Poll::Ready(());
        }
        self.stage = Stage::Listed(stripe, entries.insert(at, waker));
        if is_earliest {
            entries.wanted.change(at);
            drop(entries);
            list.timer.set(&**list);
        }
        Poll::Pending
    }

    fn poll_again(list: &List<S>, key: Key, waker: &Waker) -> Poll<()> {
        let mut entries = list.lock();
        let Some(known) = entries.waker_mut(key) else { return Poll::Ready(()) };
        let mut replaced = None;
        if !known.will_wake(waker) {
            // A waker is code of others, which must not run under the lock.
            drop(entries);
            let waker = waker.clone();
            entries = list.lock();
            let Some(known) = entries.waker_mut(key) else { return Poll::Ready(()) };
            replaced = Some(std::mem::replace(known, waker));
        }
        let must_set = entries.restore_setting(key);
        drop(entries);
        drop(replaced);
        if must_set {
            list.timer.set(list);
        }
        Poll::Pending
    }
}

impl<S: Source> Drop for Timer<S> {
    fn drop(&mut self) {
        let Stage::Listed(list, key) = self.stage else { return };
        let removed = self.timers.list(list).lock().remove(key);
        // Dropped after the lock is released, since a waker is code of others.
        drop(removed);
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests;
