//! A few instances over a store in memory, on a clock that is turned by hand.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use async_trait::async_trait;
use seawall_breaker_redis::{BreakerOptions, SharedBreaker, SharedOptions, State};
use seawall_core::Driver;
use seawall_store::{Contact, MemoryStore, Script, Store, StoreError, StoreErrorKind, StoreKey};
use seawall_testkit::{ManualClock, Recorder};

pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const RESET: Duration = Duration::from_secs(5);

/// Longer than any time between exchanges.
pub(crate) const EXCHANGE: Duration = Duration::from_millis(310);

pub(crate) struct Cluster {
    pub(crate) time: ManualClock,
    pub(crate) memory: Arc<MemoryStore>,
    pub(crate) nodes: Vec<Node>,
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) struct Node {
    pub(crate) breaker: SharedBreaker,
    pub(crate) recorder: Recorder,
    pub(crate) store: Arc<Wire>,
    /// Not polled while it is paused.
    pub(crate) is_paused: bool,
    work: Option<Work>,
}

/// What one instance's connection does to its requests and replies.
#[derive(Debug)]
pub(crate) struct Wire {
    memory: Arc<MemoryStore>,
    mode: AtomicU8,
    last: Mutex<Vec<f64>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Plain,
    Away,
    /// Each request is carried out twice.
    Repeats,
    /// Each reply is that to the request before.
    RepliesStale,
    /// No reply comes.
    Silent,
}

const MODES: [Mode; 5] = [Mode::Plain, Mode::Away, Mode::Repeats, Mode::RepliesStale, Mode::Silent];

pub(crate) fn options() -> SharedOptions {
    SharedOptions::new(BreakerOptions::new("payments").failures(30).reset_after(RESET))
}

impl Cluster {
    pub(crate) fn new(nodes: u64, options: &SharedOptions) -> Self {
        let time = ManualClock::new();
        let memory = Arc::new(MemoryStore::new(time.clock()));
        let node = |seed| Node::start(&time, &memory, &options.clone().seed(seed << 20));
        let nodes = (1..=nodes).map(node).collect();
        let mut cluster = Self { time, memory, nodes };
        // All have heard of each other.
        cluster.pass(SECOND + 2 * EXCHANGE);
        cluster
    }

    /// Lets time pass, and the background work run.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.time.now() + time;
        self.work();
        while self.time.next_sleeper().is_some_and(|next| next < until) {
            self.time.advance_to_next();
            self.work();
        }
        self.time.advance_to(until);
        self.work();
    }

    fn work(&mut self) {
        for node in self.nodes.iter_mut().filter(|node| !node.is_paused) {
            if let Some(work) = &mut node.work {
                let ended = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(ended.is_pending(), "the breaker is there");
            }
        }
    }

    /// Opens the circuit of all by failures of the first two.
    pub(crate) fn open(&mut self) {
        for node in &self.nodes[..2] {
            node.fail(20);
        }
        self.pass(2 * EXCHANGE);
        for node in &self.nodes {
            assert_eq!(node.state(), State::Open);
        }
    }

    /// Opens it, and lets the time pass until the first instance probes.
    pub(crate) fn probe(&mut self) {
        self.open();
        self.pass(RESET - EXCHANGE);
        assert!(!self.nodes[0].succeeds(), "a refused call, so that it wants to probe");
        self.pass(2 * EXCHANGE);
        assert!(self.nodes[0].breaker.circuit().status().is_due, "it has the lease");
    }

    pub(crate) fn states(&self) -> Vec<State> {
        self.nodes.iter().map(Node::state).collect()
    }
}

impl Node {
    fn start(time: &ManualClock, memory: &Arc<MemoryStore>, options: &SharedOptions) -> Self {
        let recorder = Recorder::new();
        let store = Arc::new(Wire {
            memory: Arc::clone(memory),
            mode: AtomicU8::new(0),
            last: Mutex::new(vec![0.0; 13]),
        });
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let breaker = SharedBreaker::start(options, store.clone()).expect("valid options");
        let breaker = breaker.with_driver(driver);
        let work = Some(Box::pin(breaker.run()) as Work);
        Self { breaker, recorder, store, is_paused: false, work }
    }

    pub(crate) fn state(&self) -> State {
        self.breaker.status().circuit.state
    }

    #[track_caller]
    pub(crate) fn fail(&self, times: u32) {
        for _ in 0..times {
            self.breaker.protect().acquire_blocking().expect("admitted").failure();
        }
    }

    /// Makes a call, which succeeds if it is admitted; returns whether it is.
    pub(crate) fn succeeds(&self) -> bool {
        self.breaker.protect().acquire_blocking().map(seawall_core::Permit::success).is_ok()
    }

    /// Returns the causes of its changes, after their states.
    pub(crate) fn changes(&self) -> Vec<(&'static str, &'static str)> {
        let changes = self.recorder.events().into_iter().filter_map(|event| event.change);
        changes.map(|change| (change.to, change.cause)).collect()
    }

    pub(crate) fn stop(&mut self) {
        self.work = None;
    }

    pub(crate) fn start_again(&mut self) {
        self.work = Some(Box::pin(self.breaker.run()));
    }
}

impl Wire {
    pub(crate) fn set(&self, mode: Mode) {
        let at = MODES.iter().position(|known| *known == mode).expect("a mode");
        self.mode.store(u8::try_from(at).expect("small"), SeqCst);
    }
}

#[async_trait]
impl Store for Wire {
    fn place(&self) -> String {
        "memory".to_owned()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        self.memory.contact().await
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let mode = MODES[usize::from(self.mode.load(SeqCst))];
        if mode == Mode::Away {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "memory", "is away"));
        }
        let reply = self.memory.run(script, key, arguments).await?;
        if mode == Mode::Repeats {
            self.memory.run(script, key, arguments).await?;
        }
        if mode == Mode::Silent {
            std::future::pending::<()>().await;
        }
        let last = std::mem::replace(&mut *self.last.lock().expect("no panic"), reply.clone());
        Ok(if mode == Mode::RepliesStale { last } else { reply })
    }
}
