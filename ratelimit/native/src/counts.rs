use std::collections::HashMap;

use seawall_core::{KeyHash, KeyStatus, Tick, Token};

use crate::KeyOverflow;
use crate::act::{Act, GiveBack, Look, Take, Taken};
use crate::keys::{Keys, NoRoom};
use crate::meter::{AnyMeter, Denied};
use crate::single::Single;

/// All that a rule counts: calls without a key, each key, and together the keys that have no room.
#[derive(Debug)]
pub(crate) struct Counts {
    unkeyed: Single,
    keys: Keys,
    overflow: Single,
}

/// Which count a token is of, in its highest bits; below, from when on it was to be used.
const KIND: u32 = 62;
const UNKEYED: u64 = 0;
const KEYED: u64 = 1;
const OVERFLOW: u64 = 2;

impl Counts {
    pub(crate) fn new(meter: &AnyMeter, max_keys: u32, overflow: KeyOverflow) -> Self {
        Self {
            unkeyed: Single::new(meter.clone()),
            keys: Keys::new(meter, max_keys, overflow),
            overflow: Single::new(meter.clone()),
        }
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Takes tokens for a call without a key that can go at once. Did it?
    #[inline]
    pub(crate) fn pass(&self, now: Tick, cost: u32) -> bool {
        self.unkeyed.pass(now, cost)
    }

    /// Takes tokens for a call: the token by which they can be given back.
    #[inline]
    pub(crate) fn take(&self, key: Option<KeyHash>, take: &Take) -> (Taken, Token) {
        let Some(key) = key else { return token(self.unkeyed.apply(take), 0, UNKEYED) };
        match self.keys.apply(key, take, take.now) {
            Ok(taken) => token(taken, key.halves().0, KEYED),
            Err(no_room) => self.take_without_room(take, &no_room),
        }
    }

    #[cold]
    fn take_without_room(&self, take: &Take, no_room: &NoRoom) -> (Taken, Token) {
        let taken = match self.keys.room().rejects() {
            true => Taken::Not { why: Denied::Until(no_room.until), burst: None },
            false => self.overflow.apply(take),
        };
        token(taken, 0, OVERFLOW)
    }

    /// What there is to say of `key`.
    pub(crate) fn look(&self, key: Option<KeyHash>, look: &Look) -> KeyStatus {
        let Some(key) = key else { return self.unkeyed.apply(look) };
        match self.keys.apply(key, look, look.now) {
            Ok(status) => status,
            Err(NoRoom { until }) => {
                let status = self.overflow.apply(look);
                let never = !status.is_allowed && status.retry_after.is_none();
                if never || !self.keys.room().rejects() {
                    return status;
                }
                let full = KeyStatus::full(look.now, status.limit, status.window);
                let wait = until.since(look.now);
                full.with_remaining(0, wait).denied(Some(wait))
            }
        }
    }

    /// Gives back what [`take`](Self::take) took.
    pub(crate) fn give_back(&self, Token(half, tag): Token, now: Tick, cost: u32) {
        let ready = Tick::from_nanos(tag & ((1 << KIND) - 1));
        let act = GiveBack { now, cost, ready };
        match tag >> KIND {
            UNKEYED => self.unkeyed.apply(&act),
            KEYED => self.keys.apply_to_half(half, &act),
            _ => self.overflow.apply(&act),
        }
    }

    /// Does `act` to what counts `key`; nothing, if its calls are refused for want of room.
    pub(crate) fn apply<A>(&self, key: Option<KeyHash>, act: &A, now: Tick) -> A::Outcome
    where
        A: Act<Outcome: Default>,
    {
        let Some(key) = key else { return self.unkeyed.apply(act) };
        match self.keys.apply(key, act, now) {
            Ok(outcome) => outcome,
            Err(_) if self.keys.room().rejects() => A::Outcome::default(),
            Err(_) => self.overflow.apply(act),
        }
    }

    /// Counts everything by `meter` from now on, but for the keys with limits of their own: these by
    /// `own`, if the algorithm is another.
    pub(crate) fn change(
        &self,
        meter: &AnyMeter,
        own: &HashMap<KeyHash, AnyMeter>,
        keys: (u32, KeyOverflow),
        now: Tick,
    ) {
        self.unkeyed.change(meter.clone(), now);
        self.overflow.change(meter.clone(), now);
        self.keys.change(meter, own, keys, now);
    }
}

#[inline]
fn token(taken: Taken, half: u64, kind: u64) -> (Taken, Token) {
    let token = match taken {
        Taken::At(ready) => Token(half, ready.as_nanos().min((1 << KIND) - 1) | kind << KIND),
        Taken::Not { .. } => Token::default(),
    };
    (taken, token)
}
