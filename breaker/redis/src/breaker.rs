use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_breaker::CircuitBreaker;
use seawall_core::{
    Backend, Call, Driver, Entry, Error, Exit, Guarded, Layer, Name, Status, Tick, Token,
};
use seawall_store::circuit::{CIRCUIT, ClusterView};
use seawall_store::{Store, StoreKey};

use crate::node::Node;
use crate::status::{with_contact, with_view};
use crate::{Contact, InvalidOption, SharedOptions, SharedStatus, work};

/// A circuit breaker with a view of the service that instances share. Clones are cheap and are the same
/// breaker.
///
/// Calls go through the instance's own [`circuit`](Self::circuit) alone, at its cost. The
/// [background work](Self::run) exchanges with the store what instances have counted, and opens, holds and
/// closes the circuit as they agree. Without it, and while the store is away, the circuit is this
/// instance's alone.
#[derive(Clone)]
pub struct SharedBreaker {
    circuit: CircuitBreaker,
    driver: Driver,
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    /// Without the driver.
    pub(crate) circuit: CircuitBreaker,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) key: StoreKey,
    pub(crate) seed: u64,
    /// What the background work knows, while none runs.
    node: Mutex<Option<Node>>,
    shown: Mutex<Shown>,
}

/// What the background work and the status share. No lock is held while the circuit changes, since observers
/// may read the status then.
struct Shown {
    options: SharedOptions,
    contact: Contact,
    /// When the contact became what it is.
    since: Tick,
    view: Option<ClusterView>,
}

impl SharedBreaker {
    /// Starts a breaker with a closed circuit.
    ///
    /// # Errors
    /// If an option is out of its range.
    pub fn start(options: &SharedOptions, store: Arc<dyn Store>) -> Result<Self, InvalidOption> {
        options.validate()?;
        let circuit = CircuitBreaker::start(&options.breaker)?;
        let seed = options.seed.unwrap_or_else(|| RandomState::new().hash_one(0_u8));
        let shared = Shared {
            key: options.secret.name(CIRCUIT.name, circuit.name().as_str(), None),
            circuit: circuit.clone(),
            store,
            seed,
            node: Mutex::new(Some(Node::new(options.clone(), (seed >> 12).max(1)))),
            shown: Mutex::new(Shown {
                options: options.clone(),
                contact: Contact::Stopped,
                since: Tick::ZERO,
                view: None,
            }),
        };
        Ok(Self { circuit, driver: Driver::new(), shared: Arc::new(shared) })
    }

    /// Runs the breaker's calls through `driver`, with its clock and observers.
    #[must_use]
    pub fn with_driver(self, driver: Driver) -> Self {
        let circuit = self.circuit.with_driver(driver.clone());
        Self { circuit, driver, shared: self.shared }
    }

    /// Returns the breaker's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.circuit.name()
    }

    /// Returns the circuit of this instance, for what concerns it alone: manual control, snapshots, an
    /// attachment to a [`Control`](seawall_breaker::Control). New options go to
    /// [`reconfigure`](Self::reconfigure).
    #[must_use]
    pub const fn circuit(&self) -> &CircuitBreaker {
        &self.circuit
    }

    /// Returns the background work: it exchanges what instances know until all clones of the breaker are
    /// gone. By the clock of the driver, on any executor. Of several, one works, and the others end at once.
    pub fn run(&self) -> impl Future<Output = ()> + Send + use<> {
        work::run(Arc::downgrade(&self.shared), self.driver.clone())
    }

    /// Goes on under other options, as [`CircuitBreaker::reconfigure`] does. The name and the secret stay
    /// what they were.
    ///
    /// # Errors
    /// If an option is out of its range; then nothing changes.
    pub fn reconfigure(&self, options: &SharedOptions) -> Result<(), InvalidOption> {
        options.validate()?;
        self.circuit.reconfigure(&options.breaker)?;
        lock(&self.shared.shown).options = options.clone();
        Ok(())
    }

    /// Returns the status of this instance's circuit, and the view that instances share.
    #[must_use]
    pub fn status(&self) -> SharedStatus {
        let circuit = self.circuit.status();
        let shown = lock(&self.shared.shown);
        SharedStatus { circuit, contact: shown.contact, view: shown.view }
    }

    /// Runs `op` if the circuit admits it, and cuts it after `timeout`.
    ///
    /// # Errors
    /// As [`CircuitBreaker::execute`].
    ///
    /// # Panics
    /// If `op` does, which counts as a failure.
    #[inline]
    pub fn execute<T, E, O>(
        &self,
        op: impl FnOnce() -> O,
        timeout: Duration,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.circuit.execute(op, timeout)
    }

    /// Runs `op` on this thread if the circuit admits it.
    ///
    /// # Errors
    /// As [`CircuitBreaker::execute_blocking`].
    ///
    /// # Panics
    /// If `op` does, which counts as a failure.
    pub fn execute_blocking<T, E>(&self, op: impl FnOnce() -> Result<T, E>) -> Result<T, Error<E>> {
        self.circuit.execute_blocking(op)
    }

    /// Begins a call through this breaker, to be configured further and run.
    #[inline]
    pub fn protect(&self) -> Guarded<'_, CircuitBreaker> {
        self.circuit.protect()
    }
}

impl Shared {
    /// Gives background work what it knows; `None` if another one runs.
    pub(crate) fn begin(&self) -> Option<Node> {
        let node = lock(&self.node).take()?;
        lock(&self.shown).contact = Contact::Connecting;
        Some(node)
    }

    /// Keeps what background work knew for the next one.
    pub(crate) fn stop(&self, node: Node, now: Tick) {
        self.show(Contact::Stopped, None, now);
        *lock(&self.node) = Some(node);
    }

    pub(crate) fn options(&self) -> SharedOptions {
        lock(&self.shown).options.clone()
    }

    /// Shows the contact and the view in the status. Returns the contact before.
    pub(crate) fn show(&self, contact: Contact, view: Option<ClusterView>, now: Tick) -> Contact {
        let mut shown = lock(&self.shown);
        shown.view = view;
        if shown.contact != contact {
            shown.since = now;
        }
        std::mem::replace(&mut shown.contact, contact)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend for SharedBreaker {
    fn layer(&self) -> &Layer {
        self.circuit.layer()
    }

    #[inline(always)]
    fn enter(&self, call: &Call<'_>) -> Entry {
        self.circuit.enter(call)
    }

    #[inline(always)]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.circuit.exit(token, exit);
    }

    fn accepts_extra(&self, call: &Call<'_>) -> bool {
        self.circuit.accepts_extra(call)
    }

    /// Returns the status of this instance's circuit, with what it knows of the others as readings.
    fn status(&self, now: Tick) -> Status {
        let status = Backend::status(&self.circuit, now);
        let shown = lock(&self.shared.shown);
        let status = with_contact(status, shown.contact, now.since(shown.since));
        with_view(status, shown.view)
    }
}

impl fmt::Debug for SharedBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedBreaker")
            .field("layer", self.circuit.layer())
            .field("store", &self.shared.store.place())
            .finish_non_exhaustive()
    }
}
