use std::sync::Arc;

use seawall_core::{
    Backend, Call, Clock, Component, ComponentClock, Entry, Exit, Key, KeyHash, KeyRoom, KeySeed,
    Layer, Refusal, RefusalKind, Status, Tick, Token,
};

use crate::engine::Engine;
use crate::keyed::shard::Shard;
use crate::keyed::ticket::{MAX_SHARDS, Origin, Ticket};
use crate::sync::{AtomicU64, Mutex, Ordering, lock};
use crate::transition::ChangeNumbers;
use crate::{BreakerOptions, BreakerStatus, KeyOptions, KeyedStatus, State};

mod all;
mod keep;

/// All circuits of a keyed breaker: one for each key, one for calls without a key, and one that keys
/// without room share.
#[derive(Debug)]
pub(crate) struct KeyedCircuits {
    layer: Layer,
    seed: KeySeed,
    key_parts: Option<usize>,
    unkeyed: Engine,
    shared: Engine,
    shards: Box<[Mutex<Shard>]>,
    room: KeyRoom,
    /// Calls that were refused because there was no room for their key.
    rejected: AtomicU64,
    clock: ComponentClock,
    /// Held while all circuits change.
    changing: Mutex<Changing>,
}

#[derive(Debug, Default)]
struct Changing {
    /// The clock that all ticks are of, if there was manual control before the breaker settled on one.
    provisional: Option<Clock>,
    /// The last turn of a [`Control`](crate::Control) that was followed.
    turn: u64,
}

/// What changes of the circuit of keys without room are reported under.
const SHARED_KEY: KeyHash = KeyHash::from_halves(0, 0);

impl KeyedCircuits {
    pub(crate) fn new(options: &BreakerOptions, keys: &KeyOptions, random: u64) -> Self {
        let numbers = Arc::new(ChangeNumbers::new());
        let common = || Engine::new(options.clone(), random, Arc::clone(&numbers));
        let shared_options = Arc::new(options.clone());
        let shard = |index| {
            let options = Arc::clone(&shared_options);
            Mutex::new(Shard::new(index, options, keys, Arc::clone(&numbers)))
        };
        Self {
            layer: Layer::new(Component::CircuitBreaker, options.name.clone()),
            seed: KeySeed::random(),
            key_parts: keys.key_parts,
            unkeyed: common(),
            shared: common().with_key(SHARED_KEY),
            shards: (0..MAX_SHARDS).map(shard).collect(),
            room: KeyRoom::new(keys.max_keys.into(), keys.overflow),
            rejected: AtomicU64::new(0),
            clock: ComponentClock::new(),
            changing: Mutex::new(Changing::default()),
        }
    }

    /// Returns the hash that finds the circuit of `key`, or `None` if all calls have the same one.
    #[inline]
    pub(crate) fn find(&self, key: Key<'_>) -> Option<KeyHash> {
        match self.key_parts {
            None => Some(key.hash(&self.seed)),
            Some(0) => None,
            Some(parts) => Some(key.hash_prefix(parts, &self.seed)),
        }
    }

    #[inline]
    fn shard_index(key: KeyHash) -> usize {
        usize::try_from(key.halves().0 % MAX_SHARDS as u64).unwrap_or(0)
    }

    fn shard_of(&self, key: KeyHash) -> &Mutex<Shard> {
        &self.shards[Self::shard_index(key)]
    }

    #[inline]
    fn enter_keyed(&self, key: KeyHash, call: &Call<'_>) -> Entry {
        let now = self.clock.now_of(call);
        let known = lock(self.shard_of(key)).enter(key, now, call);
        match known.or_else(|| self.enter_new(key, now, call)) {
            Some(Ok(ticket)) => Entry::Go(Origin::Key(ticket).token()),
            Some(Err(refused)) => Entry::Refuse(refused.by(&self.layer)),
            None => self.enter_without_room(call),
        }
    }

    #[cold]
    fn enter_without_room(&self, call: &Call<'_>) -> Entry {
        if !self.room.rejects() {
            return match self.shared.enter(call) {
                Entry::Go(token) => Entry::Go(Origin::Shared(token).token()),
                refused => refused,
            };
        }
        self.rejected.fetch_add(1, Ordering::Relaxed);
        let refusal = Refusal::new(RefusalKind::TooManyKeys, &self.layer);
        let refusal = refusal.with_limit(self.room.max());
        let now = self.clock.now_of(call);
        let next = self.shards.iter().filter_map(|shard| lock(shard).next_clear()).min();
        // If another thread has just taken the room, it is not known when there will be more.
        Entry::Refuse(match next.filter(|at| now < *at && *at < Tick::MAX) {
            Some(at) => refusal.with_retry_at(at, now),
            None => refusal,
        })
    }

    #[inline]
    fn exit_keyed(&self, ticket: &Ticket, exit: &Exit<'_>) {
        // Read before the lock is taken.
        let now = self.clock.now_at(exit);
        lock(&self.shards[ticket.shard]).exit(ticket, now, exit);
    }

    pub(crate) fn keys(&self) -> u64 {
        self.room.kept()
    }

    pub(crate) fn describe_key(&self, key: Key<'_>, clock: &Clock) -> Option<BreakerStatus> {
        match self.find(key) {
            Some(key) => lock(self.shard_of(key)).describe(key, self.now(clock)),
            None => Some(self.unkeyed.describe(clock)),
        }
    }

    pub(crate) fn not_closed(&self, clock: &Clock) -> Vec<(KeyHash, BreakerStatus)> {
        let now = self.now(clock);
        let mut found = Vec::new();
        for shard in &self.shards {
            found.extend(lock(shard).not_closed(now));
        }
        found
    }

    pub(crate) fn describe(&self, clock: &Clock) -> KeyedStatus {
        self.describe_at(self.now(clock))
    }

    fn describe_at(&self, now: Tick) -> KeyedStatus {
        let (unkeyed, shared) = (self.unkeyed.describe_at(now), self.shared.describe_at(now));
        let mut status = KeyedStatus::new(unkeyed, shared);
        status.calls.refused += self.rejected.load(Ordering::Relaxed);
        for shard in &self.shards {
            lock(shard).add_to(&mut status, now);
        }
        status
    }
}

impl Backend for KeyedCircuits {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    #[inline]
    fn enter(&self, call: &Call<'_>) -> Entry {
        if self.clock.get().is_none() {
            self.settle_by(call);
        }
        match call.key().and_then(|key| self.find(key)) {
            Some(key) => self.enter_keyed(key, call),
            None => match self.unkeyed.enter(call) {
                Entry::Go(token) => Entry::Go(Origin::Unkeyed(token).token()),
                refused => refused,
            },
        }
    }

    #[inline]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        match Origin::of(token) {
            Origin::Unkeyed(token) => self.unkeyed.exit(token, exit),
            Origin::Shared(token) => self.shared.exit(token, exit),
            Origin::Key(ticket) => self.exit_keyed(&ticket, exit),
        }
    }

    /// A key that is not kept has a closed circuit, or shares one.
    fn accepts_extra(&self, call: &Call<'_>) -> bool {
        let Some(key) = call.key().and_then(|key| self.find(key)) else {
            return self.unkeyed.accepts_extra(call);
        };
        let state = lock(self.shard_of(key)).state(key);
        state.map_or_else(|| self.shared.accepts_extra(call), State::accepts_extra)
    }

    fn status(&self, now: Tick) -> Status {
        self.describe_at(now).into_status(&self.layer)
    }
}
