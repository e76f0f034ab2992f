use std::collections::BTreeMap;
use std::task::Waker;

use seawall_core::{KeyStatus, Tick};

use crate::meter::{Denied, Meter};
use crate::spent::Spent;
use crate::take::{Take, Taken};
use crate::wakes::Wakes;

/// An account that calls wait for: its state, and its waiters in the order in which they came.
///
/// The state holds only what was granted. The first waiter is granted its tokens at the moment they
/// are there, by the next caller of any method: so no waiter depends on another one's being polled.
/// When a waiter leaves, those behind move up; only the first of them is woken, since the others can
/// start no sooner than it does.
#[derive(Debug)]
pub(crate) struct Queue<M: Meter> {
    state: M::State,
    /// The state if no rule had ever had a smaller burst, where that is another: usage that a smaller
    /// burst cuts off is not forgiven when the burst is larger again.
    uncut: Option<M::State>,
    /// The time of the last decision. None is made for an earlier time.
    seen: Tick,
    waiting: BTreeMap<u64, Waiter<M::State>>,
    /// Waiters whose wait is over, until they ask.
    done: BTreeMap<u64, Done>,
    next: u64,
    /// The sum of the waiters' costs.
    total: u64,
    /// The number of waiters whose costs do not just add up.
    odd: usize,
    /// The state and the time when all waiters will have been granted their tokens, if known.
    tail: Option<(M::State, Tick)>,
    /// Whether waiters were told times that may be too early by now.
    delayed: bool,
}

#[derive(Debug)]
struct Waiter<S> {
    cost: u32,
    /// How long the call may wait.
    until: Tick,
    /// Whether that is its deadline, which its driver sees to.
    is_deadline: bool,
    /// The start that the call was told last.
    at: Tick,
    waker: Option<Waker>,
    /// The tail before this waiter came.
    before: (S, Tick),
}

#[derive(Clone, Copy, Debug)]
enum Done {
    /// The tokens were granted at `since`, and the call starts at `at`.
    Granted {
        cost: u32,
        at: Tick,
        since: Tick,
    },
    Refused(Denied),
}

/// What a waiter learns when it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// It started at this time with tokens that it has since then, and no longer waits.
    Started { at: Tick, since: Tick },
    /// It may start at this time.
    At(Tick),
    /// It no longer waits.
    Refused { why: Denied, burst: u32 },
}

impl<M: Meter> Queue<M> {
    /// An account in `state` that no call waits for.
    pub(crate) fn new(state: M::State) -> Self {
        Self {
            state,
            uncut: None,
            seen: Tick::ZERO,
            waiting: BTreeMap::new(),
            done: BTreeMap::new(),
            next: 0,
            total: 0,
            odd: 0,
            tail: None,
            delayed: false,
        }
    }

    /// The state, of an account without waiters.
    pub(crate) fn state(&self) -> M::State {
        self.state
    }

    /// The state, of an account without waiters, with all that a larger burst would count again.
    fn uncut(&self) -> M::State {
        self.uncut.unwrap_or(self.state)
    }

    /// Returns true if calls wait, or do not know yet that their wait is over.
    fn has_waiters(&self) -> bool {
        !(self.waiting.is_empty() && self.done.is_empty())
    }

    /// The state of an account that is idle as soon as this one may be forgotten.
    pub(crate) fn longest(&self) -> M::State {
        match self.has_waiters() {
            true => M::QUEUED,
            false => self.uncut(),
        }
    }

    /// Returns true if the account needs no more than its state.
    pub(crate) fn is_plain(&self) -> bool {
        self.uncut.is_none() && !self.has_waiters()
    }

    /// The state, where the account had no queue up to now.
    pub(crate) fn set_idle(&mut self, state: M::State) {
        self.state = state;
    }

    /// The queue, which leaves an unused account.
    pub(crate) fn take_out(&mut self) -> Self {
        std::mem::replace(self, Self::new(M::FULL))
    }

    /// Takes tokens for a call, or has it wait.
    pub(crate) fn take(&mut self, meter: &M, take: &Take, wakes: &mut Wakes) -> Taken {
        let Take { now, cost, until, is_deadline } = *take;
        self.settle(meter, now, wakes);
        let tail = self.tail(meter);
        let refused = |why| Taken::Not { why, burst: Some(meter.burst()) };
        let (after, at) = match meter.earliest(tail.0, tail.1.max(now), cost) {
            Ok(granted) => granted,
            Err(why) => return refused(why),
        };
        let retry_at = || meter.retry_at(tail.0, cost, now, at, until);
        if self.waiting.is_empty() {
            if let Some((after, start)) = meter.late(self.state, self.seen, cost, until)
                && meter.room_at(self.state, cost) <= now
            {
                self.grant(meter, after, self.seen, cost);
                let id = self.next_id();
                let since = meter.since(start, cost);
                self.done.insert(id, Done::Granted { cost, at: start, since });
                return Taken::Queued { id, at: start };
            }
            if at <= self.seen {
                self.grant(meter, after, at, cost);
                return Taken::At(meter.since(now, cost));
            }
        }
        if at > until {
            return refused(Denied::TooLate(retry_at()));
        }
        if meter.room_at(tail.0, cost) > now {
            return refused(Denied::Until(retry_at()));
        }
        let id = self.next_id();
        self.total += u64::from(cost);
        self.odd += usize::from(!meter.is_additive(cost));
        let (waker, before) = (None, tail);
        let waiter = Waiter { cost, until, is_deadline, at, waker, before };
        self.waiting.insert(id, waiter);
        self.tail = Some((after, at));
        Taken::Queued { id, at }
    }

    fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Tells waiter `id` when it may start, and keeps `waker` to wake it when that is earlier.
    pub(crate) fn poll(
        &mut self,
        meter: &M,
        id: u64,
        now: Tick,
        waker: &Waker,
        wakes: &mut Wakes,
    ) -> Start {
        self.settle(meter, now, wakes);
        match self.done.get(&id).copied() {
            Some(Done::Granted { at, .. }) if at > now => return Start::At(at),
            Some(done) => {
                self.done.remove(&id);
                return match done {
                    Done::Granted { at, since, .. } => Start::Started { at, since },
                    Done::Refused(why) => Start::Refused { why, burst: meter.burst() },
                };
            }
            None => {}
        }
        let is_first = self.waiting.first_key_value().is_some_and(|(first, _)| *first == id);
        let is_late = self.waiting.get(&id).is_some_and(|waiter| waiter.at <= now);
        if self.delayed || (is_late && !is_first) {
            self.project(meter, true);
        }
        let first_at = is_first.then(|| self.first_at(meter)).flatten();
        let Some(waiter) = self.waiting.get_mut(&id) else {
            return Start::Started { at: now, since: now };
        };
        waiter.at = first_at.unwrap_or(waiter.at);
        if waiter.at > waiter.until && !waiter.is_deadline {
            let why = Denied::TooLate(waiter.at);
            self.leave(meter, id, now, true, wakes);
            return Start::Refused { why, burst: meter.burst() };
        }
        waiter.waker = Some(waker.clone());
        Start::At(waiter.at)
    }

    /// Waiter `id` leaves; what it was granted comes back if it is `unused`.
    pub(crate) fn leave(&mut self, meter: &M, id: u64, now: Tick, unused: bool, wakes: &mut Wakes) {
        self.settle(meter, now, wakes);
        match self.done.remove(&id) {
            Some(Done::Granted { cost, since, .. }) if unused => {
                self.apply(meter, |state| meter.give_back(state, now, cost, since));
                self.tail = None;
            }
            Some(_) => {}
            None => {
                let is_last = self.waiting.last_key_value().is_some_and(|(last, _)| *last == id);
                let Some(waiter) = self.waiting.remove(&id) else { return };
                self.uncount(meter, waiter.cost);
                self.tail = self.tail.filter(|_| is_last).map(|_| waiter.before);
                if !unused {
                    // It ran before it was told to.
                    self.apply(meter, |state| meter.charge(state, now, waiter.cost));
                    (self.tail, self.delayed) = (None, true);
                }
            }
        }
        self.settle(meter, now, wakes);
    }

    /// Changes the state at `now`; waiters may start later for that if it `delays`.
    pub(crate) fn change(
        &mut self,
        meter: &M,
        now: Tick,
        delays: bool,
        wakes: &mut Wakes,
        change: impl Fn(M::State, Tick) -> M::State,
    ) {
        self.settle(meter, now, wakes);
        let seen = self.seen;
        self.apply(meter, |state| change(state, seen));
        self.tail = None;
        self.delayed |= delays;
        self.settle(meter, now, wakes);
    }

    /// Takes all tokens that are left, unless calls wait for them, and returns their number.
    pub(crate) fn exhaust(&mut self, meter: &M, now: Tick, wakes: &mut Wakes) -> u64 {
        self.settle(meter, now, wakes);
        let (seen, left) = (self.seen, meter.left(self.state, self.seen).remaining);
        let cost = u32::try_from(left).unwrap_or(u32::MAX);
        if cost == 0 || !self.waiting.is_empty() {
            return 0;
        }
        self.apply(meter, |state| meter.charge(state, seen, cost));
        left
    }

    /// The same account under another rule of the same algorithm.
    pub(crate) fn adopted(self, old: &M, new: &M, now: Tick, wakes: &mut Wakes) -> Self {
        if self.uncut.is_none()
            && let Some(state) = new.adopt(old, self.state)
        {
            return self.under(old, new, now, wakes, |_| (state, None));
        }
        self.restored(old, new, now, wakes)
    }

    /// The same account under a rule of another algorithm.
    pub(crate) fn restored<N: Meter>(
        self,
        old: &M,
        new: &N,
        now: Tick,
        wakes: &mut Wakes,
    ) -> Queue<N> {
        self.under(old, new, now, wakes, |queue| {
            let Spent { debt, .. } = old.spent(queue.state, now);
            let total = old.spent(queue.uncut(), now).total();
            // Where nothing is left, nothing is owed either, but for charges.
            let level = (total - debt).min(u128::from(new.full_burst()) * Spent::TOKEN);
            let uncut = (level + debt < total).then(|| new.restore(total, now));
            match old.is_full(queue.uncut(), now) {
                true => (N::FULL, uncut),
                false => (new.restore(level + debt, now), uncut),
            }
        })
    }

    fn under<N: Meter>(
        mut self,
        old: &M,
        new: &N,
        now: Tick,
        wakes: &mut Wakes,
        convert: impl FnOnce(&Self) -> (N::State, Option<N::State>),
    ) -> Queue<N> {
        self.settle(old, now, wakes);
        let (state, uncut) = convert(&self);
        let odd = self.waiting.values().filter(|waiter| !new.is_additive(waiter.cost)).count();
        let waiting = self.waiting.into_iter().map(|(id, waiter)| {
            let Waiter { cost, until, is_deadline, at, waker, .. } = waiter;
            // Each asks anew, since it may have to wait longer than it can.
            wakes.add(waker);
            let before = (N::FULL, Tick::ZERO);
            (id, Waiter { cost, until, is_deadline, at, waker: None, before })
        });
        let mut queue = Queue {
            waiting: waiting.collect(),
            state,
            uncut,
            seen: self.seen,
            done: self.done,
            next: self.next,
            total: self.total,
            odd,
            tail: None,
            delayed: true,
        };
        queue.settle(new, now, wakes);
        queue
    }

    /// Returns the status for a call that would take `cost` tokens without waiting. Decides nothing, so
    /// that `now` may be any time.
    pub(crate) fn look(&self, meter: &M, now: Tick, cost: u32) -> KeyStatus {
        let (state, _) = self.known_tail(meter).unwrap_or_else(|| {
            let start = (self.state, self.seen);
            self.waiting.values().fold(start, |tail, waiter| {
                meter.earliest(tail.0, tail.1, waiter.cost).unwrap_or(tail)
            })
        });
        meter.look(state, now, cost)
    }

    /// Grants all waiters their tokens whose time has come, and wakes the first of the others if it
    /// can start sooner than it was told.
    fn settle(&mut self, meter: &M, now: Tick, wakes: &mut Wakes) {
        while let Some(mut first) = self.waiting.first_entry() {
            let cost = first.get().cost;
            let mut granted = None;
            let done = match meter.earliest(self.state, self.seen, cost) {
                Ok((_, at)) if at > now => {
                    if at < first.get().at {
                        wakes.add(first.get_mut().waker.take());
                    }
                    break;
                }
                Ok((state, at)) => {
                    granted = Some((state, at));
                    Done::Granted { cost, at, since: meter.since(at, cost) }
                }
                Err(why) => Done::Refused(why),
            };
            let (id, waiter) = first.remove_entry();
            self.uncount(meter, cost);
            self.done.insert(id, done);
            wakes.add(waiter.waker);
            if let Some((state, at)) = granted {
                self.grant(meter, state, at, cost);
            }
        }
        // Only a waiter keeps a call with an earlier time behind it.
        self.seen = if self.waiting.is_empty() { now } else { self.seen.max(now) };
        self.tidy(meter);
    }

    /// `cost` tokens were taken at `at`, and the state is `state` after that.
    fn grant(&mut self, meter: &M, state: M::State, at: Tick, cost: u32) {
        (self.state, self.seen) = (state, at);
        self.uncut = self.uncut.map(|uncut| meter.charge(uncut, at, cost));
        self.tidy(meter);
    }

    /// Does the same to the state and to what it would be uncut.
    fn apply(&mut self, meter: &M, change: impl Fn(M::State) -> M::State) {
        self.state = change(self.state);
        self.uncut = self.uncut.map(change);
        self.tidy(meter);
    }

    fn tidy(&mut self, meter: &M) {
        let matters = |uncut: &M::State| !meter.is_full(*uncut, self.seen) && *uncut != self.state;
        self.uncut = self.uncut.filter(matters);
    }

    fn uncount(&mut self, meter: &M, cost: u32) {
        self.total -= u64::from(cost);
        self.odd -= usize::from(!meter.is_additive(cost));
    }

    fn first_at(&self, meter: &M) -> Option<Tick> {
        let (_, first) = self.waiting.first_key_value()?;
        meter.earliest(self.state, self.seen, first.cost).ok().map(|(_, at)| at)
    }

    /// The state and the time when all waiters will have been granted their tokens.
    fn tail(&mut self, meter: &M) -> (M::State, Tick) {
        self.known_tail(meter).unwrap_or_else(|| self.project(meter, false))
    }

    /// The same, if no waiter has to be looked at for it.
    fn known_tail(&self, meter: &M) -> Option<(M::State, Tick)> {
        match (self.waiting.is_empty(), self.odd) {
            (true, _) => Some((self.state, self.seen)),
            (false, 0) => Some((meter.after_waiters(self.state, self.total), self.seen)),
            (false, _) => self.tail,
        }
    }

    /// Works out when each waiter is granted its tokens if none leaves: the tail. With `tell`, the
    /// waiters' starts are set to that.
    fn project(&mut self, meter: &M, tell: bool) -> (M::State, Tick) {
        let mut tail = (self.state, self.seen);
        for waiter in self.waiting.values_mut() {
            waiter.before = tail;
            tail = meter.earliest(tail.0, tail.1, waiter.cost).unwrap_or(tail);
            if tell {
                waiter.at = tail.1;
            }
        }
        self.delayed &= !tell;
        self.tail = Some(tail);
        tail
    }
}
