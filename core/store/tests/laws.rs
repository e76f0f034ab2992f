//! The laws of stores: the store in memory keeps to them, and each law finds a store that breaks only it.

use std::collections::HashMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use seawall_core::Clock;
use seawall_store::laws::{self, Law, Subject};
use seawall_store::{
    Contact, MemoryStore, Moment, Script, Store, StoreError, StoreErrorKind, StoreKey,
};

struct Memory(Arc<MemoryStore>);

#[async_trait]
impl Subject for Memory {
    fn client(&self) -> Arc<dyn Store> {
        self.0.clone()
    }

    async fn spoil(&self, key: &StoreKey, numbers: &[f64]) {
        self.0.write(key, numbers);
    }

    async fn lose_data(&self) {
        self.0.restart_empty();
    }
}

fn check(law: &Law, subject: Arc<dyn Subject>) {
    Clock::system().block_on(law.check(subject));
}

#[test]
fn memory_keeps_to_them() {
    for law in laws::ALL {
        println!("{}", law.name());
        check(law, Arc::new(Memory(Arc::new(MemoryStore::new(Clock::system())))));
    }
}

/// Each fault breaks the law at the same place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    ReadsAndWritesApart,
    RunsTwice,
    StaysLocked,
    HasOneStateForAll,
    LosesTheSignOfZero,
    RemovesWhatIsLeft,
    RefusesWhatItDoesNotKnow,
    AddsTheTimeOfTheClient,
    HasAnEpochForEachClient,
    KeepsTheEpoch,
    BeginsLongAgo,
}

const FAULTS: [Fault; 11] = [
    Fault::ReadsAndWritesApart,
    Fault::RunsTwice,
    Fault::StaysLocked,
    Fault::HasOneStateForAll,
    Fault::LosesTheSignOfZero,
    Fault::RemovesWhatIsLeft,
    Fault::RefusesWhatItDoesNotKnow,
    Fault::AddsTheTimeOfTheClient,
    Fault::HasAnEpochForEachClient,
    Fault::KeepsTheEpoch,
    Fault::BeginsLongAgo,
];

/// A store with one deliberate fault.
struct Saboteur {
    fault: Fault,
    data: Arc<Mutex<Data>>,
}

#[derive(Debug)]
struct Data {
    states: HashMap<String, Vec<f64>>,
    now: f64,
    epoch: f64,
    born: f64,
    clients: u32,
    locked: bool,
    spoiled: bool,
}

#[derive(Debug)]
struct Client {
    fault: Fault,
    number: u32,
    data: Arc<Mutex<Data>>,
}

impl Saboteur {
    fn new(fault: Fault) -> Self {
        let data = Data {
            states: HashMap::new(),
            now: 1000.0,
            epoch: 1.0,
            born: 0.0,
            clients: 0,
            locked: false,
            spoiled: false,
        };
        Self { fault, data: Arc::new(Mutex::new(data)) }
    }
}

#[async_trait]
impl Subject for Saboteur {
    fn client(&self) -> Arc<dyn Store> {
        let mut data = self.data.lock().expect("no panic");
        data.clients += 1;
        Arc::new(Client { fault: self.fault, number: data.clients, data: Arc::clone(&self.data) })
    }

    async fn spoil(&self, key: &StoreKey, numbers: &[f64]) {
        let mut data = self.data.lock().expect("no panic");
        data.states.insert(key.as_str().to_owned(), numbers.to_vec());
        data.spoiled = true;
    }

    async fn lose_data(&self) {
        let mut data = self.data.lock().expect("no panic");
        data.states.clear();
        data.born = if self.fault == Fault::BeginsLongAgo { 0.0 } else { data.now };
        data.epoch += if self.fault == Fault::KeepsTheEpoch { 0.0 } else { 1.0 };
    }
}

/// Lets other tasks go on once.
async fn pause() {
    let mut paused = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Client {
    fn key(&self, script: &Script, key: &StoreKey) -> String {
        let is_one = self.fault == Fault::HasOneStateForAll && script.name == "swap";
        if is_one { String::new() } else { key.as_str().to_owned() }
    }

    fn moment(&self, data: &mut Data) -> Moment {
        data.now += 1.0;
        let Data { mut now, mut epoch, born, .. } = *data;
        match self.fault {
            Fault::AddsTheTimeOfTheClient => now += f64::from(self.number - 1) * 1e6,
            Fault::HasAnEpochForEachClient => epoch += f64::from(self.number - 1) * 1e6,
            _ => {}
        }
        Moment { now, epoch, born }
    }

    /// Runs `script` on `state`, which was read before.
    fn apply(
        &self,
        script: &Script,
        key: &str,
        state: Option<&[f64]>,
        arguments: &[f64],
    ) -> Vec<f64> {
        let mut data = self.data.lock().expect("no panic");
        let moment = self.moment(&mut data);
        let applied = (script.model)(state, moment, arguments);
        match applied.state {
            Some(mut state) => {
                if self.fault == Fault::LosesTheSignOfZero {
                    state.iter_mut().for_each(|number| *number += 0.0);
                }
                data.states.insert(key.to_owned(), state);
            }
            None if self.fault == Fault::RemovesWhatIsLeft => drop(data.states.remove(key)),
            None => {}
        }
        applied.reply
    }

    fn state(&self, key: &str) -> Option<Vec<f64>> {
        self.data.lock().expect("no panic").states.get(key).cloned()
    }
}

#[async_trait]
impl Store for Client {
    fn place(&self) -> String {
        "nowhere".to_owned()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        Ok(Contact::new("a saboteur"))
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let key = self.key(script, key);
        if self.fault == Fault::StaysLocked && script.name == "swap" {
            let locked = std::mem::replace(&mut self.data.lock().expect("no panic").locked, true);
            if locked {
                return Err(StoreError::new(StoreErrorKind::Unavailable, "nowhere", "locked"));
            }
            pause().await;
            self.data.lock().expect("no panic").locked = false;
        }
        let spoiled = std::mem::take(&mut self.data.lock().expect("no panic").spoiled);
        if spoiled && self.fault == Fault::RefusesWhatItDoesNotKnow {
            return Err(StoreError::new(StoreErrorKind::Garbled, "nowhere", "unknown"));
        }
        if self.fault == Fault::RunsTwice && script.name == "count" {
            self.apply(script, &key, self.state(&key).as_deref(), arguments);
        }
        let state = self.state(&key);
        if self.fault == Fault::ReadsAndWritesApart {
            pause().await;
        }
        Ok(self.apply(script, &key, state.as_deref(), arguments))
    }
}

#[test]
fn each_law_finds_a_store_that_breaks_only_it() {
    assert_eq!(FAULTS.len(), laws::ALL.len(), "one for each");
    for (n, fault) in FAULTS.into_iter().enumerate() {
        for (m, law) in laws::ALL.iter().enumerate() {
            let subject = Arc::new(Saboteur::new(fault));
            let kept = catch_unwind(AssertUnwindSafe(|| check(law, subject))).is_ok();
            assert_eq!(kept, n != m, "`{}` and {fault:?}", law.name());
        }
    }
}
