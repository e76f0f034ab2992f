use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use seawall_core::pool::Manage;
use seawall_core::{Clock, Detail, Driver, Sleep, Tick, Topic};

use crate::connect_guard::{ConnectGuard, Failure};
use crate::job::{Job, JobKind};
use crate::shared::Shared;

/// The background work of a pool. It keeps the pool alive only while it is polled, so a connect that it
/// waits for does not outlive the pool's last handle.
pub(crate) async fn maintain<M: Manage>(
    pool: Weak<Shared<M>>,
    driver: Driver,
    guard: ConnectGuard,
) {
    let Some(work) = pool.upgrade().map(|shared| Arc::clone(&shared.work)) else { return };
    let mut listener = work.listen();
    let mut maintenance = Maintenance {
        pool,
        driver: driver.clone(),
        guard,
        jobs: Vec::new(),
        not_before: Tick::ZERO,
        is_degraded: false,
    };
    let mut sleep: Option<(Tick, Sleep)> = None;
    poll_fn(|cx| {
        loop {
            let Some(next) = maintenance.work(cx) else { return Poll::Ready(()) };
            if listener.poll(cx).is_ready() {
                continue;
            }
            if next == Tick::MAX {
                return Poll::Pending;
            }
            let (at, timer) = sleep.get_or_insert_with(|| (next, driver.clock().sleep_until(next)));
            if *at != next {
                (*at, *timer) = (next, driver.clock().sleep_until(next));
            }
            if Pin::new(timer).poll(cx).is_pending() {
                return Poll::Pending;
            }
            sleep = None;
        }
    })
    .await;
}

struct Maintenance<M: Manage> {
    pool: Weak<Shared<M>>,
    driver: Driver,
    guard: ConnectGuard,
    /// The jobs that it does.
    jobs: Vec<Job<M>>,
    /// The time before which it does not connect again.
    not_before: Tick,
    /// Whether it has reported the pool as degraded.
    is_degraded: bool,
}

impl<M: Manage> Maintenance<M> {
    /// Does what can be done now. Returns the time at which it has to look again; `None` if the pool is
    /// closed or gone.
    fn work(&mut self, cx: &mut Context<'_>) -> Option<Tick> {
        let pool = self.pool.upgrade().filter(|pool| !pool.is_closed())?;
        let clock = self.driver.clock().clone();
        let now = clock.now();
        pool.close_expired(now, &clock);
        loop {
            self.take_parked(&pool, now);
            self.connect(&pool, now);
            if !self.poll_jobs(&pool, cx, &clock) {
                break;
            }
        }
        self.report_health(&pool);
        pool.report_checks(&self.driver);
        let leaks = pool.report_leaks(now, &self.driver);
        let retry = if self.not_before > now { self.not_before } else { Tick::MAX };
        let look = pool.look_every().map_or(Tick::MAX, |time| now + time);
        Some(retry.min(look).min(leaks))
    }

    /// Takes the jobs that no waiter has. A connect that was not continued in time could only fail.
    fn take_parked(&mut self, pool: &Shared<M>, now: Tick) {
        pool.change(self.driver.clock(), |state, effects| {
            for job in state.parked.drain(..) {
                if job.is_stale(now) { effects.drop_job(job) } else { self.jobs.push(job) }
            }
        });
    }

    /// Begins to connect if there are too few.
    fn connect(&mut self, pool: &Shared<M>, now: Tick) {
        if now < self.not_before || self.jobs.iter().any(|job| job.kind == JobKind::Connect) {
            return;
        }
        let timeout = {
            let mut state = pool.lock();
            if !state.wants_more() {
                return;
            }
            state.connecting += 1;
            state.options.connect_timeout
        };
        let (clock, guard) = (self.driver.clock(), self.guard.clone());
        self.jobs.push(Job::connect(&pool.manager, clock, now, timeout, guard));
    }

    /// Continues all jobs; returns true if one has ended.
    fn poll_jobs(&mut self, pool: &Shared<M>, cx: &mut Context<'_>, clock: &Clock) -> bool {
        pool.poll_jobs(&mut self.jobs, cx, clock, |failure| {
            let wait = match failure {
                Failure::PutOff(Some(wait)) => wait,
                _ => pool.backoff(),
            };
            self.not_before = clock.now() + wait;
        })
    }

    /// Emits an event if the health has changed. A pool that never tried to connect is not degraded.
    fn report_health(&mut self, pool: &Shared<M>) {
        let connects = pool.lock().connects;
        let is_degraded = connects.is_down && connects.failed_in_a_row > 0;
        if is_degraded == self.is_degraded {
            return;
        }
        self.is_degraded = is_degraded;
        if is_degraded {
            let cause = pool.connect_error.get();
            let cause = cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static));
            self.driver.emit(Topic::ComponentDegraded, &pool.layer, || Detail::degraded(cause));
        } else {
            self.driver.emit(Topic::ComponentRecovered, &pool.layer, || Detail::None);
        }
    }
}

impl<M: Manage> Drop for Maintenance<M> {
    /// Leaves the jobs to others.
    fn drop(&mut self) {
        let Some(pool) = self.pool.upgrade() else { return };
        pool.change(self.driver.clock(), |state, effects| {
            self.jobs.drain(..).for_each(|job| state.hand_over(job, effects));
        });
    }
}

impl<M: Manage> Shared<M> {
    /// Continues `jobs`, and passes on why a connect failed; returns true if a job has ended.
    pub(crate) fn poll_jobs(
        &self,
        jobs: &mut Vec<Job<M>>,
        cx: &mut Context<'_>,
        clock: &Clock,
        mut failed: impl FnMut(Failure<M::Error>),
    ) -> bool {
        let (mut ended, mut at) = (false, 0);
        while at < jobs.len() {
            match jobs[at].poll(cx) {
                Poll::Pending => at += 1,
                Poll::Ready(done) => {
                    let failure = self.finish(jobs.swap_remove(at), done, None, clock);
                    failure.into_iter().for_each(&mut failed);
                    ended = true;
                }
            }
        }
        ended
    }

    /// Closes idle resources that are too old, gracefully.
    fn close_expired(&self, now: Tick, clock: &Clock) {
        loop {
            let found = self.lock().idle.remove(|entry| entry.expired(now));
            let Some((entry, reason)) = found else { return };
            let job = Job::close(self, clock, entry, reason);
            self.change(clock, |state, effects| state.hand_over(job, effects));
        }
    }

    /// Returns how long to wait after a failed background connect.
    fn backoff(&self) -> Duration {
        let state = self.lock();
        let wait = state.options.connect_backoff.wait(state.connects.failed_in_a_row);
        let (percent, shortest) = (state.options.jitter_percent, Duration::from_millis(1));
        drop(state);
        self.jitter.shorten(wait, percent).max(shortest)
    }

    /// Returns the time between two looks for old resources: a quarter of the shortest limit.
    fn look_every(&self) -> Option<Duration> {
        let state = self.lock();
        let limits = [state.options.max_lifetime, state.options.max_idle_time];
        let shortest = limits.into_iter().flatten().min()?;
        Some((shortest / 4).clamp(Duration::from_millis(1), Duration::from_secs(30)))
    }

    /// Reports resources that have been lent for too long, once each; returns when the next may be.
    fn report_leaks(&self, now: Tick, driver: &Driver) -> Tick {
        let Some(leak_after) = self.lock().options.leak_after else { return Tick::MAX };
        let mut next = Tick::MAX;
        let mut leaked = Vec::new();
        for loan in self.lock_loans().values_mut().filter(|loan| !loan.is_reported) {
            let lent_for = now.since(loan.since);
            if lent_for >= leak_after {
                loan.is_reported = true;
                leaked.push((lent_for, loan.caller));
            } else {
                next = next.min(loan.since + leak_after);
            }
        }
        for (lent_for, caller) in leaked {
            driver.emit(Topic::ResourceLeaked, &self.layer, || Detail::lent(lent_for, caller));
        }
        next
    }
}
