use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Waker;

use seawall_bulkhead::Bulkhead;
use seawall_core::{
    Backend, Call, Driver, Entry, Error, Exit, Guarded, Layer, Name, Refusal, Status, Tick, Token,
};
use seawall_store::permits::PERMITS;
use seawall_store::{Store, StoreKey};

use crate::lease::{Contact, Lease};
use crate::{InvalidOption, SharedOptions, work};

/// Limits the number of concurrent calls of all instances together. Clones are cheap and share the
/// permits.
///
/// An instance holds permits on a lease, and starts and ends calls without asking the store. Its
/// [background work](Self::run) renews the lease, and asks for more or fewer permits as calls need them.
/// Until that has got the first ones, and while the store is away for longer than a lease, calls wait or
/// are refused.
#[derive(Clone)]
pub struct SharedBulkhead {
    inner: Arc<Inner>,
    driver: Driver,
}

pub(crate) struct Inner {
    /// The permits of this instance.
    pub(crate) bulkhead: Bulkhead,
    pub(crate) lease: Lease,
    pub(crate) options: SharedOptions,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) key: StoreKey,
    pub(crate) seed: u64,
    /// The maximum of all instances.
    most: AtomicU32,
}

impl SharedBulkhead {
    /// Starts a bulkhead that holds no permits yet.
    ///
    /// # Errors
    /// If an option is out of its range.
    pub fn start(options: &SharedOptions, store: Arc<dyn Store>) -> Result<Self, InvalidOption> {
        options.validate()?;
        let bulkhead = Bulkhead::start(&options.bulkhead)?;
        bulkhead.set_permits(0);
        let name = bulkhead.name().as_str();
        let inner = Inner {
            key: options.secret.name(PERMITS.name, name, None),
            lease: Lease::new(),
            store,
            seed: options.seed.unwrap_or_else(|| RandomState::new().hash_one(0_u8)),
            most: AtomicU32::new(options.bulkhead.max_concurrent_calls()),
            options: options.clone(),
            bulkhead,
        };
        Ok(Self { inner: Arc::new(inner), driver: Driver::new() })
    }

    /// Runs the bulkhead's calls through `driver`, with its clock and observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// Returns the bulkhead's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.inner.bulkhead.name()
    }

    /// Returns the background work: it asks the store for permits until all clones of the bulkhead are
    /// gone. By the clock of the driver, on any executor. Of several, one works, and the others end at once.
    pub fn run(&self) -> impl Future<Output = ()> + Send + use<> {
        work::run(Arc::downgrade(&self.inner), self.driver.clone())
    }

    /// Refuses all further calls, including those that wait. Running calls continue; the background work
    /// gives the permits of all others back.
    pub fn close(&self) {
        self.inner.bulkhead.close();
        self.inner.lease.changed.notify_one();
    }

    /// Changes the maximum of all instances. Each of them must change it; while they differ, the smallest
    /// holds for the instances that know it.
    ///
    /// # Errors
    /// If it is out of its range; then nothing changes.
    pub fn resize(&self, max_concurrent: u32) -> Result<(), InvalidOption> {
        self.inner.options.bulkhead.clone().max_concurrent(max_concurrent).validate()?;
        self.inner.most.store(max_concurrent, Ordering::Relaxed);
        self.inner.lease.changed.notify_one();
        Ok(())
    }

    /// Runs `op` as soon as it gets a permit.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is no permit, or none in time; [`Error::Failed`] with the error
    /// of `op`.
    ///
    /// # Panics
    /// If `op` panics; its permit is released.
    pub async fn execute<T, E, O>(&self, op: impl FnOnce() -> O) -> Result<T, Error<E>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.protect().run(op).await
    }

    /// Starts to describe a call through this bulkhead, for example its deadline.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }
}

impl Inner {
    /// Returns the maximum of all instances.
    pub(crate) fn most(&self) -> u32 {
        self.most.load(Ordering::Relaxed)
    }
}

impl Backend for SharedBulkhead {
    fn layer(&self) -> &Layer {
        self.inner.bulkhead.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        let inner = &*self.inner;
        inner.lease.check(&inner.bulkhead, call.now());
        match inner.bulkhead.enter(call) {
            Entry::Go(token) => Entry::Go(token),
            Entry::Refuse(refusal) => {
                inner.lease.miss();
                Entry::Refuse(refusal.with_limit(inner.most().into()))
            }
            Entry::Pending(mut waiting) => {
                inner.lease.needed.notify_one();
                waiting.refusal = waiting.refusal.with_limit(inner.most().into());
                Entry::Pending(waiting)
            }
            other => other,
        }
    }

    fn poll_start(
        &self,
        token: &mut Token,
        at: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        self.inner.bulkhead.poll_start(token, at, now, waker)
    }

    fn expire(&self, token: Option<Token>) {
        self.inner.bulkhead.expire(token);
    }

    /// Releases the permit, unless the lease is over: then no waiting call may have it.
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.inner.lease.check(&self.inner.bulkhead, exit.now());
        self.inner.bulkhead.exit(token, exit);
    }

    fn accepts_extra(&self, call: &Call<'_>) -> bool {
        self.inner.bulkhead.accepts_extra(call)
    }

    /// Returns the status of this instance, and the maximum of all.
    fn status(&self, now: Tick) -> Status {
        self.inner.lease.check(&self.inner.bulkhead, now);
        let contact = self.inner.lease.contact();
        let mut status = self.inner.bulkhead.status(now);
        status.state = match contact {
            _ if self.inner.bulkhead.is_closed() => status.state,
            Contact::Stopped => "stopped",
            Contact::Connecting => "connecting",
            Contact::Connected => status.state,
            Contact::Away => "away",
        };
        let connected = contact == Contact::Connected;
        let status = status.with_gauge("shared_max", self.inner.most().into(), "{call}");
        status.with_gauge("connected", connected.into(), "{connection}")
    }
}

impl fmt::Debug for SharedBulkhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        f.debug_struct("SharedBulkhead")
            .field("layer", inner.bulkhead.layer())
            .field("store", &inner.store.place())
            .finish_non_exhaustive()
    }
}
