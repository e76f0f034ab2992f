use std::sync::Arc;

use seawall_core::{
    Backend, Call, Component, Entry, Exit, Key, KeyHash, KeyRoom, KeySeed, Layer, Refusal,
    RefusalKind, Status, Tick, Token,
};

use crate::engine::Engine;
use crate::keyed::shard::{Entered, Shard};
use crate::keyed::ticket::{MAX_SHARDS, Whose};
use crate::sync::{AtomicU64, Mutex, Ordering, lock};
use crate::{BreakerOptions, KeyOptions, KeyedStatus};

mod keep;

/// All circuits of a keyed breaker: one for each key, one for calls without a key, and one for all keys
/// together that have no room.
#[derive(Debug)]
pub(crate) struct Circuits {
    layer: Layer,
    seed: KeySeed,
    key_parts: Option<usize>,
    pub(crate) unkeyed: Engine,
    pub(crate) shared: Engine,
    pub(crate) shards: Box<[Mutex<Shard>]>,
    pub(crate) room: KeyRoom,
    /// Calls refused for want of room.
    rejected: AtomicU64,
    /// Held by who changes all of them.
    pub(crate) changing: Mutex<()>,
}

impl Circuits {
    pub(crate) fn new(options: &BreakerOptions, keys: &KeyOptions, chance: u64) -> Self {
        let common = || Engine::new(options.clone(), chance, Tick::ZERO);
        let shared_options = Arc::new(options.clone());
        let shard = |index| Mutex::new(Shard::new(index, Arc::clone(&shared_options), keys));
        Self {
            layer: Layer::new(Component::CircuitBreaker, options.name.clone()),
            seed: KeySeed::random(),
            key_parts: keys.key_parts,
            unkeyed: common(),
            shared: common(),
            shards: (0..MAX_SHARDS).map(shard).collect(),
            room: KeyRoom::new(keys.max_keys.into(), keys.overflow),
            rejected: AtomicU64::new(0),
            changing: Mutex::new(()),
        }
    }

    pub(crate) fn key_parts(&self) -> Option<usize> {
        self.key_parts
    }

    /// The hash that finds the circuit of `key`; `None` if all calls have the same.
    #[inline]
    pub(crate) fn find(&self, key: Key<'_>) -> Option<KeyHash> {
        match self.key_parts {
            None => Some(key.hash(&self.seed)),
            Some(0) => None,
            Some(parts) => Some(key.hash_prefix(parts, &self.seed)),
        }
    }

    #[inline]
    fn home(&self, key: KeyHash) -> usize {
        // As many shards as there are numbers in so many bits.
        usize::try_from(key.halves().0 % MAX_SHARDS as u64).unwrap_or(0)
    }

    pub(crate) fn shard_of(&self, key: KeyHash) -> &Mutex<Shard> {
        &self.shards[self.home(key)]
    }

    fn enter_keyed(&self, key: KeyHash, call: &Call<'_>) -> Entry<'_> {
        let now = call.now();
        let known = lock(self.shard_of(key)).enter(key, now);
        let entered = match known {
            Some(entered) => Some(entered),
            None => self.enter_new(key, now),
        };
        let Some(Entered { answer, change }) = entered else {
            return self.enter_without_room(call);
        };
        if let Some(change) = change {
            call.note(change);
        }
        match answer {
            Ok(ticket) => Entry::Go(Whose::Key(ticket).token()),
            Err(wait) => {
                let refusal = Refusal::new(RefusalKind::CircuitOpen, &self.layer);
                Entry::Refuse(match wait {
                    Some(wait) => refusal.with_retry_after(wait),
                    None => refusal,
                })
            }
        }
    }

    #[cold]
    fn enter_without_room(&self, call: &Call<'_>) -> Entry<'_> {
        if !self.room.rejects() {
            return match self.shared.enter(call) {
                Entry::Go(token) => Entry::Go(Whose::Shared(token).token()),
                refused => refused,
            };
        }
        self.rejected.fetch_add(1, Ordering::Relaxed);
        let refusal = Refusal::new(RefusalKind::TooManyKeys, &self.layer);
        let refusal = refusal.with_limit(self.room.max());
        let next = self.shards.iter().filter_map(|shard| lock(shard).next_clear()).min();
        Entry::Refuse(match next.filter(|at| *at < Tick::MAX) {
            Some(at) => refusal.with_retry_at(at, call.now()),
            None => refusal,
        })
    }

    pub(crate) fn describe(&self, now: Tick) -> KeyedStatus {
        let mut status = KeyedStatus::new(self.unkeyed.describe(now), self.shared.describe(now));
        status.totals.refused += self.rejected.load(Ordering::Relaxed);
        for shard in &self.shards {
            lock(shard).add_to(&mut status);
        }
        status
    }
}

impl Backend for Circuits {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    #[inline]
    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        match call.key().and_then(|key| self.find(key)) {
            Some(key) => self.enter_keyed(key, call),
            None => match self.unkeyed.enter(call) {
                Entry::Go(token) => Entry::Go(Whose::Unkeyed(token).token()),
                refused => refused,
            },
        }
    }

    #[inline]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        match Whose::of(token) {
            Whose::Unkeyed(token) => self.unkeyed.exit(token, exit),
            Whose::Shared(token) => self.shared.exit(token, exit),
            Whose::Key(ticket) => {
                // Read before the lock is taken, if it has not been.
                _ = exit.now();
                let change = lock(&self.shards[ticket.shard]).exit(&ticket, exit);
                if let Some(change) = change {
                    exit.note(change);
                }
            }
        }
    }

    fn status(&self, now: Tick) -> Status {
        self.describe(now).into_status(&self.layer)
    }
}
