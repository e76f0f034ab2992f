//! The background work of an infrastructure, as one future.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::Clock;

#[cfg(test)]
mod tests;

/// A boxed future.
pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts some work, anew if it panicked or if the future that ran it was dropped.
type Start = Arc<dyn Fn() -> Work + Send + Sync>;

/// All work that is to be done in the background. Nothing is spawned: the application polls
/// [`run`](Self::run).
pub(crate) struct Background {
    clock: Clock,
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
}

impl Background {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, list: Mutex::default() }
    }

    /// Adds work that ends by itself when what it is for is closed. It takes the place of earlier work
    /// of that name.
    #[cfg(any(test, feature = "__pool"))]
    pub(crate) fn add(&self, name: &str, start: impl Fn() -> Work + Send + Sync + 'static) {
        self.insert(name, Arc::new(start), true);
    }

    /// Adds work that never ends, and that is dropped when the infrastructure is closed.
    pub(crate) fn add_endless(&self, name: &str, start: impl Fn() -> Work + Send + Sync + 'static) {
        self.insert(name, Arc::new(start), false);
    }

    fn insert(&self, name: &str, start: Start, ends: bool) {
        self.change(|list| {
            if !list.is_closed {
                list.next_id += 1;
                list.jobs.insert(name.into(), Job { id: list.next_id, start, ends });
            }
        });
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
        Run { background: self, running: BTreeMap::new() }
    }
}

/// A poll of all work at each wake-up: there are a few jobs only.
struct Run {
    background: Arc<Background>,
    running: BTreeMap<u64, Running>,
}

struct Running {
    /// Gone once nothing is started any more: it may keep alive what the work is for.
    start: Option<Start>,
    ends: bool,
    state: State,
    panics: u32,
}

enum State {
    Works(Work),
    /// It panicked, and starts again after a while.
    Waits(Work),
    Ended,
}

impl Run {
    /// Starts what is new and drops what is gone. Returns true if nothing is added any more.
    fn follow(&mut self, waker: &Waker) -> bool {
        let mut list = self.background.lock();
        list.wakers.retain(|other| !other.will_wake(waker));
        list.wakers.push(waker.clone());
        let is_closed = list.is_closed;
        let jobs: Vec<Job> = list.jobs.values().cloned().collect();
        drop(list);
        if is_closed {
            self.running.retain(|_, running| running.ends);
            self.running.values_mut().for_each(|running| running.start = None);
        } else {
            self.running.retain(|id, _| jobs.iter().any(|job| job.id == *id));
        }
        for Job { id, start, ends } in jobs {
            let works = || State::Works(start());
            let new =
                || Running { state: works(), start: Some(Arc::clone(&start)), ends, panics: 0 };
            self.running.entry(id).or_insert_with(new);
        }
        is_closed
    }
}

impl Future for Run {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let is_closed = self.follow(cx.waker());
        let Self { background, running } = &mut *self;
        for running in running.values_mut() {
            running.poll(&background.clock, cx);
        }
        let all_ended = running.values().all(|running| matches!(running.state, State::Ended));
        if is_closed && all_ended { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Running {
    const FIRST_WAIT: Duration = Duration::from_secs(1);
    const LONGEST_WAIT: Duration = Duration::from_secs(60);

    fn poll(&mut self, clock: &Clock, cx: &mut Context<'_>) {
        loop {
            let next = match &mut self.state {
                State::Ended => return,
                State::Waits(wait) => match (wait.as_mut().poll(cx), &self.start) {
                    (_, None) => State::Ended,
                    (Poll::Ready(()), Some(start)) => State::Works(start()),
                    (Poll::Pending, Some(_)) => return,
                },
                State::Works(work) => {
                    match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
                        Ok(Poll::Ready(())) => State::Ended,
                        Ok(Poll::Pending) => return,
                        Err(_panic) => State::Waits(self.wait(clock)),
                    }
                }
            };
            self.state = next;
        }
    }

    /// Waits longer after each panic.
    fn wait(&mut self, clock: &Clock) -> Work {
        let wait = Self::FIRST_WAIT.saturating_mul(1 << self.panics.min(6)).min(Self::LONGEST_WAIT);
        self.panics += 1;
        let sleep = clock.sleep_until(clock.now() + wait);
        Box::pin(sleep)
    }
}
