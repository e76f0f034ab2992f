use std::collections::HashMap;

use seawall_core::{KeyHash, Tick};

use crate::act::{Act, Done};
use crate::meter::Meter;
use crate::queue::Queue;
use crate::wakes::Wakes;

/// The accounts of a shard that need more than a state: those that calls wait for, and those of
/// whose usage a smaller burst has cut something off. One word if there are none, as nearly always.
#[derive(Debug)]
pub(crate) struct Queues<M: Meter>(Option<Box<Inner<M>>>);

#[derive(Debug)]
struct Inner<M: Meter> {
    queues: HashMap<KeyHash, Queue<M>>,
    /// The calls to wake when the shard is no longer locked.
    wakes: Wakes,
}

impl<M: Meter> Queues<M> {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    fn inner(&mut self) -> &mut Inner<M> {
        let new = || Box::new(Inner { queues: HashMap::new(), wakes: Wakes::default() });
        self.0.get_or_insert_with(new)
    }

    /// Does `act` to the account of a key in `state`. Returns its new state, if that changes.
    #[inline]
    pub(crate) fn apply<A: Act>(
        &mut self,
        meter: &M,
        key: impl Fn() -> KeyHash,
        state: M::State,
        act: &A,
    ) -> (Option<M::State>, A::Outcome) {
        if self.0.is_none() || !self.has(key()) {
            match act.on(meter, state) {
                Done::Keep(outcome) => return (None, outcome),
                Done::Set(state, outcome) => return (Some(state), outcome),
                Done::Queue => {}
            }
        }
        self.apply_queued(meter, key(), state, act)
    }

    #[cold]
    fn apply_queued<A: Act>(
        &mut self,
        meter: &M,
        key: KeyHash,
        state: M::State,
        act: &A,
    ) -> (Option<M::State>, A::Outcome) {
        self.change(key, state, |account, wakes| {
            let mut queue = account;
            let outcome = act.on_queue(meter, &mut queue, wakes);
            (queue, outcome)
        })
    }

    /// Changes the account of a key in `state`. Returns its new state.
    fn change<T>(
        &mut self,
        key: KeyHash,
        state: M::State,
        change: impl FnOnce(Queue<M>, &mut Wakes) -> (Queue<M>, T),
    ) -> (Option<M::State>, T) {
        let queue = self.take(key, state);
        let (queue, outcome) = change(queue, &mut self.inner().wakes);
        (Some(self.keep(key, queue)), outcome)
    }

    /// Takes out the account of a key in `state`.
    pub(crate) fn take(&mut self, key: KeyHash, state: M::State) -> Queue<M> {
        let queue = self.0.as_mut().and_then(|inner| inner.queues.remove(&key));
        queue.unwrap_or_else(|| Queue::new(state))
    }

    /// Keeps what an account needs besides its state, and returns what stands for it in its slot: of an
    /// account that is kept here, only that state's rank counts.
    fn keep(&mut self, key: KeyHash, queue: Queue<M>) -> M::State {
        let state = queue.longest();
        if !queue.is_plain() {
            self.inner().queues.insert(key, queue);
        }
        state
    }

    /// Has `new` count the account of a key in `state`, without forgetting usage. Returns its new state.
    pub(crate) fn convert(
        &mut self,
        key: KeyHash,
        state: M::State,
        old: &M,
        new: &M,
        now: Tick,
    ) -> M::State {
        if old == new {
            return state;
        }
        let convert =
            |queue: Queue<M>, wakes: &mut Wakes| (queue.adopted(old, new, now, wakes), ());
        self.change(key, state, convert).0.unwrap_or(state)
    }

    /// Has `new` count an account that `old` of another algorithm counted. Returns its new state.
    pub(crate) fn restore<O: Meter>(
        &mut self,
        key: KeyHash,
        account: Queue<O>,
        old: &O,
        new: &M,
        now: Tick,
    ) -> M::State {
        let queue = account.restored(old, new, now, &mut self.inner().wakes);
        self.keep(key, queue)
    }

    /// Returns true if the account of a key needs more than its state.
    pub(crate) fn has(&self, key: KeyHash) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.queues.contains_key(&key))
    }

    /// Forgets the account of a key that is no longer kept.
    pub(crate) fn forget(&mut self, key: KeyHash) {
        if let Some(inner) = &mut self.0 {
            inner.queues.remove(&key);
        }
    }

    /// Takes out the accounts of the keys whose hashes' lower halves `goes` is true for.
    pub(crate) fn split(&mut self, goes: impl Fn(u64) -> bool) -> Self {
        let Some(inner) = &mut self.0 else { return Self::new() };
        let queues = inner.queues.extract_if(|key, _| goes(key.halves().0)).collect();
        Self(Some(Box::new(Inner { queues, wakes: Wakes::default() })))
    }

    /// Takes out the calls to wake, to be woken when the shard is no longer locked.
    #[inline]
    pub(crate) fn take_wakes(&mut self) -> Option<Wakes> {
        self.0.is_some().then(|| self.take_some_wakes())
    }

    #[cold]
    fn take_some_wakes(&mut self) -> Wakes {
        let wakes = std::mem::take(&mut self.inner().wakes);
        if self.inner().queues.is_empty() {
            self.0 = None;
        }
        wakes
    }
}
