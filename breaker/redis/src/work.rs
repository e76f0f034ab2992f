use std::sync::{Arc, Weak};

use seawall_breaker::CircuitBreaker;
use seawall_core::{Backend as _, Clock, Deadline, Detail, Driver, Tick, Topic};
use seawall_store::circuit::{Answer, CIRCUIT, Exchange};
use seawall_store::{Random, StoreError};

use crate::Contact;
use crate::breaker::Shared;
use crate::node::Node;

/// By how much of it the time between exchanges is varied, so that instances do not all ask at once.
const JITTER: f64 = 0.2;
/// While the store is away, the time between exchanges doubles up to so often.
const DOUBLINGS: u32 = 2;

/// Exchanges with the store until the breaker is gone.
pub(crate) async fn run(shared: Weak<Shared>, driver: Driver) {
    let Some(mut work) = shared.upgrade().and_then(|shared| Work::begin(&shared, driver)) else {
        return;
    };
    loop {
        // Not kept while it sleeps: it is gone when all clones of the breaker are.
        let Some(shared) = work.shared.upgrade() else { return };
        let next = work.exchange(&shared).await;
        drop(shared);
        work.clock.sleep_until(next).await;
    }
}

struct Work {
    shared: Weak<Shared>,
    circuit: CircuitBreaker,
    driver: Driver,
    clock: Clock,
    /// There until it is dropped.
    node: Option<Node>,
    random: Random,
    /// Exchanges that failed in a row.
    failures: u32,
}

impl Work {
    /// Becomes the background work; `None` if there is another.
    fn begin(shared: &Arc<Shared>, driver: Driver) -> Option<Self> {
        let node = Some(shared.begin()?);
        let circuit = shared.circuit.clone().with_driver(driver.clone());
        let (clock, random) = (driver.clock().clone(), Random::new(shared.seed));
        let shared = Arc::downgrade(shared);
        Some(Self { shared, circuit, driver, clock, node, random, failures: 0 })
    }

    /// Makes an exchange, and returns when the next is due.
    async fn exchange(&mut self, shared: &Shared) -> Tick {
        let options = shared.options();
        let Some(node) = &mut self.node else { return Tick::MAX };
        node.reconfigure(&options);
        let (advice, sent) = (self.circuit.advice(), self.clock.now());
        let exchange = node.ask(advice, sent);
        let until = sent + node.timeout();
        match send(shared, &exchange, Deadline::new(&self.clock, until)).await {
            Ok(answer) => {
                self.failures = 0;
                let now = self.clock.now();
                node.answered(answer, advice, sent, now);
                if shared.show(Contact::Connected, node.view(), now) == Contact::Away {
                    self.driver
                        .emit(Topic::ComponentRecovered, self.circuit.layer(), || Detail::None);
                }
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                node.alone(advice);
                if shared.show(Contact::Away, None, self.clock.now()) != Contact::Away {
                    let detail = || Detail::degraded(Some(&error));
                    self.driver.emit(Topic::ComponentDegraded, self.circuit.layer(), detail);
                }
            }
        }
        let wait = options.exchange_every * (1 << self.failures.min(DOUBLINGS));
        self.clock.now() + wait.mul_f64(self.random.between(1.0 - JITTER, 1.0 + JITTER))
    }
}

async fn send(
    shared: &Shared,
    exchange: &Exchange,
    deadline: Deadline<'_>,
) -> Result<Answer, StoreError> {
    let arguments = exchange.arguments();
    let run = shared.store.run(&CIRCUIT, &shared.key, &arguments);
    let reply = deadline.cut(run).await;
    let reply = reply.unwrap_or_else(|| Err(StoreError::timed_out(shared.store.place())))?;
    Answer::read(&reply, exchange).ok_or_else(|| StoreError::garbled(shared.store.place()))
}

impl Drop for Work {
    /// Leaves the circuit to its own rules, and what is known to the next background work.
    fn drop(&mut self) {
        if let (Some(shared), Some(mut node)) = (self.shared.upgrade(), self.node.take()) {
            node.alone(self.circuit.advice());
            shared.stop(node, self.clock.now());
        }
    }
}
