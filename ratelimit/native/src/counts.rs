use std::collections::HashMap;
use std::task::Waker;

use seawall_core::{KeyHash, KeyStatus, Tick, Token};

use crate::KeyOverflow;
use crate::act::{Act, GiveBack, Leave, Look, Poll};
use crate::any_meter::AnyMeter;
use crate::bucket::Missing;
use crate::keys::{Keys, NoRoom};
use crate::meter::Denied;
use crate::queue::Start;
use crate::single::Single;
use crate::take::{Take, Taken};

/// All that a rule counts: calls without a key, each key, and together the keys that have no room.
#[derive(Debug)]
pub(crate) struct Counts {
    unkeyed: Single,
    keys: Keys,
    overflow: Single,
}

/// Which account a token is of, in its highest bits; below, since when its tokens may be used. Of a
/// call that waits, which account, and below that the number of the waiter.
const KIND: u32 = 62;
const UNKEYED: u64 = 0;
const KEYED: u64 = 1;
const OVERFLOW: u64 = 2;
const WAITING: u64 = 3;
const WAITER_KIND: u32 = 60;
/// Set in the token of a waiter whose driver has another clock than the limiter.
const FOREIGN: u64 = 1 << 59;

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

    /// Takes tokens for a call without a key that can go at once: see [`Single::pass`].
    #[inline]
    pub(crate) fn pass(&self, now: Tick, cost: u32) -> Result<(), Option<Missing<'_>>> {
        self.unkeyed.pass(now, cost)
    }

    /// The token of a call without a key that took its tokens at `now`.
    #[inline]
    pub(crate) fn unkeyed(now: Tick) -> Token {
        Token(0, tag(now, UNKEYED))
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

    /// Returns the status of `key`.
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

    /// Tells a call that waits when it may start; `None` if the token is of one that does not wait.
    pub(crate) fn poll(&self, token: &mut Token, now: Tick, waker: &Waker) -> Option<Start> {
        let (account, id) = waiter(*token)?;
        let poll = Poll { id, now, waker };
        let start = match account {
            UNKEYED => self.unkeyed.apply(&poll),
            KEYED => self
                .keys
                .apply_to_half(token.0, &poll)
                .unwrap_or(Start::Started { at: now, since: now }),
            _ => self.overflow.apply(&poll),
        };
        if let Start::Started { since, .. } = start {
            token.1 = tag(since, account);
        }
        Some(start)
    }

    /// Notes that the driver of a call that waits has another clock than the limiter.
    pub(crate) fn mark_foreign(token: &mut Token) {
        token.1 |= FOREIGN;
    }

    /// Returns true if [`mark_foreign`](Self::mark_foreign) was called for `token`.
    pub(crate) fn is_foreign(token: Token) -> bool {
        token.1 >> KIND == WAITING && token.1 & FOREIGN != 0
    }

    /// Returns true if `token` is of a call that waits.
    #[inline]
    pub(crate) fn is_waiting(token: Token) -> bool {
        waiter(token).is_some()
    }

    /// Gives back what [`take`](Self::take) took, if it is `unused`.
    pub(crate) fn end(&self, token: Token, now: Tick, cost: u32, unused: bool) {
        if let Some((account, id)) = waiter(token) {
            return self.apply_to_token(account, token, &Leave { id, now, unused });
        }
        if unused {
            let since = Tick::from_nanos(token.1 & ((1 << KIND) - 1));
            self.apply_to_token(token.1 >> KIND, token, &GiveBack { now, cost, since });
        }
    }

    fn apply_to_token<A: Act<Outcome = ()>>(&self, account: u64, token: Token, act: &A) {
        match account {
            UNKEYED => self.unkeyed.apply(act),
            KEYED => {
                self.keys.apply_to_half(token.0, act);
            }
            _ => self.overflow.apply(act),
        }
    }

    /// Does `act` to what counts `key`; nothing, if its calls are refused since there is no room.
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
        self.unkeyed.change(meter, now);
        self.overflow.change(meter, now);
        self.keys.change(meter, own, keys, now);
    }
}

#[inline]
fn tag(at: Tick, account: u64) -> u64 {
    at.as_nanos().min((1 << KIND) - 1) | account << KIND
}

#[inline]
fn token(taken: Taken, half: u64, account: u64) -> (Taken, Token) {
    let token = match taken {
        Taken::At(at) => Token(half, tag(at, account)),
        Taken::Queued { id, .. } => Token(half, WAITING << KIND | account << WAITER_KIND | id),
        Taken::Not { .. } => Token::default(),
    };
    (taken, token)
}

/// The account that a call waits for, and the number of the waiter.
#[inline]
fn waiter(token: Token) -> Option<(u64, u64)> {
    let is_waiting = token.1 >> KIND == WAITING;
    is_waiting.then_some(((token.1 >> WAITER_KIND) & 3, token.1 & (FOREIGN - 1)))
}
