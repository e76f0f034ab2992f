use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{BoxError, Driver, Sleep, Tick};

use super::status::Record;
use super::{Background, Ends, Fallible, Job, Start};

/// A poll of all work at each wake-up: there are a few jobs only.
pub(super) struct Run {
    background: Arc<Background>,
    /// Given at the first poll: one that is never polled keeps no other from the work.
    id: Option<u64>,
    running: BTreeMap<u64, Running>,
}

struct Running {
    /// Gone once nothing is started any more: it may keep alive what the work is for.
    start: Option<Start>,
    ends: Ends,
    state: State,
    record: Arc<Record>,
    /// The time when it was started last.
    since: Tick,
    /// The number of times that it failed, each soon after it was started.
    failures: u32,
}

enum State {
    Works(Fallible),
    /// It failed, and starts again after a while.
    Waits(Pin<Box<Sleep>>),
    Ended,
}

impl Run {
    pub(super) fn new(background: Arc<Background>) -> Self {
        Self { background, id: None, running: BTreeMap::new() }
    }

    /// Starts what is new and drops what is gone. Returns whether nothing is added any more; `None` if
    /// another future does the work.
    fn follow(&mut self, waker: &Waker) -> Option<bool> {
        let mut list = self.background.lock();
        let id = *self.id.get_or_insert_with(|| list.next_id());
        list.runs.insert(id, waker.clone());
        if list.runs.first_key_value().is_some_and(|(first, _)| *first != id) {
            return None;
        }
        let is_closed = list.is_closed;
        let jobs: Vec<Job> = list.jobs.values().cloned().collect();
        drop(list);
        if is_closed {
            self.running.retain(|_, running| running.ends == Ends::ByItself);
            self.running.values_mut().for_each(|running| running.start = None);
        } else {
            self.running.retain(|id, _| jobs.iter().any(|job| job.id == *id));
        }
        let now = self.background.driver.clock().now();
        for job in jobs {
            self.running.entry(job.id).or_insert_with(|| Running::new(job, now));
        }
        Some(is_closed)
    }

    /// Lets another future do the work.
    fn leave(&mut self) {
        self.running.clear();
        if let Some(id) = self.id.take() {
            self.background.change(|list| list.runs.remove(&id));
        }
    }
}

impl Future for Run {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(is_closed) = self.follow(cx.waker()) else { return Poll::Pending };
        let Self { background, running, .. } = &mut *self;
        for running in running.values_mut() {
            running.poll(&background.driver, cx);
        }
        let is_gone = |running: &Running| running.has_ended() && running.ends == Ends::WithItsOwner;
        let gone = running.iter().filter(|(_, running)| is_gone(running));
        let gone: Vec<_> = gone.map(|(id, _)| *id).collect();
        if !gone.is_empty() {
            background.forget(&gone);
            running.retain(|id, _| !gone.contains(id));
        }
        let all_ended = running.values().all(Running::has_ended);
        if is_closed && all_ended {
            self.leave();
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Running {
    const FIRST_WAIT: Duration = Duration::from_secs(1);
    const LONGEST_WAIT: Duration = Duration::from_secs(60);

    fn new(job: Job, now: Tick) -> Self {
        let Job { start, ends, record, .. } = job;
        record.starts();
        let state = Self::start(&start);
        Self { start: Some(start), ends, state, record, since: now, failures: 0 }
    }

    /// Starts the work at its first poll, where a panic of the start counts as one of the work. What
    /// starts it is not kept: it may keep alive what the work is for.
    fn start(start: &Start) -> State {
        let start = start.clone();
        State::Works(Box::pin(async move {
            let work = start.start();
            drop(start);
            work.await
        }))
    }

    const fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    fn poll(&mut self, driver: &Driver, cx: &mut Context<'_>) {
        loop {
            let next = match &mut self.state {
                State::Ended => return,
                State::Waits(wait) => match (wait.as_mut().poll(cx), &self.start) {
                    (_, None) => State::Ended,
                    (Poll::Pending, Some(_)) => return,
                    (Poll::Ready(()), Some(start)) => {
                        self.since = driver.clock().now();
                        self.record.restarts(driver);
                        Self::start(start)
                    }
                },
                State::Works(work) => match poll_caught(work, cx) {
                    Poll::Pending => return,
                    Poll::Ready(Ok(())) => {
                        self.record.ends();
                        State::Ended
                    }
                    Poll::Ready(Err(error)) => self.fail(driver, &error),
                },
            };
            drop_caught(std::mem::replace(&mut self.state, next));
        }
    }

    /// Waits longer after each failure, until it has worked for a while.
    fn fail(&mut self, driver: &Driver, cause: &BoxError) -> State {
        let now = driver.clock().now();
        if now.since(self.since) >= Self::LONGEST_WAIT {
            self.failures = 0;
        }
        let wait = Self::FIRST_WAIT.saturating_mul(1 << self.failures.min(6));
        let until = now + wait.min(Self::LONGEST_WAIT);
        self.failures += 1;
        self.record.fails(driver, &**cause, until);
        State::Waits(Box::pin(driver.clock().sleep_until(until)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.record.stops();
        drop_caught(std::mem::replace(&mut self.state, State::Ended));
    }
}

/// Polls `work`, of which a panic is an error.
pub(crate) fn poll_caught(work: &mut Fallible, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
    catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)))
        .unwrap_or_else(|panic| Poll::Ready(Err(message(&*panic).into())))
}

/// Drops work, whose panic ends no other work.
pub(crate) fn drop_caught<T>(work: T) {
    let _panic = catch_unwind(AssertUnwindSafe(|| drop(work)));
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.map_or_else(|| "it panicked".to_owned(), |text| format!("it panicked: {text}"))
}
