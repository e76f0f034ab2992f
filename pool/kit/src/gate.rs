use std::sync::{Arc, OnceLock, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;

use seawall_core::{Clock, Deadline, SharedTimer, Sleep, Tick};

use crate::sync::{Mutex, MutexGuard};

mod line;
mod news;
mod queue;
#[cfg(all(test, not(seawall_loom)))]
mod tests;
mod timer;
mod turn;

pub(crate) use self::news::News;
use self::queue::Queue;
pub(crate) use self::turn::Turn;

/// The places of a pool, the queue of those who wait for one (first come, first served), and what
/// goes from one borrower to the next without being put away: an `H`.
///
/// Who finds a place free and nobody waiting takes it, and with it what came back last, in one visit
/// under the lock. Who gives back while someone waits hands him both, in one visit too.
pub(crate) struct Gate<H> {
    queue: Mutex<Queue<H>>,
    /// For all who wait by its clock: see [`SharedTimer`].
    timer: SharedTimer<Sleep>,
    clock: OnceLock<Clock>,
    max_waiting: usize,
    /// Puts away what is not handed on.
    put_away: fn(H),
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// All are taken, or spoken for; or the queue for them is full.
    Full,
    /// There are none any more.
    Closed,
    /// The deadline came first, after so long.
    TooLate { after: Duration },
}

/// Someone gives a place back.
pub(crate) trait Leave: Send + Sync {
    /// To who has waited longest. Is the gate closed?
    fn leave(&self) -> bool;
}

impl<H: Send + 'static> Gate<H> {
    /// So many places, for which `max_waiting` may wait. What somebody was given who went away
    /// before he looked, and nobody else wants, is `put_away`.
    pub(crate) fn new(places: u32, max_waiting: Option<u32>, put_away: fn(H)) -> Arc<Self> {
        let max_waiting = max_waiting.and_then(|most| usize::try_from(most).ok());
        Arc::new_cyclic(|gate| Self {
            queue: Mutex::new(Queue::of(places)),
            timer: SharedTimer::new(Weak::clone(gate)),
            clock: OnceLock::new(),
            max_waiting: max_waiting.unwrap_or(usize::MAX),
            put_away,
        })
    }

    /// Takes a place if one is free and nobody waits for it, and with it what is in front.
    pub(crate) fn try_enter(&self) -> Result<Option<H>, Denied> {
        self.lock().try_enter()
    }

    /// Takes a place as soon as it is this one's turn, by `deadline`. It is `now`.
    pub(crate) fn enter<'g>(&'g self, deadline: Deadline<'g>, now: Tick) -> Turn<'g, H> {
        Turn::new(self, deadline, now)
    }

    /// Gives a place back with what had it, to who has waited longest; or leaves both free, if
    /// nobody waits and nothing is in front. Else the place is still taken, and what is to be put
    /// away comes back: what was in front, and what was given is there now.
    ///
    /// Only what came back later than all that was put away may come here, or what comes back while
    /// nothing is.
    pub(crate) fn give_back(&self, held: H) -> Result<(), H> {
        let woken = self.lock().give_back(held)?;
        woken.into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// The same, and puts away what is to be; then the place is free too. Is the gate closed?
    pub(crate) fn pass_on(&self, held: H) -> bool {
        let Err(held) = self.give_back(held) else { return false };
        (self.put_away)(held);
        self.leave()
    }

    /// Takes a place if one is free and nobody waits for it, and leaves what is in front.
    pub(crate) fn try_enter_only(&self) -> Result<(), Denied> {
        self.lock().try_enter_only()
    }

    /// What is in front, for who has a place already.
    pub(crate) fn take_front(&self) -> Option<H> {
        self.lock().take_front()
    }

    /// Is anything in front?
    pub(crate) fn has_front(&self) -> bool {
        self.lock().has_front()
    }

    /// What `empty` makes of all that `which` says yes to, of what is in front and what was given to
    /// someone who has not looked yet; he keeps his place. Both are asked under the lock: what is out
    /// of here and has no place would be one too many.
    pub(crate) fn remove<T>(
        &self,
        which: &mut dyn FnMut(&H) -> bool,
        empty: impl FnMut(H) -> T,
    ) -> Vec<T> {
        let mut queue = self.lock();
        queue.remove(which).into_iter().map(empty).collect()
    }

    /// Is anyone waiting for a place that none was given yet?
    pub(crate) fn has_queue(&self) -> bool {
        self.lock().has_waiting()
    }

    /// How many wait, those included who were given a place and have not looked yet.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().waiting()
    }

    /// Changes how many places there are.
    pub(crate) fn resize(&self, places: u32) {
        self.change(|queue| queue.resize(places));
    }

    /// Lets nobody in any more, and tells all who wait.
    pub(crate) fn close(&self) {
        self.change(Queue::close);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().is_closed()
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> u32 {
        self.lock().taken()
    }

    /// What has happened up to now, to hear of what happens from now on.
    pub(crate) fn news(&self) -> News<'_, H> {
        News::from_now(self)
    }

    /// Changes the queue, then wakes who is to be woken.
    fn change<T>(&self, act: impl FnOnce(&mut Queue<H>) -> (T, Vec<Waker>)) -> T {
        let (answer, woken) = act(&mut self.lock());
        woken.into_iter().for_each(Waker::wake);
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Queue<H>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H: Send + 'static> Leave for Gate<H> {
    fn leave(&self) -> bool {
        self.change(Queue::leave)
    }
}
