//! The background work of an infrastructure, as one future.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use seawall_core::{BoxError, Component, Driver, Layer, Tick};

mod run;
mod start;
mod status;
#[cfg(test)]
mod tests;

use self::run::Run;
pub(crate) use self::run::{drop_caught, poll_caught};
use self::start::Start;
use self::status::Record;
pub use self::status::{WorkState, WorkStatus};

/// A boxed future.
pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Work that can fail.
pub(crate) type Fallible = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// All work that is to be done in the background. Nothing is spawned: the application polls
/// [`run`](Self::run).
pub(crate) struct Background {
    driver: Driver,
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    jobs: BTreeMap<(Box<str>, Origin), Job>,
    /// The futures that are polled, with their wakers: the first one does the work, and the others wait
    /// for its end.
    runs: BTreeMap<u64, Waker>,
    next_id: u64,
    is_closed: bool,
}

/// Whose work it is, so that neither takes the other's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Seawall,
    Application,
}

/// When some work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// Once what it is for is closed. It is awaited when the infrastructure is closed.
    ByItself,
    /// Once what it is for is gone, and then it is forgotten. It is dropped when the infrastructure is closed.
    WithItsOwner,
    /// When the application wants. It is dropped when the infrastructure is closed.
    AnyTime,
}

#[derive(Clone)]
struct Job {
    id: u64,
    start: Start,
    ends: Ends,
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
        self.insert((name.into(), Origin::Seawall), infallible(start), Ends::ByItself);
    }

    /// Adds work that ends when what it is for is gone, and is forgotten then; it is dropped when the
    /// infrastructure is closed.
    pub(crate) fn add_endless(&self, name: &str, start: impl Fn() -> Work + Send + Sync + 'static) {
        self.insert((name.into(), Origin::Seawall), infallible(start), Ends::WithItsOwner);
    }

    /// Adds work of the application, which may fail, and is dropped when the infrastructure is closed.
    /// Returns false, and adds nothing, if it has work of that name.
    pub(crate) fn add_fallible(
        &self,
        name: &str,
        start: impl Fn() -> Fallible + Send + Sync + 'static,
    ) -> bool {
        let key = (name.into(), Origin::Application);
        let is_free = !self.lock().jobs.contains_key(&key);
        if is_free {
            self.insert(key, Start::new(start), Ends::AnyTime);
        }
        is_free
    }

    fn insert(&self, key: (Box<str>, Origin), start: Start, ends: Ends) {
        let record = Arc::new(Record::new(Layer::new(Component::Infrastructure, &*key.0)));
        let before = self.change(|list| {
            let id = list.next_id();
            let job = Job { id, start, ends, record };
            if list.is_closed { Some(job) } else { list.jobs.insert(key, job) }
        });
        drop(before);
    }

    /// Forgets work that has ended, which the future that ran it still has.
    fn forget(&self, ended: &[u64]) {
        self.lock().jobs.retain(|_, job| !ended.contains(&job.id));
    }

    /// Returns the status of all work, by name.
    pub(crate) fn statuses(&self, now: Tick) -> Vec<WorkStatus> {
        self.lock().jobs.values().map(|job| job.record.status(now)).collect()
    }

    /// Ends the work: the future ends with the last of it.
    pub(crate) fn close(&self) {
        let jobs = self.change(|list| {
            list.is_closed = true;
            std::mem::take(&mut list.jobs)
        });
        drop(jobs);
    }

    /// Changes the list, and wakes the futures that are polled. What is removed, `change` returns: its end
    /// may lead here again.
    fn change<T>(&self, change: impl FnOnce(&mut List) -> T) -> T {
        let mut list = self.lock();
        let changed = change(&mut list);
        let wakers: Vec<_> = list.runs.values().cloned().collect();
        drop(list);
        wakers.into_iter().for_each(Waker::wake);
        changed
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

impl List {
    fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

fn infallible(start: impl Fn() -> Work + Send + Sync + 'static) -> Start {
    Start::new(move || {
        let work = start();
        Box::pin(async move {
            work.await;
            Ok(())
        })
    })
}
