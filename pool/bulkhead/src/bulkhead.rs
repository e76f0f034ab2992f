use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use seawall_core::{
    AtomicDuration, Backend, Call, CallStats, Component, ControlAction, ControlError, Driver,
    Entry, Error, Exit, Guarded, Key, Layer, ManualControl, Name, Pending, Refusal, RefusalKind,
    Status, Tick, Token,
};

use crate::permits::Permits;
use crate::queue::Queue;
use crate::{BulkheadOptions, InvalidOption};

/// Limits the number of concurrent calls, under a name. Clones are cheap and share the permits.
///
/// Use [`execute`](Self::execute) to run calls through it alone. Together with other protections it
/// is a [`Backend`] for any [`Driver`]. Tasks and threads wait in one queue, in arrival order.
#[derive(Clone, Debug)]
pub struct Bulkhead {
    inner: Arc<Inner>,
    driver: Driver,
}

#[derive(Debug)]
struct Inner {
    layer: Layer,
    permits: Permits,
    max_wait: AtomicDuration,
    queue: Arc<Queue>,
    stats: CallStats,
    /// Held while the options change.
    changing: Mutex<()>,
}

impl Bulkhead {
    /// Starts a bulkhead with all its permits free.
    ///
    /// # Errors
    /// If `max_concurrent` is zero or more than a semaphore can have (2²⁹ − 1 where pointers have 32
    /// bits), or the name is blank.
    pub fn start(options: &BulkheadOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        let inner = Inner {
            layer: Layer::new(Component::Bulkhead, options.name.clone()),
            permits: Permits::new(options.max_concurrent),
            max_wait: AtomicDuration::new(options.max_wait),
            queue: Arc::new(Queue::new(options.max_waiting)),
            stats: CallStats::new(),
            changing: Mutex::new(()),
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
        self.inner.layer.name()
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

    /// Runs `op` on the current thread as soon as it gets a permit.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    ///
    /// # Panics
    /// If `op` panics; its permit is released.
    pub fn execute_blocking<T, E>(&self, op: impl FnOnce() -> Result<T, E>) -> Result<T, Error<E>> {
        self.protect().run_blocking(op)
    }

    /// Starts to describe a call through this bulkhead, for example its deadline.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }

    /// Goes on under other options. Running calls go on, also those above a lower `max_concurrent`:
    /// further ones are admitted once fewer are running. Waiting calls keep their place and the time
    /// until which they wait.
    ///
    /// # Errors
    /// If an option is out of its range, as for [`start`](Self::start), or the name is another one.
    /// Then nothing changes.
    pub fn reconfigure(&self, options: &BulkheadOptions) -> Result<(), InvalidOption> {
        options.validate()?;
        let inner = &self.inner;
        if options.name != *self.name() {
            let problem = "cannot change while the bulkhead is running";
            return Err(InvalidOption::new(&inner.layer, "name", problem));
        }
        let _changing = inner.changing.lock().unwrap_or_else(PoisonError::into_inner);
        inner.max_wait.set(options.max_wait);
        inner.queue.set_max_waiting(options.max_waiting);
        inner.permits.resize(options.max_concurrent);
        Ok(())
    }

    /// Changes the maximum number of concurrent calls alone, as [`reconfigure`](Self::reconfigure) does.
    ///
    /// # Errors
    /// If `max_concurrent` is out of its range; then nothing changes.
    pub fn resize(&self, max_concurrent: u32) -> Result<(), InvalidOption> {
        let options = BulkheadOptions::new(self.name().clone()).max_concurrent(max_concurrent);
        options.validate()?;
        let _changing = self.inner.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.inner.permits.resize(max_concurrent);
        Ok(())
    }

    /// Changes the number of permits as [`resize`](Self::resize) does, also to zero: for a bulkhead whose
    /// permits are given out elsewhere. Must not run twice at a time.
    pub fn set_permits(&self, permits: u32) {
        self.inner.permits.resize(permits);
    }

    /// Returns the number of permits, including those above the maximum that calls still hold.
    #[must_use]
    pub fn permits(&self) -> u32 {
        self.inner.permits.all()
    }

    /// Returns the number of running calls.
    #[must_use]
    pub fn running(&self) -> u32 {
        self.inner.permits.held()
    }

    /// Returns the number of waiting calls.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.inner.queue.waiting()
    }

    /// Returns true if the bulkhead was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.permits.semaphore().is_closed()
    }

    /// Refuses all further calls, including those that wait. Running calls continue.
    pub fn close(&self) {
        self.inner.permits.semaphore().close();
    }
}

impl Inner {
    fn admit(&self) -> Entry {
        self.stats.admit();
        Entry::Go(Token::default())
    }

    #[cold]
    fn refuse(&self, kind: RefusalKind) -> Entry {
        self.stats.refuse();
        Entry::Refuse(self.refusal(kind))
    }

    fn refusal(&self, kind: RefusalKind) -> Refusal {
        Refusal::new(kind, &self.layer).with_limit(self.permits.total().into())
    }

    /// Waits for a permit. Tokio's semaphore grants permits in order, and takes back one that was
    /// granted to a waiter which then went away.
    #[cold]
    fn wait(self: &Arc<Self>, call: &Call<'_>) -> Entry {
        if self.permits.semaphore().is_closed() {
            return self.refuse(RefusalKind::ShuttingDown);
        }
        let until = call.patience(self.max_wait.get());
        if until <= call.now() {
            return self.refuse(RefusalKind::BulkheadFull);
        }
        let Some(waiting) = self.queue.join() else {
            return self.refuse(RefusalKind::BulkheadFull);
        };
        let inner = Arc::clone(self);
        let answer = Box::pin(async move {
            let permit = inner.permits.semaphore().acquire().await;
            waiting.answer();
            match permit {
                Ok(permit) => {
                    permit.forget();
                    inner.admit()
                }
                Err(_closed) => inner.refuse(RefusalKind::ShuttingDown),
            }
        });
        let refusal = self.refusal(RefusalKind::BulkheadTimeout);
        Entry::Pending(Pending::new(answer, until, refusal))
    }
}

impl Backend for Bulkhead {
    fn layer(&self) -> &Layer {
        &self.inner.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        match self.inner.permits.semaphore().try_acquire() {
            Ok(permit) => {
                permit.forget();
                self.inner.admit()
            }
            Err(_none) => self.inner.wait(call),
        }
    }

    fn expire(&self, token: Option<Token>) {
        self.inner.stats.refuse();
        if token.is_none() {
            self.inner.queue.expire();
        }
    }

    fn exit(&self, _token: Token, exit: &Exit<'_>) {
        self.inner.stats.end(exit.verdict());
        self.inner.permits.release();
    }

    fn status(&self, _now: Tick) -> Status {
        let inner = &self.inner;
        let (running, max) = (inner.permits.held(), inner.permits.total());
        let state = match running {
            _ if inner.permits.semaphore().is_closed() => "closed",
            running if running >= max => "full",
            _ => "ready",
        };
        let status = Status::new(&inner.layer, state)
            .with_gauge("running", running.into(), "{call}")
            .with_gauge("max_concurrent", max.into(), "{call}")
            .with_gauge("waiting", inner.queue.waiting().into(), "{call}")
            .with_counter("gave_up", inner.queue.gave_up(), "{call}");
        inner.stats.add_to(status)
    }
}

impl ManualControl for Bulkhead {
    /// Changes the maximum number of concurrent calls.
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> {
        resize_by(Backend::layer(self), (action, key), |permits| self.resize(permits))
    }
}

/// Does the manual control of a bulkhead that `resize` resizes: for bulkheads over this one.
#[doc(hidden)]
pub fn resize_by(
    layer: &Layer,
    (action, key): (ControlAction, Option<Key<'_>>),
    resize: impl FnOnce(u32) -> Result<(), InvalidOption>,
) -> Result<(), ControlError> {
    let (ControlAction::Resize(permits), None) = (action, key) else {
        return Err(ControlError::unsupported(layer, action, key));
    };
    resize(permits).map_err(|invalid| {
        let problem = format!("cannot have {permits} permits: their number {}", invalid.problem());
        ControlError::new(layer, problem)
    })
}
