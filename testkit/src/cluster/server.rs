use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::Tick;
use seawall_store::{Moment, Script, StoreKey};

/// The simulated store: it runs the models of scripts, by a clock of its own.
#[derive(Debug)]
pub(super) struct Server(Mutex<Data>);

#[derive(Debug)]
struct Data {
    states: HashMap<StoreKey, Vec<f64>>,
    /// What was there before each of the last writes.
    before: VecDeque<(Tick, StoreKey, Option<Vec<f64>>)>,
    epoch: f64,
    /// In microseconds of the server's clock.
    born: f64,
    /// What the server's clock is ahead of true time, in microseconds.
    ahead: f64,
}

/// The server's clock when the simulation begins: far enough from zero to be behind true time.
const BEGIN: f64 = 86_400e6;
/// A replica misses no writes older than this.
const LONGEST_LAG: Duration = Duration::from_secs(30);

impl Server {
    /// Creates a store in which all keys have long been unused.
    pub(super) fn new() -> Self {
        let (states, before) = (HashMap::new(), VecDeque::new());
        Self(Mutex::new(Data { states, before, epoch: 1.0, born: 0.0, ahead: BEGIN }))
    }

    pub(super) fn run(
        &self,
        now: Tick,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Vec<f64> {
        let mut data = self.data();
        let moment = Moment { now: data.time(now), epoch: data.epoch, born: data.born };
        let state = data.states.get(key).map(Vec::as_slice);
        let applied = (script.model)(state, moment, arguments);
        if let Some(state) = applied.state {
            let before = data.states.insert(key.clone(), state);
            data.before.push_back((now, key.clone(), before));
            while data.before.front().is_some_and(|(at, ..)| *at + LONGEST_LAG < now) {
                data.before.pop_front();
            }
        }
        applied.reply
    }

    /// Replaces the store by a replica that misses what was written since `lag` ago.
    pub(super) fn fail_over(&self, now: Tick, lag: Duration) {
        let mut data = self.data();
        while data.before.back().is_some_and(|(at, ..)| *at + lag >= now) {
            match data.before.pop_back() {
                Some((_, key, Some(state))) => data.states.insert(key, state),
                Some((_, key, None)) => data.states.remove(&key),
                None => None,
            };
        }
        data.begin_epoch(now);
    }

    pub(super) fn restart_empty(&self, now: Tick) {
        self.evict();
        self.data().begin_epoch(now);
    }

    pub(super) fn evict(&self) {
        let mut data = self.data();
        data.states.clear();
        data.before.clear();
    }

    pub(super) fn step_clock(&self, by: f64) {
        self.data().ahead += by;
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Data {
    fn time(&self, now: Tick) -> f64 {
        (now.as_nanos() / 1000) as f64 + self.ahead
    }

    fn begin_epoch(&mut self, now: Tick) {
        self.before.clear();
        self.epoch += 1.0;
        self.born = self.time(now);
    }
}
