use std::collections::BTreeMap;
use std::task::Waker;

use seawall_core::{Tick, TimerSetting};

use super::Denied;
use super::line::Line;

/// What there is to know of a gate under its lock.
pub(super) struct Queue<H> {
    places: u32,
    /// Below zero while a gate that was made smaller is overfull. Above zero, nobody waits.
    free: i64,
    is_closed: bool,
    /// What came back last, ready for who comes next.
    front: Option<H>,
    pub(super) line: Line<H>,
    /// The time that the shared timer is to be set to.
    pub(super) timer: TimerSetting,
    listening: Listening,
}

/// Who wants to hear of it when the gate closes, and then of each that leaves.
#[derive(Default)]
struct Listening {
    next_ticket: u64,
    wakers: BTreeMap<u64, Waker>,
    /// How much there was to hear so far.
    news: u64,
}

impl<H> Queue<H> {
    pub(super) fn of(places: u32) -> Self {
        Self {
            places,
            free: places.into(),
            is_closed: false,
            front: None,
            line: Line::new(),
            timer: TimerSetting::NONE,
            listening: Listening::default(),
        }
    }

    #[inline]
    pub(super) fn try_enter(&mut self) -> Result<Option<H>, Denied> {
        self.try_enter_only()?;
        Ok(self.front.take())
    }

    #[inline]
    pub(super) const fn try_enter_only(&mut self) -> Result<(), Denied> {
        if self.is_closed {
            return Err(Denied::Closed);
        }
        if self.free <= 0 {
            return Err(Denied::Full);
        }
        self.free -= 1;
        Ok(())
    }

    #[inline]
    pub(super) fn give_back(&mut self, held: H) -> Result<Option<Waker>, H> {
        if self.is_closed || self.free < 0 {
            return Err(held);
        }
        match self.line.serve(Some(held)) {
            Ok(waker) => return Ok(Some(waker)),
            Err(None) => unreachable!("BUG: a returned resource was lost"),
            Err(Some(held)) => match self.front.replace(held) {
                Some(older) => return Err(older),
                None => self.free += 1,
            },
        }
        Ok(None)
    }

    pub(super) const fn has_front(&self) -> bool {
        self.front.is_some()
    }

    pub(super) const fn take_front(&mut self) -> Option<H> {
        self.front.take()
    }

    pub(super) fn remove(&mut self, which: &mut dyn FnMut(&H) -> bool) -> Vec<H> {
        let mut removed = self.line.remove(which);
        removed.extend(self.front.take_if(|front| which(front)));
        removed
    }

    /// Gives a place back. Is the gate closed, and who is to be woken?
    pub(super) fn leave(&mut self) -> (bool, Vec<Waker>) {
        self.free += 1;
        (self.is_closed, self.serve())
    }

    /// Changes how many places there are.
    pub(super) fn resize(&mut self, places: u32) -> ((), Vec<Waker>) {
        self.free += i64::from(places) - i64::from(self.places);
        self.places = places;
        ((), self.serve())
    }

    pub(super) fn close(&mut self) -> ((), Vec<Waker>) {
        self.is_closed = true;
        let mut woken = self.line.clear();
        woken.append(&mut self.serve());
        ((), woken)
    }

    /// Hands free places to who waits, tells who listens, and says who is to be woken.
    fn serve(&mut self) -> Vec<Waker> {
        if self.is_closed {
            self.listening.news += 1;
            return std::mem::take(&mut self.listening.wakers).into_values().collect();
        }
        let mut woken = Vec::new();
        while self.free > 0 && self.line.has_waiting() {
            if let Ok(waker) = self.line.serve(self.front.take()) {
                self.free -= 1;
                woken.push(waker);
            }
        }
        woken
    }

    /// Whom to wake because his deadline has come. The alarm is wanted for the next one.
    pub(super) fn late(&mut self, now: Tick) -> Vec<Waker> {
        let (late, next) = self.line.due(now);
        self.timer.change(next);
        late
    }

    /// No alarm is wanted, until one of those who wait wants it again. Who is to be woken for that?
    pub(super) fn forget_timer(&mut self) -> Vec<Waker> {
        self.timer.change(Tick::MAX);
        self.line.due(Tick::MAX).0
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub(super) const fn has_waiting(&self) -> bool {
        self.line.has_waiting()
    }

    pub(super) fn waiting(&self) -> usize {
        self.line.len()
    }

    pub(super) fn taken(&self) -> u32 {
        u32::try_from(i64::from(self.places) - self.free).unwrap_or(0)
    }

    pub(super) const fn news(&self) -> u64 {
        self.listening.news
    }

    /// Listens for news, and says with which ticket.
    pub(super) fn listen(&mut self, ticket: Option<u64>, waker: &Waker) -> u64 {
        let listening = &mut self.listening;
        let ticket = ticket.unwrap_or_else(|| {
            listening.next_ticket += 1;
            listening.next_ticket
        });
        listening.wakers.insert(ticket, waker.clone());
        ticket
    }

    pub(super) fn stop_listening(&mut self, ticket: u64) {
        self.listening.wakers.remove(&ticket);
    }
}
