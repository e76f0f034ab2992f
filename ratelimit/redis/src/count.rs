use std::task::Waker;
use std::time::Duration;

use seawall_core::{KeyHash, KeyStatus, Tick};
use seawall_store::StoreKey;

use self::state::State;
use crate::leased::{Leased, Renew, Taken};
use crate::link::Link;
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering, lock};
use crate::terms::Terms;

mod answer;
mod ask;
mod plan;
mod size;
mod state;
mod trim;
mod waiters;

pub(crate) use self::ask::Asked;
pub(crate) use self::plan::{Sent, Step};
pub(crate) use self::waiters::Outcome;

/// The count of a key as this instance knows it: the tokens that it has leased, until when the store has
/// denied more, and the calls that wait.
#[derive(Debug)]
pub(crate) struct Count {
    /// Differs for all counts of a limiter.
    pub(crate) id: u64,
    pub(crate) which: Which,
    pub(crate) name: StoreKey,
    leased: Leased,
    /// Until when calls of at least `denied_cost` are refused without asking.
    denied_until: AtomicU64,
    denied_cost: AtomicU64,
    /// The time of each token that a call costs more, in nanoseconds.
    denied_each: AtomicU64,
    /// The most tokens at once.
    most: AtomicU64,
    /// Not zero if each call asks for its own tokens.
    is_direct: AtomicU64,
    /// Not zero if there are tokens of leases that calls do not take from without the lock.
    has_more: AtomicU64,
    /// Not zero once a call has found that more tokens are needed, until the background work looks at it.
    is_low: AtomicU64,
    /// The tokens of calls that were refused so, since they were last reported.
    turned_away: AtomicU64,
    state: Mutex<State>,
}

/// Which calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those without a key, or all.
    Unkeyed,
    /// Those with keys that there is no room for.
    Overflow,
    Key(KeyHash),
}

/// Wakers of calls that are decided, to be woken when no lock is held.
#[must_use]
pub(crate) struct Wakes(Vec<Waker>);

impl Wakes {
    pub(crate) fn wake(self) {
        self.0.into_iter().for_each(Waker::wake);
    }
}

impl Count {
    pub(crate) fn new(id: u64, which: Which, name: StoreKey, terms: Terms) -> Self {
        Self {
            id,
            which,
            name,
            leased: Leased::new(),
            denied_until: AtomicU64::new(0),
            denied_cost: AtomicU64::new(0),
            denied_each: AtomicU64::new(0),
            most: AtomicU64::new(terms.burst().into()),
            is_direct: AtomicU64::new(0),
            has_more: AtomicU64::new(0),
            is_low: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            state: Mutex::new(State::new(terms)),
        }
    }

    /// Takes `cost` tokens of the current lease, without a lock.
    #[inline]
    pub(crate) fn take(&self, cost: u32, now: Tick) -> Option<Taken> {
        self.leased.take(cost, now)
    }

    /// Returns until when the store has denied `cost` tokens, if it has, and the instance has no more in
    /// another lease; and counts the call.
    #[inline]
    pub(crate) fn turn_away(&self, cost: u32, now: Tick) -> Option<Tick> {
        if u64::from(cost) > self.most.load(Ordering::Relaxed)
            || self.has_more.load(Ordering::Relaxed) != 0
        {
            return None;
        }
        let until = self.denied(cost, now)?;
        self.turned_away.fetch_add(cost.into(), Ordering::Relaxed);
        Some(until)
    }

    #[inline]
    fn denied(&self, cost: u32, now: Tick) -> Option<Tick> {
        let until = self.denied_until.load(Ordering::Acquire);
        let more = u64::from(cost).checked_sub(self.denied_cost.load(Ordering::Relaxed))?;
        let more = more.saturating_mul(self.denied_each.load(Ordering::Relaxed));
        (now.as_nanos() < until).then(|| Tick::from_nanos(until.saturating_add(more)))
    }

    /// Returns until when the store has denied tokens to some calls.
    fn denied_to_all(&self, now: Tick) -> Option<Tick> {
        let until = self.denied_until.load(Ordering::Acquire);
        (now.as_nanos() < until).then(|| Tick::from_nanos(until))
    }

    /// Refuses calls of at least `cost` until then; those that cost more, for `each` more token longer.
    fn deny(&self, until: Tick, cost: u64, each: Duration) {
        self.denied_cost.store(cost, Ordering::Relaxed);
        self.denied_each.store(crate::link::nanos(each), Ordering::Relaxed);
        self.denied_until.store(until.as_nanos(), Ordering::Release);
    }

    fn allow(&self) {
        self.deny(Tick::ZERO, 0, Duration::ZERO);
    }

    /// Returns true if it is this call that has to report that more tokens are needed. Takes no lock, so
    /// that no call waits for the background work.
    #[inline]
    pub(crate) fn renew(&self) -> bool {
        self.leased.set_renew(Renew::NEVER);
        self.is_low.swap(1, Ordering::AcqRel) == 0
    }

    /// Gives `cost` tokens back to the lease `number`, if it has not ended. Returns true if the store is to
    /// have them, and has to be told.
    pub(crate) fn give_back(&self, number: u32, cost: u32, now: Tick, link: &Link) -> bool {
        let is_direct = self.is_direct.load(Ordering::Relaxed) != 0;
        if !is_direct && now < self.leased.end() && self.leased.give_back(number, cost) {
            return false;
        }
        let mut state = self.lock();
        self.collect(&mut state, now);
        state.leases.give_back(number, cost);
        let wakes = state.serve(now, link);
        let returns = is_direct && state.leases.held() > 0;
        if returns {
            state.trim_at = Some(now);
        }
        self.put(&mut state, link);
        let tell = returns && state.enqueue();
        drop(state);
        wakes.wake();
        tell
    }

    /// Gives back tokens of a call that is not known, to leases that have not ended.
    pub(crate) fn refund(&self, cost: u32, now: Tick, link: &Link) {
        let mut state = self.lock();
        self.collect(&mut state, now);
        state.leases.give_back_any(cost);
        let wakes = state.serve(now, link);
        self.put(&mut state, link);
        drop(state);
        wakes.wake();
    }

    /// Takes `cost` tokens whether they are there or not. Returns true if the store has to be told.
    pub(crate) fn charge(&self, cost: u32, now: Tick, link: &Link) -> bool {
        let mut state = self.lock();
        self.collect(&mut state, now);
        state.add_demand(cost.into());
        let held = u32::try_from(state.leases.held()).unwrap_or(u32::MAX);
        let _taken = state.leases.take(cost.min(held));
        state.debit += u64::from(cost.saturating_sub(held));
        self.put(&mut state, link);
        state.debit > 0 && state.enqueue()
    }

    /// Takes all tokens that the instance knows of and returns their number, and true if the store has to be
    /// told.
    pub(crate) fn exhaust(&self, now: Tick) -> (u64, bool) {
        let mut state = self.lock();
        let left = self.remaining(&state, now);
        self.collect(&mut state, now);
        let held = u32::try_from(state.leases.held()).unwrap_or(u32::MAX);
        let _taken = state.leases.take(held);
        state.exhaust = true;
        if let Some(rate) = state.terms.rate {
            self.deny(now + rate.life(), 1, Duration::ZERO);
        }
        (left, state.enqueue())
    }

    /// Counts by other terms from now on. What was leased stays so, unless the key is blocked. Returns true if
    /// calls wait.
    pub(crate) fn change(&self, terms: Terms, now: Tick, link: &Link) -> bool {
        let mut state = self.lock();
        if state.terms == terms {
            return false;
        }
        self.collect(&mut state, now);
        state.terms = terms;
        self.most.store(terms.burst().into(), Ordering::Relaxed);
        self.allow();
        if terms.rate.is_none() {
            let held = u32::try_from(state.leases.held()).unwrap_or(u32::MAX);
            let _taken = state.leases.take(held);
        }
        self.put(&mut state, link);
        state.waiters.is_waiting() && state.enqueue()
    }

    /// Returns what is left for a call of `cost`, as far as the instance knows.
    pub(crate) fn look(&self, cost: u32, now: Tick) -> KeyStatus {
        let state = self.lock();
        let burst = u64::from(state.terms.burst());
        let Some(rate) = state.terms.rate else {
            return KeyStatus::full(now, 0, Duration::ZERO).denied(None);
        };
        let flow = |tokens: f64| Duration::from_secs_f64(tokens / rate.per_second());
        let remaining = self.remaining(&state, now);
        let held = self.held(&state, now);
        let status = KeyStatus::full(now, burst, flow(burst as f64));
        let status = status.with_remaining(remaining, flow((burst - remaining) as f64));
        let cost = u64::from(cost);
        if cost > burst {
            return status.denied(None);
        }
        if cost <= held {
            return status;
        }
        match self.denied(u32::try_from(cost).unwrap_or(u32::MAX), now) {
            Some(until) => status.denied(Some(until.since(now))),
            None if cost > remaining => status.denied(Some(flow((cost - remaining) as f64))),
            None => status,
        }
    }

    /// Returns the maximum number of tokens at once.
    pub(crate) fn burst(&self) -> u64 {
        self.most.load(Ordering::Relaxed)
    }

    /// Forgets that the store has denied tokens. Calls from before give nothing back after this.
    pub(crate) fn reset(&self, now: Tick, link: &Link) {
        let mut state = self.lock();
        self.collect(&mut state, now);
        state.leases.renumber(&self.leased);
        self.allow();
        self.put(&mut state, link);
    }

    /// Returns the tokens that the instance holds.
    pub(crate) fn leased(&self, now: Tick) -> u64 {
        self.held(&self.lock(), now)
    }

    /// Returns true if the instance knows nothing of the key that it could not ask for again.
    pub(crate) fn is_idle(&self, now: Tick) -> bool {
        let state = self.lock();
        state.is_quiet() && self.denied_to_all(now).is_none() && self.held(&state, now) == 0
    }

    /// Returns when the key was last used, about; `None` if it cannot be forgotten now.
    pub(crate) fn cold_since(&self) -> Option<Tick> {
        let state = self.lock();
        state.is_quiet().then(|| self.leased.end().max(state.asked_at))
    }

    fn held(&self, state: &State, now: Tick) -> u64 {
        u64::from(self.leased.left(now)) + state.leases.aside(now)
    }

    /// Returns the tokens held, and those that are likely in the store.
    fn remaining(&self, state: &State, now: Tick) -> u64 {
        let burst = u64::from(state.terms.burst());
        let held = self.held(state, now);
        if self.denied(1, now).is_some() {
            return held.min(burst);
        }
        (held + state.in_store(now)).min(burst)
    }

    /// Takes the tokens from the calls, to work on them under the lock.
    fn collect(&self, state: &mut State, now: Tick) {
        let spent = state.leases.collect(&self.leased, now);
        state.add_demand(spent + self.turned_away.swap(0, Ordering::Relaxed));
        state.renew |= self.is_low.swap(0, Ordering::AcqRel) != 0;
    }

    /// Gives the tokens to the calls again, unless others wait for more.
    fn put(&self, state: &mut State, link: &Link) {
        let is_direct = state.terms.is_direct(link.round_trip());
        self.is_direct.store(u64::from(is_direct), Ordering::Relaxed);
        if !state.waiters.is_waiting() {
            let renew = state.renewal(link);
            state.leases.put(&self.leased, renew);
        }
        self.has_more.store(u64::from(state.leases.has_more()), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
