//! A simple and correct rate limiter, except for the flaw that it is given.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread::{self, ThreadId};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Clock, Component, Entry, Exit, Key, KeyHash, KeySeed, Layer, Refusal, Status,
    Tick, Token, Verdict,
};
use seawall_testkit::limiter::{Setup, Subject};

use self::accounts::{Accounts, Name};
use self::books::Books;
use self::habits::Habits;
use self::rate::Rate;
use super::Flaw;

mod account;
mod accounts;
mod ask;
mod books;
mod end;
mod habits;
mod hand;
mod look;
mod rate;
mod refuse;
mod start;

static SEED: LazyLock<KeySeed> = LazyLock::new(|| KeySeed::from_bytes([0; 16]));

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(super) struct Flawed {
    layer: Layer,
    setup: Setup,
    rate: Arc<Mutex<Rate>>,
    flaw: Option<Flaw>,
    started_by: ThreadId,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    accounts: Accounts,
    books: Books,
    habits: Habits,
    /// Calls that have not ended, by their numbers.
    under_way: BTreeMap<u64, Admitted>,
    /// The wakers of calls that wait, by their numbers.
    wakers: BTreeMap<u64, Waker>,
    /// The number of the last call.
    last: u64,
    /// The latest time there was.
    latest: Tick,
}

/// A call that was admitted.
struct Admitted {
    name: Name,
    start: Tick,
    has_waited: bool,
}

impl Flawed {
    pub(super) fn subject<'a>(flaw: Option<Flaw>) -> Subject<'a> {
        Subject::with_set_rule(move |setup| Self::new(setup, flaw), Self::set_rule)
    }

    fn new(setup: &Setup, flaw: Option<Flaw>) -> Self {
        let component = match flaw {
            Some(Flaw::IsNoRateLimiter) => Component::CircuitBreaker,
            _ => Component::RateLimiter,
        };
        let inner = Inner {
            accounts: Accounts::new(setup.max_keys, flaw),
            books: Books::new(flaw),
            habits: Habits::default(),
            under_way: BTreeMap::new(),
            wakers: BTreeMap::new(),
            last: 0,
            latest: Tick::ZERO,
        };
        Self {
            layer: Layer::new(component, "subject"),
            setup: *setup,
            rate: Arc::new(Mutex::new(Rate::new(setup))),
            flaw,
            started_by: thread::current().id(),
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    fn rate(&self) -> Rate {
        *self.rate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the limit and the burst; what was spent stays spent.
    fn set_rule(&self, setup: &Setup, clock: &Clock) {
        let (mut inner, old, new) = (self.lock(), self.rate(), Rate::new(setup));
        let now = inner.time(clock.now());
        for account in inner.accounts.all() {
            if self.has(Flaw::EachNewRuleCostsOne) {
                account.spend(&old, now, 1);
            }
            if old != new {
                let max = self.has(Flaw::SmallerLimitForgives).then(|| new.parts(new.burst));
                account.convert(&old, now, max);
            }
        }
        *self.rate.lock().unwrap_or_else(PoisonError::into_inner) = new;
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Returns the layer of another limiter.
    fn another(&self) -> Layer {
        Layer::new(self.layer.component(), "another")
    }

    /// Returns true on another thread than the one that started it.
    fn is_abroad(&self) -> bool {
        thread::current().id() != self.started_by
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hash(&self, key: &Key<'_>) -> KeyHash {
        let parts = self.setup.key_parts.filter(|_| !self.has(Flaw::CountsWholeKeys));
        let Some(parts) = parts else { return key.hash(&SEED) };
        let hash = key.hash_prefix(parts, &SEED);
        let is_prefix = hash == key.hash(&SEED);
        match self.has(Flaw::PrefixIsAKeyOfItsOwn) && is_prefix {
            true => Key::new(&("prefix", hash.as_u128())).hash(&SEED),
            false => hash,
        }
    }

    fn name(&self, key: Option<Key<'_>>) -> Name {
        let name = match key {
            Some(key) if self.has(Flaw::KeysAreWhatTheyRead) && self.setup.key_parts.is_none() => {
                Some(Key::new(&key.reveal()).hash(&SEED))
            }
            Some(key) => Some(self.hash(&key)),
            None if self.has(Flaw::NoKeyIsKeyZero) => Some(Key::new(&("key", 0)).hash(&SEED)),
            None => None,
        };
        if self.has(Flaw::EachThreadHasAllThereIs) && self.is_abroad() {
            let name = name.map(KeyHash::as_u128);
            let thread = format!("{:?} for {name:?}", thread::current().id());
            return Some(Key::new(&thread).hash(&SEED));
        }
        name
    }
}

impl Inner {
    /// Returns the latest time so far: time does not go back here.
    fn time(&mut self, now: Tick) -> Tick {
        self.latest = self.latest.max(now);
        self.latest
    }
}

impl Clone for Flawed {
    fn clone(&self) -> Self {
        if self.has(Flaw::ClonesStartAnew) {
            return Self::new(&self.setup, self.flaw);
        }
        let (layer, inner) = (self.layer.clone(), Arc::clone(&self.inner));
        Self { layer, inner, rate: Arc::clone(&self.rate), ..*self }
    }
}

impl Backend for Flawed {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        self.ask(&mut self.lock(), call)
    }

    fn poll_start(
        &self,
        token: &mut Token,
        at: Tick,
        _now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        let mut inner = self.lock();
        if !(self.has(Flaw::WakesTheFirstWaker) && inner.wakers.contains_key(&token.0)) {
            inner.wakers.insert(token.0, waker.clone());
        }
        let admitted = inner
            .under_way
            .get(&token.0)
            .and_then(|call| inner.accounts.get(call.name).and_then(|account| account.at(token.0)));
        Ok(admitted.unwrap_or(at).min(at))
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        let (mut guard, verdict) = (self.lock(), exit.verdict());
        let inner = &mut *guard;
        let now = inner.time(exit.now());
        if !(self.has(Flaw::LosesWhatOtherThreadsEnd) && self.is_abroad()) {
            inner.books.end(verdict);
        }
        inner.wakers.remove(&token.0);
        let Some(admitted) = inner.under_way.remove(&token.0) else { return };
        match verdict {
            Verdict::Unused => self.give_back(inner, token.0, &admitted, exit.cost().get(), now),
            verdict => self.keep(inner, token.0, &admitted, verdict),
        }
    }

    fn status(&self, now: Tick) -> Status {
        let mut inner = self.lock();
        if self.has(Flaw::StatusMovesTime) {
            inner.time(now);
        }
        let layer = match self.has(Flaw::HasAnothersStatus) {
            true => self.another(),
            false => self.layer.clone(),
        };
        let status =
            Status::new(&layer, "ready").with_gauge("keys", inner.accounts.keys() as u64, "{key}");
        inner.books.add_to(status)
    }
}
