use std::collections::HashMap;
use std::fmt;
use std::future::{Future, ready};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::{Coalescer, CoalescerOptions};
use crate::AtomicDuration;
use crate::driver::blocking::block_on;
use crate::sync::{Mutex, lock};
use crate::{
    Deadline, Detail, Driver, Error, InvalidOption, Key, KeyHash, KeyParts, KeySeed, Name, Status,
    Tick, Topic,
};

/// The options of a [`LastGood`].
///
/// | option | meaning | default |
/// |---|---|---|
/// | `fresh` | time for which a value is given without a call | 1 s |
/// | `stale` | time beyond that for which it is given if the call fails | 60 s |
/// | `backoff` | time after a failed call in which the old value is given without another | 1 s |
/// | `max_keys` | values that are kept | 10,000 |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastGoodOptions {
    /// The name.
    pub name: Name,
    /// The time for which a value is given without a call. Zero is allowed.
    pub fresh: Duration,
    /// The time beyond that for which a value is given if the call fails.
    pub stale: Duration,
    /// The time after a failed call in which the old value is given without another call.
    pub backoff: Duration,
    /// The number of values that are kept; beyond it, an old one makes room.
    pub max_keys: u32,
}

impl LastGoodOptions {
    /// Creates the default options.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        let second = Duration::from_secs(1);
        let (fresh, stale, backoff) = (second, 60 * second, second);
        Self { name: name.into(), fresh, stale, backoff, max_keys: 10_000 }
    }

    /// Sets the time for which a value is given without a call.
    #[must_use]
    pub const fn fresh(mut self, fresh: Duration) -> Self {
        self.fresh = fresh;
        self
    }

    /// Sets the time beyond that for which a value is given if the call fails.
    #[must_use]
    pub const fn stale(mut self, stale: Duration) -> Self {
        self.stale = stale;
        self
    }

    /// Sets the time after a failed call in which the old value is given without another call.
    #[must_use]
    pub const fn backoff(mut self, backoff: Duration) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets the number of values that are kept.
    #[must_use]
    pub const fn max_keys(mut self, max_keys: u32) -> Self {
        self.max_keys = max_keys;
        self
    }

    /// Checks the options.
    ///
    /// # Errors
    /// If the name is blank, or an option is not within its bounds.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.calls().validate()
    }

    /// Returns the options of the calls, which have the same name and bound.
    fn calls(&self) -> CoalescerOptions {
        CoalescerOptions::new(self.name.clone()).max_keys(self.max_keys)
    }
}

/// The last good answers by key: given while they are fresh, and, marked with their age, while the service
/// cannot be called. Clones share the answers.
///
/// Callers that ask for the same key at once make one call, as those of a [`Coalescer`] do. After a call
/// that was refused, cut or failed, the old value is given for `backoff` without another call.
pub struct LastGood<T, E> {
    shared: Arc<Shared<T, E>>,
    driver: Option<Driver>,
}

struct Shared<T, E> {
    fresh: AtomicDuration,
    stale: AtomicDuration,
    backoff: AtomicDuration,
    max_keys: AtomicU32,
    seed: KeySeed,
    calls: Coalescer<Arc<T>, Arc<Error<E>>>,
    kept: Box<[Shard<T>]>,
}

type Shard<T> = Mutex<HashMap<KeyHash, Kept<T>>>;

struct Kept<T> {
    value: Arc<T>,
    at: Tick,
    /// The time before which no call is made, after one that failed.
    calls_after: Tick,
}

/// An answer of a [`LastGood`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The value.
    pub value: Arc<T>,
    /// The time since the call that returned the value.
    pub age: Duration,
    /// True if the value is older than `fresh`, and given because a call failed.
    pub is_stale: bool,
}

const SHARDS: usize = 16;

impl<T, E> Clone for LastGood<T, E> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), driver: self.driver.clone() }
    }
}

impl<T, E> LastGood<T, E> {
    /// Creates a store without values.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub fn start(options: &LastGoodOptions) -> Result<Self, InvalidOption> {
        let shared = Shared {
            fresh: AtomicDuration::new(options.fresh),
            stale: AtomicDuration::new(options.stale),
            backoff: AtomicDuration::new(options.backoff),
            max_keys: AtomicU32::new(options.max_keys),
            seed: KeySeed::random(),
            calls: Coalescer::start(&options.calls())?,
            kept: (0..SHARDS).map(|_| Mutex::default()).collect(),
        };
        Ok(Self { shared: Arc::new(shared), driver: None })
    }

    /// Returns the options.
    #[must_use]
    pub fn options(&self) -> LastGoodOptions {
        let Shared { fresh, stale, backoff, max_keys, calls, .. } = &*self.shared;
        LastGoodOptions::new(calls.layer().name().clone())
            .fresh(fresh.get())
            .stale(stale.get())
            .backoff(backoff.get())
            .max_keys(max_keys.load(Relaxed))
    }

    /// Changes the options, also of the values that are kept: what is too old by them is not given any more,
    /// and what has no room is forgotten.
    ///
    /// # Errors
    /// If an option is not within its bounds, or the name is another one; then nothing changes.
    pub fn reconfigure(&self, options: &LastGoodOptions) -> Result<(), InvalidOption> {
        let shared = &*self.shared;
        shared.calls.reconfigure(&options.calls())?;
        shared.fresh.set(options.fresh);
        shared.stale.set(options.stale);
        shared.backoff.set(options.backoff);
        shared.max_keys.store(options.max_keys, Relaxed);
        for shard in &shared.kept {
            while let Some(_forgotten) =
                shared.make_room(&mut lock(shard), shared.most_of_shard() + 1)
            {}
        }
        Ok(())
    }

    /// Returns the status: `available`, with `kept`, the number of values.
    #[must_use]
    pub fn status(&self) -> Status {
        let kept: usize = self.shared.kept.iter().map(|shard| lock(shard).len()).sum();
        let kept = u64::try_from(kept).unwrap_or(u64::MAX);
        Status::new(self.shared.calls.layer(), "available").with_gauge("kept", kept, "{key}")
    }

    /// Returns the same store, whose stale answers `driver` reports: each as [`Topic::StaleAnswer`].
    #[must_use]
    pub fn with_driver(mut self, driver: &Driver) -> Self {
        self.driver = Some(driver.clone());
        self
    }

    /// Returns the value of `key`: that which is kept if it is fresh, else that of `call`, else the old one.
    /// The caller waits no longer than `deadline`, by whose clock the age of values is measured.
    ///
    /// # Errors
    /// The error of `call`, or a refusal if the deadline has passed, where no value is kept that is young
    /// enough.
    ///
    /// # Panics
    /// If `call` panics.
    pub async fn get<O>(
        &self,
        deadline: Deadline<'_>,
        key: impl KeyParts + Send + Sync,
        call: impl FnOnce() -> O,
    ) -> Result<Answer<T>, Arc<Error<E>>>
    where
        O: Future<Output = Result<T, Error<E>>>,
    {
        let shared = &*self.shared;
        let hash = Key::new(&key).hash(&shared.seed);
        if let Some(answer) = shared.find(hash, deadline.clock().now(), false) {
            return Ok(self.reported(answer, "backoff"));
        }
        let make = async || call().await.map(Arc::new).map_err(Arc::new);
        let outcome = shared.calls.run_until(deadline, key, make).await;
        let now = deadline.clock().now();
        let error = match outcome {
            Ok(outcome) => match &*outcome {
                Ok(value) => return Ok(shared.keep(hash, Arc::clone(value), now)),
                Err(error) => Arc::clone(error),
            },
            Err(refusal) => Arc::new(Error::Refused(refusal)),
        };
        match shared.find(hash, now, true) {
            Some(answer) => Ok(self.reported(answer, error.outcome())),
            None => Err(error),
        }
    }

    /// Returns the value of `key` on this thread as [`get`](Self::get) does, blocking it while another one calls
    /// for the same. A thread that calls cannot be cut.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    ///
    /// # Panics
    /// If `call` panics, or the thread has to wait and it drives the clock: see
    /// [`Clock::stops_with_this_thread`](crate::Clock::stops_with_this_thread).
    pub fn get_blocking(
        &self,
        deadline: Deadline<'_>,
        key: impl KeyParts + Send + Sync,
        call: impl FnOnce() -> Result<T, Error<E>>,
    ) -> Result<Answer<T>, Arc<Error<E>>> {
        block_on(Some(deadline.clock()), self.get(deadline, key, || ready(call())))
    }

    /// Emits that `answer` is given, if it is stale.
    fn reported(&self, answer: Answer<T>, replaced: &'static str) -> Answer<T> {
        if let Some(driver) = self.driver.as_ref().filter(|_| answer.is_stale) {
            let stale = || Detail::Stale { replaced, age: answer.age };
            driver.emit(Topic::StaleAnswer, self.shared.calls.layer(), stale);
        }
        answer
    }
}

impl<T, E> Shared<T, E> {
    fn shard(&self, key: KeyHash) -> &Shard<T> {
        &self.kept[usize::try_from(key.halves().0 % SHARDS as u64).unwrap_or(0)]
    }

    /// Returns the value that may be given at `now` without a call, or after one that `failed`.
    fn find(&self, key: KeyHash, now: Tick, failed: bool) -> Option<Answer<T>> {
        let mut shard = lock(self.shard(key));
        let kept = shard.get_mut(&key)?;
        let age = now.since(kept.at);
        let fresh = self.fresh.get();
        let is_stale = age >= fresh;
        if is_stale && age >= fresh.saturating_add(self.stale.get()) {
            return None;
        }
        if failed {
            kept.calls_after = now + self.backoff.get();
        } else if is_stale && now >= kept.calls_after {
            return None;
        }
        Some(Answer { value: Arc::clone(&kept.value), age, is_stale })
    }

    /// Returns the number of values that a shard has room for.
    fn most_of_shard(&self) -> usize {
        usize::try_from(self.max_keys.load(Relaxed)).unwrap_or(usize::MAX).div_ceil(SHARDS)
    }

    /// Takes an old value out of a shard that has `full` values or more.
    fn make_room(&self, shard: &mut HashMap<KeyHash, Kept<T>>, full: usize) -> Option<Kept<T>> {
        if shard.len() < full {
            return None;
        }
        // The oldest of a few: a scan of all would hold the lock for too long.
        let oldest = shard.iter().take(8).min_by_key(|(_, kept)| kept.at);
        let oldest = oldest.map(|(key, _)| *key)?;
        shard.remove(&oldest)
    }

    fn keep(&self, key: KeyHash, value: Arc<T>, now: Tick) -> Answer<T> {
        let answer = Answer { value: Arc::clone(&value), age: Duration::ZERO, is_stale: false };
        let mut shard = lock(self.shard(key));
        let is_new = !shard.contains_key(&key);
        let evicted = is_new.then(|| self.make_room(&mut shard, self.most_of_shard()));
        let replaced = shard.insert(key, Kept { value, at: now, calls_after: Tick::ZERO });
        drop(shard);
        drop((evicted, replaced));
        answer
    }
}

impl<T, E> fmt::Debug for LastGood<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LastGood").field(&self.options()).finish()
    }
}
