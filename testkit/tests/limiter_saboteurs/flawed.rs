//! A rate limiter that is as simple as can be, and right, but for the flaw it is given.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use seawall_core::{
    Backend, Call, Component, Entry, Exit, Key, KeySeed, Layer, Status, Tick, Token, Verdict,
};
use seawall_testkit::limiter::Setup;

use super::Flaw;
use crate::accounts::{Accounts, Name};
use crate::books::Books;
use crate::habits::Habits;
use crate::rate::Rate;

pub(crate) struct Flawed {
    pub(crate) layer: Layer,
    pub(crate) setup: Setup,
    pub(crate) rate: Rate,
    pub(crate) flaw: Option<Flaw>,
    started_by: ThreadId,
    inner: Arc<Mutex<Inner>>,
}

pub(crate) struct Inner {
    pub(crate) accounts: Accounts,
    pub(crate) books: Books,
    pub(crate) habits: Habits,
    /// Calls that have not ended, by their numbers.
    pub(crate) under_way: BTreeMap<u64, Admitted>,
    /// The number of the last call.
    pub(crate) last: u64,
    /// The latest time there was.
    latest: Tick,
}

/// A call that was let through.
pub(crate) struct Admitted {
    pub(crate) name: Name,
    pub(crate) start: Tick,
}

impl Flawed {
    pub(crate) fn new(setup: &Setup, flaw: Option<Flaw>) -> Self {
        let inner = Inner {
            accounts: Accounts::new(setup.max_keys, flaw),
            books: Books::new(flaw),
            habits: Habits::default(),
            under_way: BTreeMap::new(),
            last: 0,
            latest: Tick::ZERO,
        };
        Self {
            layer: Layer::new(Component::RateLimiter, "subject"),
            setup: *setup,
            rate: Rate::new(setup),
            flaw,
            started_by: thread::current().id(),
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Is this another thread than that which started it?
    pub(crate) fn is_abroad(&self) -> bool {
        thread::current().id() != self.started_by
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn name(&self, key: Option<Key<'_>>) -> Name {
        let seed = KeySeed::from_bytes([0; 16]);
        let name = match key {
            Some(key) if self.has(Flaw::KeysAreWhatTheyRead) => {
                Some(Key::new(&key.reveal()).hash(&seed))
            }
            Some(key) => Some(key.hash(&seed)),
            None if self.has(Flaw::NoKeyIsKeyZero) => Some(Key::new(&("key", 0)).hash(&seed)),
            None => None,
        };
        if self.has(Flaw::EachThreadHasAllThereIs) && self.is_abroad() {
            let thread = format!("{:?} for {name:?}", thread::current().id());
            return Some(Key::new(&thread).hash(&seed));
        }
        name
    }
}

impl Inner {
    /// Time does not go back here.
    pub(crate) fn time(&mut self, now: Tick) -> Tick {
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
        Self { layer, inner, ..*self }
    }
}

impl Backend for Flawed {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        self.ask(&mut self.lock(), call)
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        let (mut guard, verdict) = (self.lock(), exit.verdict());
        let inner = &mut *guard;
        let now = inner.time(exit.now());
        if !(self.has(Flaw::LosesWhatOtherThreadsEnd) && self.is_abroad()) {
            inner.books.end(verdict);
        }
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
        let status = Status::new(&self.layer, "ready").with("keys", inner.accounts.keys() as u64);
        inner.books.add_to(status)
    }
}
