use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use seawall_core::{Clock, Tick};
use seawall_store::{Contact, Script, Store, StoreError, StoreErrorKind, StoreKey};

use super::server::Server;
use super::tasks::Tasks;
use super::{FaultKind, Plan};
use crate::law::Random;

/// What all connections of a simulation share.
pub(super) struct Network {
    pub(super) plan: Plan,
    pub(super) server: Server,
    pub(super) clock: Clock,
    pub(super) tasks: Tasks,
    pub(super) random: Mutex<Random>,
    /// The number of requests that each instance has sent.
    pub(super) requests: Mutex<Vec<u64>>,
}

/// One instance's connection to the store.
pub(super) struct Link {
    pub(super) instance: usize,
    pub(super) network: Arc<Network>,
}

/// Where a reply arrives.
#[derive(Default)]
struct Mailbox(Mutex<(Option<Vec<f64>>, Option<Waker>)>);

impl Network {
    /// Returns the kinds of faults that last at `now`.
    fn faults(&self, now: Tick) -> impl Iterator<Item = FaultKind> {
        let at = now.since(Tick::ZERO);
        self.plan.faults.iter().filter(move |fault| fault.covers(at)).map(|fault| fault.kind)
    }

    /// Returns half a round trip, more or less.
    fn way(&self) -> Duration {
        let part = self.random.lock().unwrap_or_else(PoisonError::into_inner).part();
        self.plan.round_trip.mul_f64((0.5 + part) / 2.0)
    }

    async fn pass(&self, time: Duration) {
        self.clock.sleep_until(self.clock.now() + time).await;
    }
}

impl Link {
    fn error(&self, kind: StoreErrorKind, problem: &str) -> StoreError {
        StoreError::new(kind, self.place(), problem)
    }

    /// Brings a request to the store, and its reply to `mailbox`.
    async fn deliver(
        network: Arc<Network>,
        instance: usize,
        script: &'static Script,
        key: StoreKey,
        arguments: Vec<f64>,
        mailbox: Arc<Mailbox>,
    ) {
        let mine = |kind: FaultKind, lost: fn(usize) -> FaultKind| {
            kind == FaultKind::Partition(instance) || kind == lost(instance)
        };
        let lost = |now: Tick, lost: fn(usize) -> FaultKind| {
            network.faults(now).any(|kind| mine(kind, lost))
        };
        let sent = network.clock.now();
        if lost(sent, FaultKind::LoseRequests) {
            return;
        }
        let late = network.faults(sent).filter_map(|kind| match kind {
            FaultKind::Delay(delayed, by) if delayed == instance => Some(by),
            _ => None,
        });
        let late: Duration = late.sum();
        network.pass(network.way() + late).await;
        if lost(network.clock.now(), FaultKind::LoseRequests) {
            return;
        }
        let at = network.clock.now().since(Tick::ZERO);
        let mut stops = network.plan.faults.iter();
        let stop = stops.find(|fault| fault.kind == FaultKind::Stop && fault.covers(at));
        if let Some(stop) = stop {
            network.pass(stop.at + stop.lasts - at).await;
        }
        let reply = network.server.run(network.clock.now(), script, &key, &arguments);
        network.pass(network.way()).await;
        if !lost(network.clock.now(), FaultKind::LoseReplies) {
            mailbox.put(reply);
        }
    }
}

#[async_trait]
impl Store for Link {
    fn place(&self) -> String {
        format!("simulated store, from instance {}", self.instance)
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        Ok(Contact::new("simulated store"))
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let (network, instance) = (&self.network, self.instance);
        let counted = network.requests.lock().map(|mut requests| requests[instance] += 1);
        counted.unwrap_or_else(|poisoned| poisoned.into_inner()[instance] += 1);
        if network.faults(network.clock.now()).any(|kind| kind == FaultKind::Down) {
            network.pass(network.way()).await;
            return Err(self.error(StoreErrorKind::Unavailable, "refuses connections"));
        }
        let mailbox = Arc::new(Mailbox::default());
        // A task of its own: a request that was sent arrives also if the caller is gone.
        let (key, arguments) = (key.clone(), arguments.to_vec());
        let network = Arc::clone(network);
        let delivery = Self::deliver(
            Arc::clone(&network),
            instance,
            script,
            key,
            arguments,
            Arc::clone(&mailbox),
        );
        network.tasks.spawn(None, delivery);
        let mut over = pin!(network.clock.sleep_until(network.clock.now() + network.plan.timeout));
        poll_fn(|cx| {
            if let Some(reply) = mailbox.take(cx.waker()) {
                return Poll::Ready(Ok(reply));
            }
            over.as_mut()
                .poll(cx)
                .map(|()| Err(self.error(StoreErrorKind::TimedOut, "did not answer in time")))
        })
        .await
    }
}

impl Mailbox {
    fn put(&self, reply: Vec<f64>) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.0 = Some(reply);
        if let Some(waker) = slot.1.take() {
            drop(slot);
            waker.wake();
        }
    }

    fn take(&self, waker: &Waker) -> Option<Vec<f64>> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.1 = Some(waker.clone());
        slot.0.take()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("instance", &self.instance).finish_non_exhaustive()
    }
}
