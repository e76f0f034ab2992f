use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use slab::Slab;

use super::{Clock, Sleep};
use crate::alarm::{AlarmSetting, Alarmed, SharedAlarm};
use crate::{Tick, striped};

/// The timers of a clock of the machine's.
///
/// Most are dropped before their time: they guard calls that end. So what has to be cheap is to
/// start and to drop one, which is to put a waker into a list and to take it out again; the list is
/// looked through only when the earliest of its timers goes off. Each thread has a list, so that
/// threads do not wait for each other; see [`Striped`](crate::Striped).
pub(super) struct Timers(Box<[Arc<List>]>);

impl Timers {
    /// Those of `clock`, which go off when one of its `sleeps` does.
    pub(super) fn of(clock: &Clock, sleep: fn(&Clock, Tick) -> Sleep) -> Self {
        let list = |_| {
            Arc::new_cyclic(|list| List {
                clock: clock.clone(),
                sleep,
                entries: Mutex::default(),
                alarm: SharedAlarm::new(Weak::clone(list)),
            })
        };
        Self((0..striped::STRIPES).map(list).collect())
    }

    pub(super) const fn until(&'static self, at: Tick) -> Timer {
        Timer { timers: self, at, place: None }
    }
}

/// Timers that have not gone off.
#[repr(align(128))]
struct List {
    clock: Clock,
    sleep: fn(&Clock, Tick) -> Sleep,
    entries: Mutex<Entries>,
    alarm: SharedAlarm,
}

struct Entries {
    slab: Slab<Entry>,
    wanted: AlarmSetting,
}

struct Entry {
    at: Tick,
    /// Taken as it goes off.
    waker: Option<Waker>,
}

impl Default for Entries {
    fn default() -> Self {
        Self { slab: Slab::new(), wanted: AlarmSetting::NONE }
    }
}

impl Entries {
    /// Whom to wake at `now`; and wants the alarm for the next, but not so soon that looking through
    /// the list becomes the greater part of what there is to do.
    fn due(&mut self, now: Tick) -> Vec<Waker> {
        let (mut due, mut next) = (Vec::new(), Tick::MAX);
        for (_, Entry { at, waker }) in &mut self.slab {
            match waker {
                Some(_) if *at <= now => due.extend(waker.take()),
                Some(_) => next = next.min(*at),
                None => {}
            }
        }
        let rest = LOOK * u32::try_from(self.slab.len()).unwrap_or(u32::MAX);
        self.wanted.change(next.max(now + rest));
        due
    }
}

/// So much for each that is looked at: some fifty times what it takes.
const LOOK: Duration = Duration::from_nanos(100);

impl List {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Alarmed for List {
    fn alarm(&self) -> &SharedAlarm {
        &self.alarm
    }

    fn wanted(&self) -> AlarmSetting {
        self.lock().wanted
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        (self.sleep)(&self.clock, at)
    }

    fn wake_late(&self) {
        let now = self.clock.now();
        let due = self.lock().due(now);
        due.into_iter().for_each(Waker::wake);
    }

    fn wake_all(&self) {
        let all = {
            let mut entries = self.lock();
            entries.wanted.change(Tick::MAX);
            entries.slab.iter().filter_map(|(_, entry)| entry.waker.clone()).collect::<Vec<_>>()
        };
        all.into_iter().for_each(Waker::wake);
    }
}

/// A wait for a time. It is in a list while it lasts.
pub(super) struct Timer {
    timers: &'static Timers,
    at: Tick,
    /// In which list, and where there.
    place: Option<(usize, usize)>,
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let timer = &mut *self;
        match timer.place {
            None => timer.begin(cx.waker()),
            Some((list, entry)) => timer.go_on(&timer.timers.0[list], entry, cx.waker()),
        }
    }
}

impl Timer {
    fn begin(&mut self, waker: &Waker) -> Poll<()> {
        let index = striped::seat() % striped::STRIPES;
        let list = &self.timers.0[index];
        if list.clock.now() >= self.at {
            return Poll::Ready(());
        }
        let entry = Entry { at: self.at, waker: Some(waker.clone()) };
        let mut entries = list.lock();
        self.place = Some((index, entries.slab.insert(entry)));
        let is_earliest = entries.wanted.advance(self.at);
        drop(entries);
        if is_earliest {
            list.alarm.set(&**list);
        }
        Poll::Pending
    }

    fn go_on(&self, list: &List, entry: usize, waker: &Waker) -> Poll<()> {
        let mut entries = list.lock();
        let Some(known) = &mut entries.slab[entry].waker else { return Poll::Ready(()) };
        known.clone_from(waker);
        let no_alarm = entries.wanted.at() == Tick::MAX && entries.wanted.advance(self.at);
        drop(entries);
        if no_alarm {
            list.alarm.set(list);
        }
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some((list, entry)) = self.place.take() else { return };
        let mut entries = self.timers.0[list].lock();
        let removed = entries.slab.try_remove(entry);
        drop(entries);
        // What a waker does as it is dropped is nobody's business under the lock.
        drop(removed);
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests;
