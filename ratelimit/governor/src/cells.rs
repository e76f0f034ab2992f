use std::cell::Cell as Slot;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::KeyedStateStore;
use seawall_core::{KeyHash, Tick, Token};

use crate::cell::Cell;
use crate::shard::{NoRoom, Shard, halves};

/// The buckets of one rule: one for calls without a key, one per key up to a maximum, and one that
/// all further keys share.
///
/// This is governor's store. Governor decides and the store stores; so the store adds a limit on
/// keys, peeking and refunds.
#[derive(Debug)]
pub(crate) struct Cells {
    unkeyed: Mutex<Single>,
    shards: Box<[Mutex<Shard>]>,
    overflow: Mutex<Single>,
}

#[derive(Debug)]
struct Single {
    cell: Cell,
    takings: u64,
}

/// Which bucket, and when: governor reads its clock itself, but hands the store the key, so the
/// time travels with that and the clock stands still (see [`Still`]).
pub(crate) struct Question {
    key: Option<KeyHash>,
    now: Tick,
    /// As of when it is asked: a call that waits is decided as of the time at which it will run.
    at: Tick,
    /// Where tokens were taken, for giving them back.
    taken: Slot<Token>,
}

impl Question {
    pub(crate) fn new(key: Option<KeyHash>, now: Tick) -> Self {
        Self { key, now, at: now, taken: Slot::default() }
    }

    /// The same question as of another time.
    pub(crate) fn at_time(mut self, at: Tick) -> Self {
        self.at = at;
        self
    }

    pub(crate) fn taken(&self) -> Token {
        self.taken.get()
    }
}

/// Which kind of bucket a token is of, in its lowest bits; the rest is the taking's number.
const UNKEYED: u64 = 0;
const KEYED: u64 = 1;
const OVERFLOW: u64 = 2;

impl Cells {
    pub(crate) fn new(max_keys: usize) -> Self {
        // A few keys do not fill many shards evenly, and would be told too early that there is no
        // room.
        let shards = if max_keys < 4096 { 1 } else { 16 };
        let shard = |_| Mutex::new(Shard::new(max_keys / shards));
        let single = || Mutex::new(Single { cell: Cell::FULL, takings: 0 });
        Self { unkeyed: single(), shards: (0..shards).map(shard).collect(), overflow: single() }
    }

    /// How many keys have a bucket of their own.
    pub(crate) fn keys(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// The bucket that a call with `key` would be counted in at `now`.
    pub(crate) fn peek(&self, key: Option<KeyHash>, now: Tick) -> Cell {
        let Some(key) = key else { return lock(&self.unkeyed).cell };
        let own = lock(self.shard(halves(key).0)).peek(key, now);
        own.unwrap_or_else(|NoRoom| lock(&self.overflow).cell)
    }

    /// Refunds tokens worth `time` to the bucket that a call with `key` would be counted in.
    pub(crate) fn refund(&self, key: Option<KeyHash>, now: Tick, time: Duration) {
        let Some(key) = key else { return lock(&self.unkeyed).cell.refund(time) };
        let refunded = lock(self.shard(halves(key).0)).refund(key, now, time);
        refunded.unwrap_or_else(|NoRoom| lock(&self.overflow).cell.refund(time));
    }

    /// Fills the bucket of `key`. One that many keys share stays as it is.
    pub(crate) fn reset(&self, key: Option<KeyHash>) {
        match key {
            Some(key) => lock(self.shard(halves(key).0)).reset(key),
            None => lock(&self.unkeyed).cell = Cell::FULL,
        }
    }

    /// Gives back tokens worth `time` that were taken and not used.
    pub(crate) fn give_back(&self, Token(half, tag): Token, time: Duration) {
        let number = tag >> 2;
        match tag & 3 {
            UNKEYED => lock(&self.unkeyed).cell.give_back(number, time),
            KEYED => lock(self.shard(half)).give_back(half, number, time),
            _ => lock(&self.overflow).cell.give_back(number, time),
        }
    }

    fn shard(&self, half: u64) -> &Mutex<Shard> {
        // The map inside uses the lowest and the highest bits.
        let index = (half >> 32) as usize % self.shards.len();
        &self.shards[index]
    }
}

impl Single {
    fn ask<T, E>(
        &mut self,
        at: Tick,
        decide: impl FnOnce(Option<Duration>) -> Result<(T, Duration), E>,
    ) -> Result<(T, u64), E> {
        let (answer, missing) = decide(self.cell.missing(at))?;
        self.takings += 1;
        self.cell.take(self.takings, at, missing);
        Ok((answer, self.takings))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The store as governor holds it.
pub(crate) struct Shared(pub(crate) Arc<Cells>);

impl StateStore for Shared {
    type Key = Question;

    fn measure_and_replace<T, F, E>(&self, question: &Question, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let cells = &*self.0;
        let (now, at) = (question.now, question.at);
        let decide = |missing: Option<Duration>| {
            let (answer, missing) = decide(missing.map(Nanos::from))?;
            Ok((answer, Duration::from(missing)))
        };
        let (answer, half, number, kind) = match question.key {
            None => {
                let (answer, number) = lock(&cells.unkeyed).ask(at, decide)?;
                (answer, 0, number, UNKEYED)
            }
            Some(key) => {
                let half = halves(key).0;
                let asked = lock(cells.shard(half)).ask(key, (now, at), decide);
                match asked {
                    Ok(decision) => {
                        let (answer, number) = decision?;
                        (answer, half, number, KEYED)
                    }
                    Err(NoRoom) => {
                        let (answer, number) = lock(&cells.overflow).ask(at, decide)?;
                        (answer, 0, number, OVERFLOW)
                    }
                }
            }
        };
        question.taken.set(Token(half, number << 2 | kind));
        Ok(answer)
    }
}

impl KeyedStateStore<Question> for Shared {}

/// Governor asks for it and never calls it: the store finds the bucket.
impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// A clock that stands still: governor sees each question at its own time zero.
#[derive(Clone, Debug)]
pub(crate) struct Still;

impl Clock for Still {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(0)
    }
}
