use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::pool::{Manage, Terms, drop_quietly};
use seawall_core::{Clock, Sleep, Tick};

use crate::connect_guard::{ConnectGuard, Failure};
use crate::entry::Entry;
use crate::job::{Job, JobKind};
use crate::shared::Shared;
use crate::state::{Refused, Task};
use crate::waiters::{Given, UseLimit};

/// A wait for a resource. A waiter that has work continues it, and gets a resource that another returns
/// meanwhile all the same. Dropped, it passes on what it has.
#[must_use = "a wait joins the queue only when it is polled"]
pub(crate) struct Acquire<'s, M: Manage> {
    shared: &'s Shared<M>,
    terms: Terms<'s>,
    /// The time at which the wait began.
    since: Tick,
    /// True if it is served before all waiters, because what it was lent turned out to be unusable.
    is_next: bool,
    ticket: Option<usize>,
    job: Option<Job<M>>,
    /// True if it was without work at first.
    has_waited: bool,
    /// Its own timer, if it does not go by the clock of the shared one.
    sleep: Option<Sleep>,
}

/// Why a wait yielded nothing.
pub(crate) enum Denied<E> {
    Refused(Refused),
    /// The deadline came while the waiter had the kind of work, which had taken that long.
    TooLate {
        work: Option<(JobKind, Duration)>,
        waited: Duration,
    },
    Failed(Failure<E>),
}

/// A resource for a checkout.
pub(crate) struct Served<M: Manage> {
    pub(crate) entry: Box<Entry<M>>,
    /// True if it needs no check.
    pub(crate) is_checked: bool,
    /// The time at which it was served.
    pub(crate) at: Tick,
}

type Answer<M> = Result<Served<M>, Denied<<M as Manage>::Error>>;

impl<'s, M: Manage> Acquire<'s, M> {
    pub(crate) const fn new(
        shared: &'s Shared<M>,
        terms: Terms<'s>,
        since: Tick,
        is_next: bool,
    ) -> Self {
        let (ticket, job, has_waited, sleep) = (None, None, false, None);
        Self { shared, terms, since, is_next, ticket, job, has_waited, sleep }
    }

    const fn clock(&self) -> &'s Clock {
        self.terms.clock()
    }

    fn join(&mut self, waker: &Waker) -> Option<Answer<M>> {
        let (shared, at) = (self.shared, self.terms.deadline().at());
        let is_shared = at == Tick::MAX || shared.shares_timer(self.clock());
        let mut state = shared.lock();
        if let Some(entry) = state.take_idle() {
            let at = self.since;
            let is_checked = !state.needs_check(&entry, at);
            return Some(Ok(Served { entry, is_checked, at }));
        }
        let task = match state.task(self.since, self.is_next) {
            Ok(task) => Some(task),
            Err(Refused::Full) if self.is_next => None,
            Err(Refused::Full) => {
                let most = state.options.max_waiting.map_or(usize::MAX, |most| most as usize);
                if !self.terms.may_wait || state.waiters.len() >= most {
                    return Some(Err(Denied::Refused(Refused::Full)));
                }
                if self.since >= at {
                    drop(state);
                    return Some(Err(self.too_late()));
                }
                self.has_waited = true;
                None
            }
            Err(refused) => return Some(Err(Denied::Refused(refused))),
        };
        let deadline = if is_shared { at } else { Tick::MAX };
        let until = self.terms.use_until().unwrap_or(Tick::MAX);
        let limit = UseLimit { until, half: until.since(self.since) / 2 };
        let works = task.is_some();
        let ticket = state.waiters.join(waker.clone(), deadline, limit, works, self.is_next);
        self.ticket = Some(ticket);
        let sets_timer = state.timer.advance(deadline);
        drop(state);
        if sets_timer {
            shared.timer.set(shared);
        }
        if !is_shared {
            self.sleep = Some(self.clock().sleep_until(at));
        }
        if let Some(task) = task {
            self.begin(task);
        }
        None
    }

    /// Takes what the waiter was given.
    fn claim(&mut self, ticket: usize, waker: &Waker) -> Option<Answer<M>> {
        let now = self.clock().now();
        let mut state = self.shared.lock();
        if state.is_closed {
            drop(state);
            self.give_up();
            return Some(Err(Denied::Refused(Refused::Closed)));
        }
        match state.waiters.claim(ticket, waker) {
            Given::Nothing => None,
            Given::Work(task) => {
                drop(state);
                self.begin(task);
                None
            }
            Given::Answer(answer, task) => {
                self.ticket = None;
                if std::mem::take(&mut self.has_waited) {
                    state.record_wait(now.since(self.since));
                }
                let answer = match answer {
                    Ok(entry) => {
                        let is_checked = !state.needs_check(&entry, now);
                        Ok(Served { entry, is_checked, at: now })
                    }
                    Err(refused) => Err(Denied::Refused(refused)),
                };
                drop(state);
                self.pass_on(task);
                Some(answer)
            }
        }
    }

    fn begin(&mut self, task: Task<M>) {
        let now = self.clock().now();
        let begins_at = match task {
            Task::Continue(job) if job.is_stale(now) => {
                drop_quietly(job);
                now
            }
            Task::Continue(job) => {
                self.job = Some(job);
                return;
            }
            Task::Connect(begins_at) => begins_at.max(now),
        };
        let timeout = self.shared.lock().options.connect_timeout;
        let (manager, guard) = (&self.shared.manager, ConnectGuard::NONE);
        self.job = Some(Job::connect(manager, self.clock(), begins_at, timeout, guard));
    }

    /// The deadline has come; but a waiter that was served meanwhile was served in time.
    fn end(&mut self) -> Answer<M> {
        let denied = self.too_late();
        self.leave().map(|entry| self.served(entry)).ok_or(denied)
    }

    fn served(&self, entry: Box<Entry<M>>) -> Served<M> {
        let at = self.clock().now();
        let is_checked = !self.shared.lock().needs_check(&entry, at);
        Served { entry, is_checked, at }
    }

    fn too_late(&self) -> Denied<M::Error> {
        let at = self.terms.deadline().at();
        let work = self.job.as_ref().map(|job| (job.kind, at.since(job.begins_at.max(self.since))));
        Denied::TooLate { work, waited: at.since(self.since) }
    }

    /// Leaves the queue; returns the resource that the waiter was given.
    fn leave(&mut self) -> Option<Box<Entry<M>>> {
        let (answer, task) = match self.ticket.take() {
            Some(ticket) => self.shared.lock().waiters.leave(ticket),
            None => (None, None),
        };
        self.pass_on(task);
        answer.and_then(Result::ok)
    }

    /// Leaves the queue without a resource.
    fn give_up(&mut self) {
        if let Some(entry) = self.leave() {
            let clock = self.clock();
            self.shared.change(clock, |state, effects| state.give(entry, clock.now(), effects));
        }
    }

    /// Passes on the work of a waiter that has left, and counts its wait.
    fn pass_on(&mut self, task: Option<Task<M>>) {
        let (job, clock) = (self.job.take(), self.clock());
        if !self.has_waited && job.is_none() && task.is_none() {
            return;
        }
        let has_waited = std::mem::take(&mut self.has_waited);
        let now = clock.now();
        self.shared.change(clock, |state, effects| {
            if has_waited {
                state.record_wait(now.since(self.since));
            }
            for task in job.map(Task::Continue).into_iter().chain(task) {
                state.take_back(task, now, effects);
            }
        });
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Answer<M>> {
        let at = self.terms.deadline().at();
        if at == Tick::MAX {
            return Poll::Pending;
        }
        if let Some(sleep) = &mut self.sleep {
            return Pin::new(sleep).poll(cx).map(|()| self.end());
        }
        if self.clock().now() >= at {
            return Poll::Ready(self.end());
        }
        let shared = self.shared;
        if shared.lock().timer.advance(at) {
            shared.timer.set(shared);
        }
        Poll::Pending
    }
}

impl<M: Manage> Future for Acquire<'_, M> {
    type Output = Answer<M>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let is_new = this.ticket.is_none();
            let answer = match this.ticket {
                None => this.join(cx.waker()),
                Some(ticket) => this.claim(ticket, cx.waker()),
            };
            if let Some(answer) = answer {
                return Poll::Ready(answer);
            }
            if is_new && this.job.is_none() && this.sleep.is_none() {
                // The shared timer is set.
                return Poll::Pending;
            }
            let Some(job) = &mut this.job else { break };
            let Poll::Ready(done) = job.poll(cx) else { break };
            let Some(job) = this.job.take() else { break };
            if let Some(failure) = this.shared.finish(job, done, this.ticket, this.clock()) {
                let denied = Denied::Failed(failure);
                return Poll::Ready(this.leave().map(|entry| this.served(entry)).ok_or(denied));
            }
        }
        this.poll_deadline(cx)
    }
}

impl<M: Manage> Drop for Acquire<'_, M> {
    fn drop(&mut self) {
        self.give_up();
    }
}
