use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use seawall_core::pool::{
    CloseReason, Jitter, LastError, Manage, PoolOptions, PoolState, PoolStatus, Wakeup,
    drop_quietly,
};
use seawall_core::{AtomicDuration, Clock, Layer, SharedTimer, Sleep, Tick};

use crate::connect_guard::Failure;
use crate::entry::Entry;
use crate::job::{Done, Job, JobKind};
use crate::state::{Effects, State};
use crate::sync::{Mutex, MutexGuard};

/// A pool, shared by all its handles.
pub(crate) struct Shared<M: Manage> {
    pub(crate) layer: Layer,
    pub(crate) manager: Arc<M>,
    state: Mutex<State<M>>,
    pub(crate) timer: SharedTimer<Sleep>,
    pub(crate) timer_clock: OnceLock<Clock>,
    /// Of the last connect, if none has succeeded since.
    pub(crate) connect_error: LastError<M::Error>,
    /// Of the last check or reset that failed.
    pub(crate) check_error: LastError<M::Error>,
    pub(crate) jitter: Jitter,
    /// Wakes the background work, which outlives the pool.
    pub(crate) work: Arc<Wakeup>,
    /// Wakes checks and drains when the pool is closed, and when something comes back then.
    pub(crate) closing: Wakeup,
    /// True if loans or slow checkouts are reported.
    pub(crate) reports: AtomicBool,
    /// When and where each lent resource was taken, if leaks are reported.
    pub(crate) loans: Mutex<BTreeMap<u64, Loan>>,
    pub(crate) checkout_timeout: AtomicDuration,
    me: Weak<Self>,
}

/// A resource that is lent.
pub(crate) struct Loan {
    pub(crate) since: Tick,
    pub(crate) caller: &'static Location<'static>,
    pub(crate) is_reported: bool,
}

impl<M: Manage> Shared<M> {
    pub(crate) fn new(layer: Layer, manager: M, options: PoolOptions) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            layer,
            manager: Arc::new(manager),
            reports: AtomicBool::new(reports(&options)),
            checkout_timeout: AtomicDuration::new(options.checkout_timeout),
            state: Mutex::new(State::new(options)),
            timer: SharedTimer::new(Weak::clone(me)),
            timer_clock: OnceLock::new(),
            connect_error: LastError::default(),
            check_error: LastError::default(),
            jitter: Jitter::random(),
            work: Arc::new(Wakeup::default()),
            closing: Wakeup::default(),
            loans: Mutex::new(BTreeMap::new()),
            me: Weak::clone(me),
        })
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, then does what follows from the change outside the lock.
    #[inline]
    pub(crate) fn change<T>(
        &self,
        clock: &Clock,
        act: impl FnOnce(&mut State<M>, &mut Effects<M>) -> T,
    ) -> T {
        let mut effects = Effects::new();
        let answer = act(&mut self.lock(), &mut effects);
        if let Some(effects) = effects.wake_first() {
            self.settle(effects, clock);
        }
        answer
    }

    #[cold]
    fn settle(&self, effects: Effects<M>, clock: &Clock) {
        if effects.notify {
            self.work.notify();
        }
        if effects.closing {
            self.closing.notify();
        }
        let Some(more) = effects.into_more() else { return };
        more.wakers.into_iter().for_each(Waker::wake);
        for (entry, reason) in more.close {
            self.close_entry(entry, reason, clock);
        }
        for job in more.jobs {
            self.drop_job(job, None, clock);
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    pub(crate) fn options(&self) -> PoolOptions {
        self.lock().options.clone()
    }

    pub(crate) fn set_options(&self, options: PoolOptions, clock: &Clock) {
        self.reports.store(reports(&options), Ordering::Relaxed);
        self.checkout_timeout.set(options.checkout_timeout);
        self.change(clock, |state, effects| {
            state.options = options;
            state.trim(effects);
            state.expand(clock.now(), effects);
            effects.notify = true;
        });
    }

    pub(crate) fn close(&self, clock: &Clock) {
        self.change(clock, State::close_all);
    }

    /// Closes a resource that no caller has: gracefully while the pool is drained, otherwise at once. Its
    /// permit is free only then.
    pub(crate) fn close_entry(&self, entry: Box<Entry<M>>, reason: CloseReason, clock: &Clock) {
        if reason == CloseReason::ShutDown && self.lock().draining > 0 {
            let job = Job::close(self, clock, entry, reason);
            return self.change(clock, |state, effects| state.hand_over(job, effects));
        }
        let id = entry.id;
        drop_quietly(entry);
        self.change(clock, |state, effects| state.release(id, reason, clock.now(), effects));
    }

    /// Ends what a resource may still be doing and closes it.
    pub(crate) fn discard(&self, entry: Box<Entry<M>>, reason: CloseReason, clock: &Clock) {
        self.run(Job::close(self, clock, entry, reason), clock);
    }

    /// Does a job if it ends at once; otherwise leaves it to a waiter or to the background work.
    pub(crate) fn run(&self, mut job: Job<M>, clock: &Clock) {
        // Whatever takes it next polls it again.
        match job.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => _ = self.finish(job, done, None, clock),
            Poll::Pending => self.change(clock, |state, effects| state.hand_over(job, effects)),
        }
    }

    /// Records the end of a job that the waiter with `ticket` has done, or the background work. Returns
    /// why a connect failed.
    pub(crate) fn finish(
        &self,
        job: Job<M>,
        done: Done<M>,
        ticket: Option<usize>,
        clock: &Clock,
    ) -> Option<Failure<M::Error>> {
        let now = clock.now();
        match (job.kind, done) {
            (_, Done::Connected { resource, begun }) => {
                self.connect_error.set(None);
                let mut entry = self.entry(resource, now);
                self.change(clock, |state, effects| {
                    entry.id = state.add();
                    state.stats.create_times.record(now.since(begun));
                    (state.connects.is_down, state.connects.failed_in_a_row) = (false, 0);
                    state.suspected_at = None;
                    state.give_own(ticket, entry, now, effects);
                    state.end_work(ticket);
                    state.expand(now, effects);
                });
            }
            (_, Done::NotConnected(failure)) => {
                if let Failure::Error(Some(error)) = &failure {
                    self.connect_error.set(Some(Arc::clone(error)));
                }
                self.change(clock, |state, effects| {
                    state.end_work(ticket);
                    if !matches!(failure, Failure::PutOff(_)) {
                        state.connect_failed(now, effects);
                    }
                    state.end_connect(now, effects);
                });
                return Some(failure);
            }
            (_, Done::Reset(mut entry, Ok(()))) => {
                entry.spare = Some(job.into_memory());
                self.change(clock, |state, effects| {
                    state.give_own(ticket, entry, now, effects);
                    state.end_work(ticket);
                    state.expand(now, effects);
                });
            }
            (_, Done::Reset(entry, Err(error))) => {
                self.lock().end_work(ticket);
                let reason =
                    if error.is_some() { CloseReason::FailedCheck } else { CloseReason::CutCheck };
                self.check_failed(error);
                self.discard(entry, reason, clock);
            }
            (kind, Done::Closed) => {
                if let JobKind::Reset(_) = kind {
                    self.check_failed(None);
                }
                self.drop_job(job, ticket, clock);
            }
        }
        None
    }

    /// Counts a check or a reset that failed, or was cut if there is no error.
    pub(crate) fn check_failed(&self, error: Option<Arc<M::Error>>) {
        if let Some(error) = error {
            self.check_error.set(Some(error));
        }
        let stats = &mut self.lock().stats;
        stats.failed_checks = stats.failed_checks.saturating_add(1);
    }

    /// Drops a job that has yielded nothing, and releases its permit.
    fn drop_job(&self, job: Job<M>, ticket: Option<usize>, clock: &Clock) {
        let kind = job.kind;
        drop_quietly(job);
        self.change(clock, |state, effects| {
            state.end_work(ticket);
            let now = clock.now();
            match kind {
                JobKind::Connect => state.end_connect(now, effects),
                JobKind::Reset(id) if state.is_closed => {
                    state.release(id, CloseReason::ShutDown, now, effects);
                }
                JobKind::Reset(id) => state.release(id, CloseReason::CutCheck, now, effects),
                JobKind::Close(id, reason) => state.release(id, reason, now, effects),
            }
        });
    }

    /// Returns a new resource, without a number.
    fn entry(&self, resource: M::Resource, now: Tick) -> Box<Entry<M>> {
        let options = self.options();
        let shorten = |time| self.jitter.shorten(time, options.jitter_percent);
        Box::new(Entry {
            resource,
            id: 0,
            expires_at: options.max_lifetime.map_or(Tick::MAX, |lifetime| now + shorten(lifetime)),
            max_idle_time: options.max_idle_time.map(shorten),
            used_at: now,
            lent_at: now,
            is_new: true,
            spare: None,
            home: Weak::clone(&self.me),
        })
    }

    pub(crate) fn status(&self) -> PoolStatus {
        let state = self.lock();
        let mut status = state.stats;
        status.max = state.options.max_size.get();
        status.max_overflow = state.options.max_overflow;
        status.min_idle = state.options.min_idle;
        (status.size, status.idle) = (state.size, state.idle.len());
        status.borrowed = status.size - status.idle;
        status.overflow = status.size.saturating_sub(status.max);
        status.connecting = state.connecting;
        status.waiting = u32::try_from(state.waiters.len()).unwrap_or(u32::MAX);
        status.state = match (state.is_closed, state.connects.is_down) {
            (true, _) => PoolState::Closed,
            (false, true) => PoolState::Degraded,
            (false, false) => PoolState::Ready,
        };
        status
    }
}

impl<M: Manage> Drop for Shared<M> {
    fn drop(&mut self) {
        let idle = self.lock().idle.take_all();
        idle.into_iter().for_each(drop_quietly);
        self.work.notify();
    }
}

const fn reports(options: &PoolOptions) -> bool {
    options.leak_after.is_some() || options.slow_checkout_after.is_some()
}
