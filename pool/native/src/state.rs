use std::collections::{BTreeSet, VecDeque};
use std::task::Waker;
use std::time::Duration;

use seawall_core::pool::{CloseReason, DurationHistogram, Manage, PoolOptions, PoolStatus};
use seawall_core::{Tick, TimerSetting};

use crate::entry::Entry;
use crate::idle_queue::IdleQueue;
use crate::job::{Job, JobKind};
use crate::recent_uses::RecentUses;
use crate::waiters::{UseLimit, Waiters};

/// Everything about a pool that changes together, under one lock.
pub(crate) struct State<M: Manage> {
    pub(crate) options: PoolOptions,
    pub(crate) is_closed: bool,
    /// Number of drains under way, which close what comes back gracefully.
    pub(crate) draining: u32,
    /// Number of resources, including those that are being closed.
    pub(crate) size: u32,
    /// Number of permits that connects hold.
    pub(crate) connecting: u32,
    pub(crate) idle: IdleQueue<M>,
    /// Jobs that neither a waiter nor the background work has.
    pub(crate) parked: VecDeque<Job<M>>,
    pub(crate) waiters: Waiters<Box<Entry<M>>, Task<M>, Refused>,
    pub(crate) timer: TimerSetting,
    /// The resources that exist, to find the youngest.
    ids: BTreeSet<u64>,
    pub(crate) connects: Connects,
    /// The time of a check that took too long, until a check or a connect succeeds.
    pub(crate) suspected_at: Option<Tick>,
    recent_uses: RecentUses,
    /// The number of failed checks that was reported last.
    pub(crate) reported_checks: u32,
    /// What is counted since the pool was created; the rest of the status is not kept here.
    pub(crate) stats: PoolStatus,
}

/// Whether connecting works.
#[derive(Clone, Copy)]
pub(crate) struct Connects {
    /// True until a connect succeeds, and after one that failed.
    pub(crate) is_down: bool,
    pub(crate) failed_in_a_row: u32,
    /// The time before which no caller connects again.
    pub(crate) retry_at: Tick,
}

/// What a waiter may do to get a resource.
pub(crate) enum Task<M: Manage> {
    /// Connect, not before this time.
    Connect(Tick),
    Continue(Job<M>),
}

/// Why a waiter gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// All permits are taken.
    Full,
    Closed,
    /// Connecting has failed, and is tried again at this time.
    Down(Tick),
    /// The rest of the caller's time is shorter than most uses.
    TooLittleTime,
}

/// What has to be done after the lock was released. Most changes wake one waiter or none.
pub(crate) struct Effects<M: Manage> {
    waker: Option<Waker>,
    more: Option<Box<More<M>>>,
    /// There is something to do for the background work.
    pub(crate) notify: bool,
    /// The pool was closed, or something came back to a closed pool.
    pub(crate) closing: bool,
}

/// What has to be done rarely.
pub(crate) struct More<M: Manage> {
    pub(crate) wakers: Vec<Waker>,
    pub(crate) close: Vec<(Box<Entry<M>>, CloseReason)>,
    pub(crate) jobs: Vec<Job<M>>,
}

impl<M: Manage> Effects<M> {
    pub(crate) const fn new() -> Self {
        Self { waker: None, more: None, notify: false, closing: false }
    }

    #[inline]
    fn wake(&mut self, waker: Waker) {
        if let Some(waker) = self.waker.replace(waker) {
            self.more().wakers.push(waker);
        }
    }

    /// Has a job dropped.
    pub(crate) fn drop_job(&mut self, job: Job<M>) {
        self.more().jobs.push(job);
    }

    #[cold]
    fn more(&mut self) -> &mut More<M> {
        let new = || Box::new(More { wakers: Vec::new(), close: Vec::new(), jobs: Vec::new() });
        self.more.get_or_insert_with(new)
    }

    /// Wakes the first waiter; returns what else there is to do.
    #[inline]
    pub(crate) fn wake_first(self) -> Option<Self> {
        let Self { waker, more, notify, closing } = self;
        if let Some(waker) = waker {
            waker.wake();
        }
        let has_more = notify || closing || more.is_some();
        has_more.then_some(Self { waker: None, more, notify, closing })
    }

    pub(crate) fn into_more(self) -> Option<Box<More<M>>> {
        self.more
    }
}

impl<M: Manage> State<M> {
    pub(crate) fn new(options: PoolOptions) -> Self {
        Self {
            options,
            is_closed: false,
            draining: 0,
            size: 0,
            connecting: 0,
            idle: IdleQueue::new(),
            parked: VecDeque::new(),
            waiters: Waiters::new(),
            timer: TimerSetting::NONE,
            ids: BTreeSet::new(),
            connects: Connects { is_down: true, failed_in_a_row: 0, retry_at: Tick::ZERO },
            suspected_at: None,
            recent_uses: RecentUses::new(),
            reported_checks: 0,
            stats: PoolStatus::new(0),
        }
    }

    /// Returns the number of permits that are taken, by resources and by connects.
    pub(crate) const fn used(&self) -> u32 {
        self.size + self.connecting
    }

    /// Takes the idle resource that is lent next.
    #[inline]
    pub(crate) fn take_idle(&mut self) -> Option<Box<Entry<M>>> {
        self.idle.pop(self.options.order)
    }

    /// Returns true if the background work should connect more.
    #[inline]
    pub(crate) fn wants_more(&self) -> bool {
        let is_short = self.idle.len() < self.options.min_idle;
        let is_down = self.connects.is_down && self.connecting == 0;
        let has_permit = self.used() < self.options.max_size.get();
        !self.is_closed && has_permit && (is_short || is_down)
    }

    /// Returns true if `entry` has to be checked before it is lent at `now`.
    #[inline]
    pub(crate) fn needs_check(&self, entry: &Entry<M>, now: Tick) -> bool {
        let is_due = now.since(entry.used_at) >= self.options.check_after
            || self.suspected_at.is_some_and(|suspected| entry.used_at <= suspected);
        is_due && !entry.is_new
    }

    /// Returns what a caller may do that found nothing idle; one that is served `next` goes before the
    /// waiters.
    pub(crate) fn task(&mut self, now: Tick, next: bool) -> Result<Task<M>, Refused> {
        if self.is_closed {
            return Err(Refused::Closed);
        }
        if self.waiters.has_idle() && !next {
            return Err(Refused::Full);
        }
        let yields = |job: &Job<M>| !matches!(job.kind, JobKind::Close(..));
        if let Some(at) = self.parked.iter().position(yields) {
            return Ok(Task::Continue(self.parked.remove(at).expect("its position is known")));
        }
        if self.used() < self.options.places() {
            let not_before = self.may_connect(now)?;
            self.connecting += 1;
            return Ok(Task::Connect(not_before));
        }
        self.parked.pop_front().map(Task::Continue).ok_or(Refused::Full)
    }

    /// Returns the time at which a caller may connect. While connecting fails, only one at a time does,
    /// and not at once after a failure.
    fn may_connect(&self, now: Tick) -> Result<Tick, Refused> {
        let Connects { failed_in_a_row, retry_at, .. } = self.connects;
        if failed_in_a_row == 0 {
            return Ok(Tick::ZERO);
        }
        if self.connecting > 0 {
            return Err(Refused::Full);
        }
        if now < retry_at && self.size == 0 {
            return Err(Refused::Down(retry_at));
        }
        Ok(retry_at)
    }

    /// Lets waiters use the permits that are free.
    pub(crate) fn expand(&mut self, now: Tick, effects: &mut Effects<M>) {
        while self.waiters.has_idle() && !self.is_closed {
            match self.task(now, true) {
                Ok(task) => match self.waiters.give(task) {
                    Ok(waker) => effects.wake(waker),
                    Err(_) => unreachable!("BUG: a waiter without work was counted"),
                },
                Err(Refused::Down(retry_at)) => {
                    while let Ok(waker) = self.waiters.answer(Err(Refused::Down(retry_at))) {
                        effects.wake(waker);
                    }
                }
                Err(_) => break,
            }
        }
        effects.notify |= self.wants_more();
    }

    /// Gives a resource to the first waiter that has time to use it, or keeps it idle, or has it closed.
    #[inline]
    pub(crate) fn give(&mut self, mut entry: Box<Entry<M>>, now: Tick, effects: &mut Effects<M>) {
        if self.is_closed {
            return Self::close(entry, CloseReason::ShutDown, effects);
        }
        if self.used() > self.options.places() {
            return Self::close(entry, CloseReason::Surplus, effects);
        }
        while let Some(use_limit) = self.waiters.next_limit() {
            if self.is_too_late(use_limit, now) {
                let answered = self.waiters.answer(Err(Refused::TooLittleTime));
                answered.into_iter().for_each(|waker| effects.wake(waker));
                continue;
            }
            match self.waiters.answer(Ok(entry)) {
                Ok(waker) => return effects.wake(waker),
                Err(Ok(back)) => entry = back,
                Err(Err(_)) => return,
            }
        }
        if self.size > self.options.max_size.get() && self.is_surplus(entry.id) {
            return Self::close(entry, CloseReason::Surplus, effects);
        }
        self.idle.push(entry, self.options.order);
    }

    /// Gives a resource to the waiter whose work has yielded it, unless an earlier waiter has no work.
    pub(crate) fn give_own(
        &mut self,
        ticket: Option<usize>,
        mut entry: Box<Entry<M>>,
        now: Tick,
        effects: &mut Effects<M>,
    ) {
        if let Some(ticket) = ticket
            && !self.is_closed
            && self.used() <= self.options.places()
            && !self.is_too_late(self.waiters.limit(ticket), now)
        {
            match self.waiters.answer_own(ticket, Ok(entry)) {
                Ok(waker) => return effects.wake(waker),
                Err(Ok(back)) => entry = back,
                Err(Err(_)) => return,
            }
        }
        self.give(entry, now, effects);
    }

    /// Returns true if most uses take longer than what is left. A caller that has half of its time left is
    /// never too late, whatever uses take.
    #[inline]
    fn is_too_late(&self, limit: UseLimit, now: Tick) -> bool {
        let needed = self.recent_uses.needed().min(limit.half);
        limit.until != Tick::MAX && limit.until.since(now) < needed
    }

    /// Returns true if a resource is among the youngest, by as many as there are above `max_size`.
    fn is_surplus(&self, id: u64) -> bool {
        let surplus = self.size.saturating_sub(self.options.max_size.get());
        let surplus = usize::try_from(surplus).unwrap_or(usize::MAX);
        self.ids.iter().rev().take(surplus).any(|youngest| *youngest == id)
    }

    fn close(entry: Box<Entry<M>>, reason: CloseReason, effects: &mut Effects<M>) {
        effects.more().close.push((entry, reason));
    }

    /// Gives a job to the first waiter without work, or leaves it to the background work or the next
    /// caller.
    pub(crate) fn hand_over(&mut self, job: Job<M>, effects: &mut Effects<M>) {
        let is_graceful = matches!(job.kind, JobKind::Close(..)) && self.draining > 0;
        if self.is_closed && !is_graceful {
            return effects.drop_job(job);
        }
        match self.waiters.give(Task::Continue(job)) {
            Ok(waker) => effects.wake(waker),
            Err(Task::Continue(job)) => {
                self.parked.push_back(job);
                effects.notify = true;
                effects.closing |= self.is_closed;
            }
            Err(Task::Connect(_)) => {}
        }
    }

    /// Takes back what a waiter was given and does not need.
    pub(crate) fn take_back(&mut self, task: Task<M>, now: Tick, effects: &mut Effects<M>) {
        match task {
            Task::Continue(job) => self.hand_over(job, effects),
            Task::Connect(_) => self.end_connect(now, effects),
        }
    }

    /// Counts a resource that was created; its connect has released its permit to it.
    pub(crate) fn add(&mut self) -> u64 {
        self.connecting -= 1;
        self.size += 1;
        self.stats.created += 1;
        self.ids.insert(self.stats.created);
        self.stats.created
    }

    /// Releases the permit of a resource that is closed now.
    pub(crate) fn release(
        &mut self,
        id: u64,
        reason: CloseReason,
        now: Tick,
        effects: &mut Effects<M>,
    ) {
        self.size -= 1;
        self.ids.remove(&id);
        self.stats.closed.count(reason);
        effects.closing |= self.is_closed;
        self.expand(now, effects);
    }

    /// Counts a use that has ended.
    #[inline]
    pub(crate) fn record_use(&mut self, time: Duration, was_cut: bool) {
        let bucket = DurationHistogram::bucket(time);
        self.stats.use_times.record_bucket(bucket);
        self.recent_uses.record(bucket, was_cut);
    }

    /// Counts a wait that has ended.
    pub(crate) fn record_wait(&mut self, time: Duration) {
        let PoolStatus { waits, wait_times, .. } = &mut self.stats;
        waits.count += 1;
        waits.total += time;
        waits.longest = waits.longest.max(time);
        wait_times.record(time);
    }

    /// Records that the waiter with `ticket` has finished its work, if it was a waiter's.
    pub(crate) fn end_work(&mut self, ticket: Option<usize>) {
        if let Some(ticket) = ticket {
            self.waiters.finish(ticket);
        }
    }

    /// Releases the permit of a connect that has yielded nothing.
    pub(crate) fn end_connect(&mut self, now: Tick, effects: &mut Effects<M>) {
        self.connecting -= 1;
        effects.closing |= self.is_closed;
        self.expand(now, effects);
    }

    /// Records a connect that failed. Callers pause before the next one.
    pub(crate) fn connect_failed(&mut self, now: Tick, effects: &mut Effects<M>) {
        self.stats.failed_connects += 1;
        self.connects = Connects {
            is_down: true,
            failed_in_a_row: self.connects.failed_in_a_row.saturating_add(1),
            retry_at: now + self.options.connect_backoff.first,
        };
        if let Some(suspected_at) = self.suspected_at {
            self.condemn_idle(suspected_at, effects);
        }
        effects.notify = true;
    }

    /// Closes the idle resources for which `which` returns a reason.
    pub(crate) fn remove_idle(
        &mut self,
        mut which: impl FnMut(&Entry<M>) -> Option<CloseReason>,
        effects: &mut Effects<M>,
    ) {
        while let Some((entry, reason)) = self.idle.remove(&mut which) {
            Self::close(entry, reason, effects);
        }
    }

    /// Closes what has been idle since `before`: two checks, or a check and a connect, have failed.
    pub(crate) fn condemn_idle(&mut self, before: Tick, effects: &mut Effects<M>) {
        self.suspected_at = None;
        self.remove_idle(
            |entry| (entry.used_at <= before).then_some(CloseReason::Suspect),
            effects,
        );
    }

    /// Closes the surplus that is idle, the youngest first.
    pub(crate) fn trim(&mut self, effects: &mut Effects<M>) {
        let surplus = self.size.saturating_sub(self.options.max_size.get());
        let mut surplus = surplus.min(self.idle.len());
        let ids: Vec<_> = self.ids.iter().rev().copied().collect();
        for id in ids {
            if surplus == 0 {
                return;
            }
            if let Some((entry, reason)) =
                self.idle.remove(|entry| (entry.id == id).then_some(CloseReason::Surplus))
            {
                Self::close(entry, reason, effects);
                surplus -= 1;
            }
        }
    }

    /// Closes the pool: waiters are refused, what is idle is closed, jobs are dropped.
    pub(crate) fn close_all(&mut self, effects: &mut Effects<M>) {
        if !self.is_closed {
            self.is_closed = true;
            for waker in self.waiters.wakers() {
                effects.wake(waker);
            }
        }
        let given = self.waiters.revoke(|| Refused::Closed);
        for entry in self.idle.take_all().into_iter().chain(given) {
            Self::close(entry, CloseReason::ShutDown, effects);
        }
        if self.draining == 0 {
            self.parked.drain(..).for_each(|job| effects.drop_job(job));
        }
        (effects.notify, effects.closing) = (true, true);
    }
}
