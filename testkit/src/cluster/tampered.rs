use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use seawall_core::{Clock, Tick};
use seawall_store::{Contact, MemoryStore, Script, Store, StoreError, StoreKey};

/// A store in this process whose replies arrive as a test says: late, twice, in another order, or forged.
///
/// It knows what has arrived, so that a test can tell what a client may have got.
#[derive(Debug)]
pub struct Tampered {
    store: MemoryStore,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: VecDeque<Tampering>,
    /// The true replies to all requests, in their order.
    replies: Vec<Vec<f64>>,
    arrived: Vec<Arrived>,
}

/// What is done to the reply to one request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Tampering {
    /// It arrives after this time, so perhaps after the replies to later requests.
    Late(Duration),
    /// It never arrives.
    Lost,
    /// The reply to an earlier request arrives in its place, that many requests before.
    Earlier(usize),
    /// The number at this position is another.
    Number(usize, f64),
    /// It ends after that many numbers.
    Cut(usize),
    /// These numbers arrive in its place.
    Forged(Vec<f64>),
}

/// A reply that has arrived.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Arrived {
    /// When the request was sent.
    pub sent: Tick,
    /// The arguments of the request that it arrived for.
    pub arguments: Vec<f64>,
    /// The reply as it arrived.
    pub reply: Vec<f64>,
}

impl Tampering {
    /// Picks one by three numbers, such as a fuzzer makes.
    #[must_use]
    pub fn pick(kind: u8, which: u8, much: u64) -> Self {
        let number =
            if much.is_multiple_of(2) { (much / 2 % 1000) as f64 } else { f64::from_bits(much) };
        let which = usize::from(which);
        match (kind % 4, which % 4) {
            (0, _) => Self::Earlier(which % 4),
            (1, _) => Self::Number(which % 9, number),
            // Where replies have what was granted.
            (2, _) => Self::Number(2, number),
            (_, 0) => Self::Lost,
            (_, 1) => Self::Late(Duration::from_millis(much % 2000)),
            (_, 2) => Self::Cut(which / 4 % 9),
            _ => Self::Forged(vec![number; which / 4 % 12]),
        }
    }
}

impl Tampered {
    /// Creates an empty store that goes by `clock`.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let store = MemoryStore::new(clock.clone());
        Self { store, clock, state: Mutex::default() }
    }

    /// Tampers with the reply to the next request for which nothing was said yet. All others arrive as they
    /// are.
    pub fn tamper(&self, tampering: Tampering) {
        self.state().next.push_back(tampering);
    }

    /// Returns the number of requests.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.state().replies.len()
    }

    /// Returns what has arrived, in that order.
    #[must_use]
    pub fn arrived(&self) -> Vec<Arrived> {
        self.state().arrived.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Tampered {
    fn place(&self) -> String {
        "memory whose replies are tampered with".to_owned()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        self.store.contact().await
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let sent = self.clock.now();
        let mut reply = self.store.run(script, key, arguments).await?;
        let tampering = {
            let mut state = self.state();
            state.replies.push(reply.clone());
            let tampering = state.next.pop_front();
            if let Some(Tampering::Earlier(before)) = tampering
                && let Some(earlier) = state.replies.iter().rev().nth(before)
            {
                reply.clone_from(earlier);
            }
            tampering
        };
        match tampering {
            Some(Tampering::Late(by)) => self.clock.sleep_until(sent + by).await,
            Some(Tampering::Lost) => std::future::pending().await,
            Some(Tampering::Number(at, number)) => {
                if let Some(old) = reply.get_mut(at) {
                    *old = number;
                }
            }
            Some(Tampering::Cut(length)) => reply.truncate(length),
            Some(Tampering::Forged(numbers)) => reply = numbers,
            Some(Tampering::Earlier(_)) | None => {}
        }
        let arrived = Arrived { sent, arguments: arguments.to_vec(), reply: reply.clone() };
        self.state().arrived.push(arrived);
        Ok(reply)
    }
}
