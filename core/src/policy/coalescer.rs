use std::fmt;
use std::future::{Future, poll_fn, ready};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::task::Poll;

use crate::driver::blocking::block_on;
use crate::{
    Component, Deadline, InvalidOption, Key, KeyParts, KeySeed, Layer, Refusal, RefusalKind,
    Status, Tick,
};

mod flight;
mod flights;
mod options;

use self::flight::{Flight, Role};
use self::flights::Flights;
pub use self::options::CoalescerOptions;

/// Makes one call for all callers that ask for the same at the same time. Clones are the same coalescer.
///
/// The first caller of a key leads: it runs its operation, and the others wait for its outcome, which all
/// of them share. A leader that goes away or panics is followed by one of the others, which then runs its
/// own operation: no caller fails for another one. An error is shared with the callers that were waiting,
/// unless `share_errors` is off: then each of them runs its own operation, one after the other. A caller
/// that comes later begins anew.
///
/// Put it in front of whatever costs something, a limit or a breaker, and behind what checks the rights of
/// the caller. Do not coalesce calls that may not be repeated: two orders would become one.
///
/// ```
/// use seawall_core::policy::{Coalescer, CoalescerOptions};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let prices = Coalescer::<u64, std::io::Error>::start(&CoalescerOptions::new("prices"))?;
/// let price = prices.run(("item", 42), async || Ok(7)).await?;
/// assert_eq!(*price.as_ref().as_ref().expect("no error"), 7);
/// # Ok(())
/// # }
/// ```
pub struct Coalescer<T, E>(Arc<Shared<T, E>>);

struct Shared<T, E> {
    layer: Layer,
    max_keys: AtomicU32,
    max_followers: AtomicU32,
    share_errors: AtomicBool,
    seed: KeySeed,
    flights: Flights<T, E>,
}

/// The outcome of an operation, shared by all callers that waited for it.
pub type Outcome<T, E> = Arc<Result<T, E>>;

impl<T, E> Clone for Coalescer<T, E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T, E> Coalescer<T, E> {
    /// Creates a coalescer.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub fn start(options: &CoalescerOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        Ok(Self(Arc::new(Shared {
            layer: Layer::new(Component::Coalescer, options.name.clone()),
            max_keys: AtomicU32::new(options.max_keys),
            max_followers: AtomicU32::new(options.max_followers),
            share_errors: AtomicBool::new(options.share_errors),
            seed: KeySeed::random(),
            flights: Flights::new(),
        })))
    }

    /// Returns the kind and the name.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        &self.0.layer
    }

    /// Returns the options.
    #[must_use]
    pub fn options(&self) -> CoalescerOptions {
        CoalescerOptions::new(self.0.layer.name().clone())
            .max_keys(self.0.max_keys.load(Relaxed))
            .max_followers(self.0.max_followers.load(Relaxed))
            .share_errors(self.0.share_errors.load(Relaxed))
    }

    /// Changes the options for all callers that come from now on.
    ///
    /// # Errors
    /// If an option is not within its bounds, or the name is another one; then nothing changes.
    pub fn reconfigure(&self, options: &CoalescerOptions) -> Result<(), InvalidOption> {
        options.validate()?;
        self.0.layer.keeps_name(&options.name)?;
        self.0.max_keys.store(options.max_keys, Relaxed);
        self.0.max_followers.store(options.max_followers, Relaxed);
        self.0.share_errors.store(options.share_errors, Relaxed);
        Ok(())
    }

    /// Returns the status: `available`, with `keys`, the number of keys that operations run for.
    #[must_use]
    pub fn status(&self) -> Status {
        let keys = u64::try_from(self.keys()).unwrap_or(u64::MAX);
        Status::new(&self.0.layer, "available").with_gauge("keys", keys, "{key}")
    }

    /// Returns the number of keys that operations run for.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.0.flights.len()
    }

    /// Runs `op` if no operation runs for `key`, and otherwise waits for the outcome of that one.
    ///
    /// If operations run for `max_keys` keys, `op` is run without waiting for others.
    ///
    /// # Errors
    /// If `max_followers` callers wait for this key already.
    ///
    /// # Panics
    /// If `op` panics.
    pub async fn run<O>(
        &self,
        key: impl KeyParts + Send + Sync,
        op: impl FnOnce() -> O,
    ) -> Result<Outcome<T, E>, Refusal>
    where
        O: Future<Output = Result<T, E>>,
    {
        let shared = &*self.0;
        let key = Key::new(&key).hash(&shared.seed);
        let max_followers = shared.max_followers.load(Relaxed);
        let role = shared.flights.join(key, shared.max_keys.load(Relaxed), max_followers);
        let mut flight = match role {
            Role::Alone => return Ok(Arc::new(op().await)),
            Role::Refused => {
                let refusal = Refusal::new(RefusalKind::BulkheadFull, &shared.layer);
                return Err(refusal.with_limit(max_followers.into()));
            }
            Role::Joined(flight) => flight,
        };
        if let Some(outcome) = poll_fn(|cx| match flight.poll(cx) {
            Poll::Ready(Flight::Landed(outcome)) => Poll::Ready(Some(outcome)),
            Poll::Ready(Flight::Leads) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
        {
            return Ok(outcome);
        }
        let outcome = Arc::new(op().await);
        if outcome.is_ok() || shared.share_errors.load(Relaxed) {
            flight.land(&outcome);
        }
        Ok(outcome)
    }

    /// Does the same, and gives up at `deadline`. If this caller leads then, another one takes its place.
    ///
    /// # Errors
    /// As [`run`](Self::run), and as [`RefusalKind::Deadline`] if the deadline passes.
    ///
    /// # Panics
    /// If `op` panics.
    pub async fn run_until<O>(
        &self,
        deadline: Deadline<'_>,
        key: impl KeyParts + Send + Sync,
        op: impl FnOnce() -> O,
    ) -> Result<Outcome<T, E>, Refusal>
    where
        O: Future<Output = Result<T, E>>,
    {
        if deadline.at() != Tick::MAX && deadline.clock().now() >= deadline.at() {
            return Err(Refusal::new(RefusalKind::Deadline, self.layer()));
        }
        let outcome = deadline.cut(self.run(key, op)).await;
        outcome.unwrap_or_else(|| Err(Refusal::new(RefusalKind::Deadline, self.layer())))
    }
}

/// For threads. A thread that leads cannot be cut: its outcome is there late.
impl<T, E> Coalescer<T, E> {
    /// Runs `op` on this thread like [`run`](Self::run), or blocks it until another one has run its own.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Panics
    /// If `op` panics.
    pub fn run_blocking(
        &self,
        key: impl KeyParts + Send + Sync,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<Outcome<T, E>, Refusal> {
        block_on(None, self.run(key, || ready(op())))
    }

    /// Does the same, and gives up waiting at `deadline`.
    ///
    /// # Errors
    /// As [`run_until`](Self::run_until).
    ///
    /// # Panics
    /// If `op` panics, or the thread has to wait and it drives the clock: see
    /// [`Clock::stops_with_this_thread`](crate::Clock::stops_with_this_thread).
    pub fn run_until_blocking(
        &self,
        deadline: Deadline<'_>,
        key: impl KeyParts + Send + Sync,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<Outcome<T, E>, Refusal> {
        block_on(Some(deadline.clock()), self.run_until(deadline, key, || ready(op())))
    }
}

impl<T, E> fmt::Debug for Coalescer<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coalescer")
            .field("options", &self.options())
            .field("keys", &self.keys())
            .finish()
    }
}
