use std::collections::HashMap;
use std::sync::Arc;

use seawall_core::{Change, Exit, KeyHash, Tick};

use crate::keyed::circuit::{Asked, Circuit};
use crate::keyed::hasher::BuildHashed;
use crate::keyed::queues::Queues;
use crate::keyed::standing::Lifetimes;
use crate::keyed::ticket::Ticket;
use crate::machine::{Machine, Moment};
use crate::{BreakerOptions, BreakerStatus, KeyOptions, KeyedStatus, State, Totals};

mod forget;

/// A part of the keys of a breaker, each with a circuit, behind one lock.
#[derive(Debug)]
pub(crate) struct Shard {
    index: usize,
    options: Arc<BreakerOptions>,
    lifetimes: Lifetimes,
    /// The state that new keys begin in: closed, unless all are in somebody's hand.
    position: State,
    found: HashMap<KeyHash, u32, BuildHashed>,
    /// Where a key is, and later another may be. A token has it, and so finds its circuit without the
    /// key.
    places: Vec<Option<Box<Slot>>>,
    vacant: Vec<Vacant>,
    queues: Queues,
    /// The books of those that were forgotten.
    gone: Totals,
}

#[derive(Debug)]
struct Slot {
    key: KeyHash,
    circuit: Circuit,
    /// Calls that have its tokens. Until they have ended, it is not forgotten.
    under_way: u32,
    used: Tick,
}

/// A place that another key may have, and the generation that its circuit begins with: so no call of
/// one before is taken for one of its own.
#[derive(Clone, Copy, Debug)]
struct Vacant {
    place: u32,
    generation: u64,
}

/// What comes of a call that asks.
pub(crate) type Entered = Asked<Ticket>;

impl Shard {
    pub(crate) fn new(index: usize, options: Arc<BreakerOptions>, keys: &KeyOptions) -> Self {
        Self {
            index,
            lifetimes: Lifetimes::new(&options, keys),
            options,
            position: State::Closed,
            found: HashMap::default(),
            places: Vec::new(),
            vacant: Vec::new(),
            queues: Queues::default(),
            gone: Totals::default(),
        }
    }

    /// A call with `key` asks, if that is kept.
    #[inline]
    pub(crate) fn enter(&mut self, key: KeyHash, now: Tick) -> Option<Entered> {
        let place = *self.found.get(&key)?;
        Some(self.enter_at(place, now))
    }

    /// A call with `key` asks, which is kept from now on. There has to be room for it.
    pub(crate) fn enter_new(&mut self, key: KeyHash, now: Tick) -> Entered {
        let place = self.keep(key, now);
        self.enter_at(place, now)
    }

    fn enter_at(&mut self, place: u32, now: Tick) -> Entered {
        let shard = self.index;
        let entered = self.slot(place).map(|slot| {
            let Asked { answer, change } = slot.circuit.enter(now);
            let answer = answer.map(|(generation, number)| {
                slot.under_way += 1;
                Ticket::new(shard, place, generation, number)
            });
            Asked { answer, change }
        });
        self.used(place, now);
        entered.unwrap_or(Asked { answer: Err(None), change: None })
    }

    /// A call has ended.
    pub(crate) fn exit(&mut self, ticket: &Ticket, exit: &Exit<'_>) -> Option<Change> {
        let Some(slot) = self.slot(ticket.place) else {
            // No key is forgotten that a call is under way of, so this one has ended before.
            self.gone.late += 1;
            return None;
        };
        let change = slot.circuit.exit(ticket, exit);
        slot.under_way = slot.under_way.saturating_sub(1);
        self.used(ticket.place, exit.now());
        change
    }

    /// Does something by hand to the circuit of `key`, if that is kept.
    pub(crate) fn act<T>(
        &mut self,
        key: KeyHash,
        now: Tick,
        act: impl FnOnce(&mut Machine, Moment) -> T,
    ) -> Option<T> {
        let place = *self.found.get(&key)?;
        let result = self.slot(place)?.circuit.act(now, act);
        self.used(place, now);
        Some(result)
    }

    /// Puts all into `state` by hand, those that will come too.
    pub(crate) fn set_all(&mut self, state: State, now: Tick) -> Vec<Change> {
        self.position = state;
        let set = |slot: &mut Slot| slot.circuit.act(now, |machine, at| machine.set(state, at));
        let changes = self.slots_mut().filter_map(set).collect();
        self.sort(now);
        changes
    }

    /// Are new keys in somebody's hand?
    pub(crate) fn is_in_hand(&self) -> bool {
        self.position != State::Closed
    }

    /// Has all go on under other options.
    pub(crate) fn reconfigure(
        &mut self,
        options: &Arc<BreakerOptions>,
        keys: &KeyOptions,
        now: Tick,
    ) {
        self.options = Arc::clone(options);
        self.lifetimes = Lifetimes::new(options, keys);
        for slot in self.slots_mut() {
            slot.circuit.act(now, |machine, at| machine.reconfigure(Arc::clone(options), at));
        }
        self.sort(now);
    }

    /// Keeps `key` from now on, which is not kept yet: where it is. There has to be room for it.
    pub(crate) fn keep(&mut self, key: KeyHash, now: Tick) -> u32 {
        let Vacant { place, generation } = self.vacant.pop().unwrap_or_else(|| {
            self.places.push(None);
            let place = u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX);
            Vacant { place, generation: 0 }
        });
        let mut circuit = Circuit::new(Arc::clone(&self.options), key.halves().1, generation);
        if self.is_in_hand() {
            // Not a change of its own: all were put there.
            _ = circuit.act(now, |machine, at| machine.set(self.position, at));
        }
        let slot = Slot { key, circuit, under_way: 0, used: now };
        self.places[place as usize] = Some(Box::new(slot));
        self.found.insert(key, place);
        self.used(place, now);
        place
    }

    /// Is `key` kept?
    pub(crate) fn has(&self, key: KeyHash) -> bool {
        self.found.contains_key(&key)
    }

    /// What there is to say about the circuit of `key`, if that is kept.
    pub(crate) fn describe(&self, key: KeyHash, now: Tick) -> Option<BreakerStatus> {
        let place = self.found.get(&key)?;
        Some(self.peek(*place)?.circuit.describe(now))
    }

    /// What there is to say about each circuit that is not closed.
    pub(crate) fn not_closed(&self, now: Tick) -> impl Iterator<Item = (KeyHash, BreakerStatus)> {
        let slots = self.places.iter().flatten();
        let slots = slots.filter(|slot| slot.circuit.state() != State::Closed);
        slots.map(move |slot| (slot.key, slot.circuit.describe(now)))
    }

    pub(crate) fn add_to(&self, status: &mut KeyedStatus) {
        status.totals.add(&self.gone);
        for slot in self.places.iter().flatten() {
            status.count(slot.circuit.state(), slot.circuit.totals());
        }
    }

    /// What is at `place` was used at `now`.
    #[inline]
    fn used(&mut self, place: u32, now: Tick) {
        if let Some(slot) = self.slot(place) {
            slot.used = slot.used.max(now);
            self.queue(place, now);
        }
    }

    fn slot(&mut self, place: u32) -> Option<&mut Slot> {
        self.places.get_mut(place as usize)?.as_deref_mut()
    }

    fn peek(&self, place: u32) -> Option<&Slot> {
        self.places.get(place as usize)?.as_deref()
    }

    fn slots_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.places.iter_mut().flatten().map(|slot| &mut **slot)
    }
}
