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
        Timer { timers: self, at, place: None }
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
    at: Tick,
    /// Its list, and its key there.
    place: Option<(usize, Key)>,
}

impl<S: Source> Future for Timer<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let timer = &mut *self;
        match timer.place {
            None => timer.start(cx.waker()),
            Some((list, key)) => timer.poll_again(&timer.timers.0[list], key, cx.waker()),
        }
    }
}

impl<S: Source> Timer<S> {
    fn start(&mut self, waker: &Waker) -> Poll<()> {
        let stripe = striped::stripe_of_thread();
        let list = &self.timers.0[stripe];
        if list.source.now() >= self.at {
            return Poll::Ready(());
        }
        let waker = waker.clone();
        let mut entries = list.lock();
        self.place = Some((stripe, entries.insert(self.at, waker)));
        let is_earliest = entries.wanted.advance(self.at);
        drop(entries);
        if is_earliest {
            list.timer.set(&**list);
        }
        Poll::Pending
    }

    fn poll_again(&self, list: &List<S>, key: Key, waker: &Waker) -> Poll<()> {
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
        let must_set = entries.restore_setting(self.at);
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
        let Some((list, key)) = self.place.take() else { return };
        let removed = self.timers.0[list].lock().remove(key);
        // Dropped after the lock is released, since a waker is code of others.
        drop(removed);
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests;
