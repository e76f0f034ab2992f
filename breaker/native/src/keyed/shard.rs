use std::collections::HashMap;
use std::sync::Arc;

use seawall_core::{Call, Change, Exit, KeyHash, Tick};

use crate::keyed::circuit::Circuit;
use crate::keyed::evictable::Lifetimes;
use crate::keyed::hasher::BuildHashed;
use crate::keyed::queues::Queues;
use crate::keyed::ticket::Ticket;
use crate::machine::{Answer, Refused};
use crate::transition::{ChangeNumbers, Transition};
use crate::{BreakerOptions, BreakerStatus, CallStats, KeyOptions, KeyedStatus, State};

mod forget;
mod manual;

/// A part of the keys of a breaker, each with a circuit, behind one lock.
#[derive(Debug)]
pub(crate) struct Shard {
    index: usize,
    options: Arc<BreakerOptions>,
    lifetimes: Lifetimes,
    /// The state that new keys begin in: closed, unless all keys are under manual control.
    position: State,
    places: HashMap<KeyHash, u32, BuildHashed>,
    /// The circuits by place. A token has the place, and so finds its circuit without the key.
    slots: Vec<Option<Box<Slot>>>,
    vacant: Vec<Vacant>,
    queues: Queues,
    numbers: Arc<ChangeNumbers>,
    /// The calls of keys that were forgotten.
    forgotten: CallStats,
}

#[derive(Debug)]
struct Slot {
    key: KeyHash,
    circuit: Circuit,
    /// Calls in flight: the key is not forgotten before they have ended.
    in_flight: u32,
    used: Tick,
}

/// A place for another key, and the generation that its circuit begins with: no call of the key before
/// counts for it.
#[derive(Clone, Copy, Debug)]
struct Vacant {
    place: u32,
    generation: u64,
}

impl Shard {
    pub(crate) fn new(
        index: usize,
        options: Arc<BreakerOptions>,
        keys: &KeyOptions,
        numbers: Arc<ChangeNumbers>,
    ) -> Self {
        Self {
            index,
            lifetimes: Lifetimes::new(&options, keys),
            options,
            position: State::Closed,
            places: HashMap::default(),
            slots: Vec::new(),
            vacant: Vec::new(),
            queues: Queues::default(),
            numbers,
            forgotten: CallStats::default(),
        }
    }

    /// Answers a call with `key`. Returns `None` if the key is not kept.
    #[inline]
    pub(crate) fn enter(
        &mut self,
        key: KeyHash,
        now: Tick,
        call: &Call<'_>,
    ) -> Option<Result<Ticket, Refused>> {
        let place = *self.places.get(&key)?;
        let slot = self.slots.get_mut(place as usize)?.as_deref_mut()?;
        slot.used = slot.used.max(now);
        let (answer, transition) = slot.circuit.enter(now);
        if let Some(transition) = transition {
            call.note(self.numbers.number(transition, Some(key)));
        }
        Some(match answer {
            Answer::Admit(number) => {
                slot.in_flight += 1;
                let ticket = Ticket::new(self.index, place, slot.circuit.generation(), number);
                self.queues.remove(place);
                Ok(ticket)
            }
            Answer::Refuse(refused) => {
                self.queue(place, now);
                Err(refused)
            }
        })
    }

    /// Ends the call that was admitted with `ticket`.
    #[inline]
    pub(crate) fn exit(&mut self, ticket: &Ticket, now: Tick, exit: &Exit<'_>) {
        let Some(slot) = self.slots.get_mut(ticket.place as usize).and_then(Option::as_deref_mut)
        else {
            // No key with calls in flight is forgotten, so this call has ended before.
            self.forgotten.late += 1;
            return;
        };
        slot.used = slot.used.max(now);
        slot.in_flight = slot.in_flight.saturating_sub(1);
        if let Some(transition) = slot.circuit.exit(ticket, now, exit) {
            exit.note(self.numbers.number(transition, Some(slot.key)));
        }
        if slot.in_flight == 0 {
            self.queues.put(ticket.place, slot.circuit.evictable(now));
        }
    }

    fn number(&self, transition: Option<Transition>, key: KeyHash) -> Option<Change> {
        transition.map(|transition| self.numbers.number(transition, Some(key)))
    }

    /// Keeps `key` from now on and returns its place. It is not kept yet, and there has to be room for it.
    pub(crate) fn keep(&mut self, key: KeyHash, now: Tick) -> u32 {
        let Vacant { place, generation } = self.vacant.pop().unwrap_or_else(|| {
            self.slots.push(None);
            let place = u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX);
            Vacant { place, generation: 0 }
        });
        let mut circuit = Circuit::new(Arc::clone(&self.options), key.halves().1, generation);
        if self.position != State::Closed {
            // Not a change of its own: all keys were put there.
            _ = circuit.control(now, |machine, at| machine.set(self.position, at));
        }
        let slot = Slot { key, circuit, in_flight: 0, used: now };
        self.slots[place as usize] = Some(Box::new(slot));
        self.places.insert(key, place);
        self.used(place, now);
        place
    }

    /// Returns true if `key` is kept.
    pub(crate) fn has(&self, key: KeyHash) -> bool {
        self.places.contains_key(&key)
    }

    /// Returns true if `key` is not kept and would begin with a closed circuit.
    pub(crate) fn is_closed_to_begin(&self, key: KeyHash) -> bool {
        !self.has(key) && self.position == State::Closed
    }

    /// Returns the status of the circuit of `key`, if that is kept.
    pub(crate) fn describe(&self, key: KeyHash, now: Tick) -> Option<BreakerStatus> {
        let place = self.places.get(&key)?;
        Some(self.peek(*place)?.circuit.describe(now))
    }

    /// Returns the state of the circuit of `key`, if it is kept.
    pub(crate) fn state(&self, key: KeyHash) -> Option<State> {
        let place = self.places.get(&key)?;
        Some(self.peek(*place)?.circuit.state())
    }

    /// Returns the status of each circuit that is not closed.
    pub(crate) fn not_closed(&self, now: Tick) -> impl Iterator<Item = (KeyHash, BreakerStatus)> {
        let slots = self.slots.iter().flatten();
        let slots = slots.filter(|slot| slot.circuit.state() != State::Closed);
        slots.map(move |slot| (slot.key, slot.circuit.describe(now)))
    }

    pub(crate) fn add_to(&self, status: &mut KeyedStatus, now: Tick) {
        status.calls.add(&self.forgotten);
        for slot in self.slots.iter().flatten() {
            let circuit = &slot.circuit;
            status.count(circuit.state(), circuit.is_due(now), circuit.calls());
        }
    }

    /// Notes that the key at `place` was used at `now`.
    #[inline]
    fn used(&mut self, place: u32, now: Tick) {
        if let Some(slot) = self.slot(place) {
            slot.used = slot.used.max(now);
            self.queue(place, now);
        }
    }

    fn slot(&mut self, place: u32) -> Option<&mut Slot> {
        self.slots.get_mut(place as usize)?.as_deref_mut()
    }

    fn peek(&self, place: u32) -> Option<&Slot> {
        self.slots.get(place as usize)?.as_deref()
    }

    fn slots_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.slots.iter_mut().flatten().map(|slot| &mut **slot)
    }
}
