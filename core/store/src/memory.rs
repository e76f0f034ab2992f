use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use seawall_core::Clock;

use crate::{Contact, Moment, Script, Store, StoreError, StoreKey};

/// A store in this process, which runs the models of scripts: for tests, and to share limits between
/// parts of one process. It forgets nothing of its own accord.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Clock,
    data: Mutex<Data>,
}

/// Longer ago than any state matters: a thousand days, in microseconds.
const LONG: f64 = 86.4e12;

#[derive(Debug)]
struct Data {
    states: HashMap<StoreKey, Vec<f64>>,
    epoch: f64,
    /// In microseconds; may lie before the clock's beginning.
    born: f64,
}

impl MemoryStore {
    /// Creates an empty store that goes by `clock`, in which every key has long been unused.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let data = Data { states: HashMap::new(), epoch: 1.0, born: -LONG };
        Self { clock, data: Mutex::new(data) }
    }

    /// Loses all data, as a server does that is restarted without a file.
    pub fn restart_empty(&self) {
        let mut data = self.data();
        data.states.clear();
        data.epoch += 1.0;
        data.born = self.now();
    }

    /// Returns the state of `key`, if there is one.
    #[must_use]
    pub fn state(&self, key: &StoreKey) -> Option<Vec<f64>> {
        self.data().states.get(key).cloned()
    }

    /// Writes a state, as a program does that is not one of the scripts.
    pub fn write(&self, key: &StoreKey, state: &[f64]) {
        self.data().states.insert(key.clone(), state.to_vec());
    }

    fn now(&self) -> f64 {
        (self.clock.now().as_nanos() / 1000) as f64
    }

    fn data(&self) -> std::sync::MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn place(&self) -> String {
        "memory of this process".to_owned()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        Ok(Contact::new("memory"))
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let mut data = self.data();
        let moment = Moment { now: self.now(), epoch: data.epoch, born: data.born };
        let state = data.states.get(key).map(Vec::as_slice);
        let applied = (script.model)(state, moment, arguments);
        if let Some(state) = applied.state {
            data.states.insert(key.clone(), state);
        }
        Ok(applied.reply)
    }
}
