//! The background work of an infrastructure, as one future.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use seawall_core::{BoxError, Component, Driver, Layer, Tick};

mod run;
mod status;
#[cfg(test)]
mod tests;

use self::run::Run;
pub(crate) use self::run::poll_caught;
use self::status::Record;
pub use self::status::{WorkState, WorkStatus};

/// A boxed future.
pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Work that can fail.
pub(crate) type Fallible = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// Starts some work, anew if it failed or panicked, or if the future that ran it was dropped.
type Start = Arc<dyn Fn() -> Fallible + Send + Sync>;

/// All work that is to be done in the background. Nothing is spawned: the application polls
/// [`run`](Self::run).
pub(crate) struct Background {
    driver: Driver,
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    jobs: BTreeMap<Box<str>, Job>,
    next_id: u64,
    is_closed: bool,
    /// Those of the futures that poll the work, to be woken when the list changes.
    wakers: Vec<Waker>,
}

#[derive(Clone)]
struct Job {
    id: u64,
    start: Start,
    /// True if it ends by itself once the infrastructure is closed.
    ends: bool,
    record: Arc<Record>,
}

impl Background {
    pub(crate) fn new(driver: Driver) -> Self {
        Self { driver, list: Mutex::default() }
    }

    /// Adds work that ends by itself when what it is for is closed. It takes the place of earlier work
    /// of that name.
    #[cfg(any(test, feature = "__pool"))]
    pub(crate) fn add(&self, name: &str, start: impl Fn() -> Work + Send + Sync + 'static) {
        self.insert(name, infallible(start), true);
    }

    /// Adds work that never ends, and that is dropped when the infrastructure is closed.
    pub(crate) fn add_endless(&self, name: &str, start: impl Fn() -> Work + Send + Sync + 'static) {
        self.insert(name, infallible(start), false);
    }

    /// Adds work that may fail, and that is dropped when the infrastructure is closed. Returns false, and
    /// adds nothing, if there is work of that name.
    pub(crate) fn add_fallible(
        &self,
        name: &str,
        start: impl Fn() -> Fallible + Send + Sync + 'static,
    ) -> bool {
        let is_free = !self.lock().jobs.contains_key(name);
        if is_free {
            self.insert(name, Arc::new(start), false);
        }
        is_free
    }

    fn insert(&self, name: &str, start: Start, ends: bool) {
        let record = Arc::new(Record::new(Layer::new(Component::Infrastructure, name)));
        self.change(|list| {
            if !list.is_closed {
                list.next_id += 1;
                list.jobs.insert(name.into(), Job { id: list.next_id, start, ends, record });
            }
        });
    }

    /// Returns the status of all work, by name.
    pub(crate) fn statuses(&self, now: Tick) -> Vec<WorkStatus> {
        self.lock().jobs.values().map(|job| job.record.status(now)).collect()
    }

    /// Ends the work: the future ends with the last of it.
    pub(crate) fn close(&self) {
        self.change(|list| {
            list.is_closed = true;
            list.jobs.clear();
        });
    }

    fn change(&self, change: impl FnOnce(&mut List)) {
        let mut list = self.lock();
        change(&mut list);
        let wakers = std::mem::take(&mut list.wakers);
        drop(list);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a future that does all the work, also work that is added later. It ends once the
    /// infrastructure is closed and the work has ended.
    pub(crate) fn run(self: Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        Run::new(self)
    }
}

fn infallible(start: impl Fn() -> Work + Send + Sync + 'static) -> Start {
    Arc::new(move || {
        let work = start();
        Box::pin(async move {
            work.await;
            Ok(())
        })
    })
}
