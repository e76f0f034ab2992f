use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use seawall_core::pool::{CloseReason, Manage, Stage, Terms, TooSlow};
use seawall_core::{Clock, Deadline, Detail, Driver, Refusal, RefusalKind, Sleep, Tick, Topic};

use crate::acquire::{Acquire, Denied, Served};
use crate::connect_guard::Failure;
use crate::entry::{Checkout, Entry};
use crate::job::JobKind;
use crate::shared::{Loan, Shared};
use crate::state::Refused;

/// How a stage of a checkout ended before its work did.
enum Cut {
    Closed,
    /// The stage's own limit has passed.
    Limit,
    /// The deadline of the checkout has passed, after this time in the stage.
    Deadline(Duration),
}

/// Number of further polls that work gets when its limit has passed: its answer may have arrived while
/// the thread was busy, and reach the work only after other tasks have run.
const GRACE_POLLS: u8 = 2;

impl<M: Manage> Shared<M> {
    /// Lends a resource on these `terms`, or returns why not.
    pub(crate) async fn checkout(
        &self,
        terms: Terms<'_>,
        driver: &Driver,
    ) -> Result<Checkout<M>, Refusal> {
        let terms = terms.begun();
        let (clock, now) = (terms.clock(), terms.since());
        let mut found = self.take_idle(now);
        let (mut at, mut is_next) = (now, false);
        loop {
            let Served { entry, is_checked, at: served_at } = match found.take() {
                Some(found) => found,
                None => match Acquire::new(self, terms, at, is_next).await {
                    Ok(served) => served,
                    Err(denied) => return Err(self.denied(denied, clock)),
                },
            };
            at = served_at;
            let mut entry = Renewal::new(self, entry, clock);
            if self.make_ready(&mut entry, is_checked, terms.deadline(), at, driver).await? {
                let mut entry = entry.into_entry();
                (entry.lent_at, entry.is_new) = (at, false);
                if self.reports.load(Ordering::Relaxed) {
                    self.report(&entry, terms, now, driver);
                }
                return Ok(Checkout::new(entry));
            }
            drop(entry);
            at = clock.now();
            (found, is_next) = (self.take_idle(at), true);
        }
    }

    /// Takes what is idle.
    #[inline]
    fn take_idle(&self, at: Tick) -> Option<Served<M>> {
        let mut state = self.lock();
        let entry = state.take_idle()?;
        let is_checked = !state.needs_check(&entry, at);
        if state.wants_more() {
            drop(state);
            self.work.notify();
        }
        Some(Served { entry, is_checked, at })
    }

    /// Makes sure that a resource can be lent; returns false if it has to be closed.
    #[inline]
    async fn make_ready(
        &self,
        entry: &mut Renewal<'_, M>,
        is_checked: bool,
        deadline: Deadline<'_>,
        now: Tick,
        driver: &Driver,
    ) -> Result<bool, Refusal> {
        if let Some(reason) = entry.get().expired(now) {
            entry.reason = reason;
            return Ok(false);
        }
        if !is_checked {
            let checked =
                self.stage(pin!(self.manager.check(&mut entry.get().resource)), deadline).await;
            if !self.passed(checked, entry, now, driver)? {
                return Ok(false);
            }
            self.check_passed();
        }
        let prepared =
            self.stage(pin!(self.manager.prepare(&mut entry.get().resource)), deadline).await;
        self.passed(prepared, entry, now, driver)
    }

    /// Returns true if a check has succeeded; otherwise the resource has to be closed.
    #[inline]
    fn passed(
        &self,
        checked: Result<Result<(), M::Error>, Cut>,
        entry: &mut Renewal<'_, M>,
        begun: Tick,
        driver: &Driver,
    ) -> Result<bool, Refusal> {
        match checked {
            Ok(Ok(())) => Ok(true),
            Ok(Err(error)) => {
                entry.reason = CloseReason::FailedCheck;
                self.check_failed(Some(Arc::new(error)));
                self.report_checks(driver);
                Ok(false)
            }
            Err(Cut::Limit) => {
                self.check_failed(None);
                self.report_checks(driver);
                self.suspect(begun, entry.clock);
                Ok(false)
            }
            Err(Cut::Deadline(after)) => Err(self.too_slow(Stage::Checking, after)),
            Err(Cut::Closed) => Err(self.refuse(RefusalKind::ShuttingDown)),
        }
    }

    /// Has the other idle resources checked before their next loan after a check took too long; closes
    /// them if it is the second one and none has succeeded between.
    fn suspect(&self, begun: Tick, clock: &Clock) {
        self.change(clock, |state, effects| match state.suspected_at {
            None => state.suspected_at = Some(begun),
            Some(_) => state.condemn_idle(begun, effects),
        });
    }

    /// Runs the work of a stage until it ends, its limit or the deadline passes, or the pool is closed.
    /// Work that need not wait costs nothing besides.
    #[inline]
    async fn stage<F: Future>(
        &self,
        mut work: Pin<&mut F>,
        deadline: Deadline<'_>,
    ) -> Result<F::Output, Cut> {
        let mut is_first = true;
        let at_once = poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Pending if std::mem::take(&mut is_first) => Poll::Ready(None),
            polled => polled.map(Some),
        });
        if let Some(output) = at_once.await {
            return Ok(output);
        }
        self.slow_stage(work, deadline).await
    }

    async fn slow_stage<F: Future>(
        &self,
        mut work: Pin<&mut F>,
        deadline: Deadline<'_>,
    ) -> Result<F::Output, Cut> {
        let (clock, check_timeout) = (deadline.clock(), self.lock().options.check_timeout);
        let since = clock.now();
        let (until, mut grace) = ((since + check_timeout).min(deadline.at()), GRACE_POLLS);
        let mut sleep: Option<Sleep> = (until != Tick::MAX).then(|| clock.sleep_until(until));
        let mut closing = self.closing.listen();
        if self.is_closed() {
            return Err(Cut::Closed);
        }
        // The work has just been polled.
        let mut is_polled = true;
        poll_fn(|cx| {
            while closing.poll(cx).is_ready() {
                if self.is_closed() {
                    return Poll::Ready(Err(Cut::Closed));
                }
            }
            if !std::mem::take(&mut is_polled)
                && let Poll::Ready(output) = work.as_mut().poll(cx)
            {
                return Poll::Ready(Ok(output));
            }
            if let Some(timer) = &mut sleep {
                if Pin::new(timer).poll(cx).is_pending() {
                    return Poll::Pending;
                }
                sleep = None;
            } else if until == Tick::MAX {
                return Poll::Pending;
            }
            if until == deadline.at() {
                return Poll::Ready(Err(Cut::Deadline(until.since(since))));
            }
            if grace == 0 {
                return Poll::Ready(Err(Cut::Limit));
            }
            grace -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }

    fn check_passed(&self) {
        let mut state = self.lock();
        (state.stats.failed_checks, state.reported_checks) = (0, 0);
        state.suspected_at = None;
    }

    /// Emits an event when checks and resets have failed twice in a row, and whenever that number has
    /// doubled.
    pub(crate) fn report_checks(&self, driver: &Driver) {
        {
            let mut state = self.lock();
            let failed = state.stats.failed_checks;
            if failed < 2 || failed < state.reported_checks.saturating_mul(2) {
                return;
            }
            state.reported_checks = failed;
        }
        let cause = self.check_error.get();
        let cause = cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static));
        driver.emit(Topic::ChecksFailing, &self.layer, || Detail::degraded(cause));
    }

    /// Reports a checkout that was slow, and records the loan.
    #[cold]
    fn report(&self, entry: &Entry<M>, terms: Terms<'_>, begun: Tick, driver: &Driver) {
        let (leak_after, slow_after) = {
            let options = &self.lock().options;
            (options.leak_after, options.slow_checkout_after)
        };
        let (now, caller) = (terms.clock().now(), terms.caller);
        if leak_after.is_some() {
            self.lock_loans().insert(entry.id, Loan { since: now, caller, is_reported: false });
            self.work.notify();
        }
        let took = now.since(begun);
        if slow_after.is_some_and(|slow| took >= slow) {
            driver.emit(Topic::CheckoutSlow, &self.layer, || Detail::lent(took, caller));
        }
    }

    #[cold]
    fn denied(&self, denied: Denied<M::Error>, clock: &Clock) -> Refusal {
        match denied {
            Denied::Refused(Refused::Full) => {
                self.refuse(RefusalKind::PoolFull).with_limit(self.places())
            }
            Denied::Refused(Refused::Closed) => self.refuse(RefusalKind::ShuttingDown),
            Denied::Refused(Refused::TooLittleTime) => {
                self.refuse(RefusalKind::CheckoutTimeout).with_limit(self.places())
            }
            Denied::Refused(Refused::Down(retry_at)) => {
                let refusal = self.refuse(RefusalKind::ResourceUnavailable);
                self.with_last_error(refusal).with_retry_at(retry_at, clock.now())
            }
            Denied::TooLate { work, waited } => self.too_late(work, waited),
            Denied::Failed(Failure::Error(Some(error))) => {
                let refusal = self.refuse(RefusalKind::ResourceUnavailable).with_source(error);
                refusal.with_retry_after(self.lock().options.connect_backoff.first)
            }
            Denied::Failed(Failure::Error(None)) => {
                let timeout = self.lock().options.connect_timeout;
                self.too_slow(Stage::Connecting, timeout)
            }
            Denied::Failed(Failure::PutOff(_)) => self.refuse(RefusalKind::ResourceUnavailable),
            Denied::Failed(Failure::Panicked(panic)) => resume_unwind(panic),
        }
    }

    /// The deadline came while a waiter had this kind of work, or none.
    fn too_late(&self, work: Option<(JobKind, Duration)>, waited: Duration) -> Refusal {
        let (is_down, size, usual) = {
            let state = self.lock();
            (state.connects.is_down, state.size, state.stats.create_times.quantile(0.5))
        };
        // A connect that takes no longer than others do says nothing of the server: the pool is short.
        let is_slow = |took| usual.is_none_or(|usual| took > 3 * usual);
        match work {
            Some((JobKind::Connect, took)) if is_down || is_slow(took) => {
                self.too_slow(Stage::Connecting, took)
            }
            _ if is_down && size == 0 => self.too_slow(Stage::Waiting, waited),
            _ => {
                let refusal = self.refuse(RefusalKind::CheckoutTimeout);
                self.with_last_error(refusal.with_limit(self.places()))
            }
        }
    }

    /// Returns the refusal of a checkout that was cut when `stage` had lasted for `after`.
    fn too_slow(&self, stage: Stage, after: Duration) -> Refusal {
        let last_error = self.connect_error.get().map(|error| error as Arc<_>);
        let slow = TooSlow::new(stage, after).with_last_error(last_error);
        self.refuse(RefusalKind::ResourceUnavailable).with_source(Arc::new(slow))
    }

    fn with_last_error(&self, refusal: Refusal) -> Refusal {
        match self.connect_error.get() {
            Some(error) => refusal.with_source(error),
            None => refusal,
        }
    }

    fn places(&self) -> u64 {
        self.lock().options.places().into()
    }

    fn refuse(&self, kind: RefusalKind) -> Refusal {
        Refusal::new(kind, &self.layer)
    }
}

/// A resource that is made ready for its borrower. If it is dropped before, it is closed.
struct Renewal<'s, M: Manage> {
    shared: &'s Shared<M>,
    entry: Option<Box<Entry<M>>>,
    clock: &'s Clock,
    /// The reason to close it.
    reason: CloseReason,
}

impl<'s, M: Manage> Renewal<'s, M> {
    const fn new(shared: &'s Shared<M>, entry: Box<Entry<M>>, clock: &'s Clock) -> Self {
        Self { shared, entry: Some(entry), clock, reason: CloseReason::CutCheck }
    }

    fn get(&mut self) -> &mut Entry<M> {
        self.entry.as_mut().expect("BUG: resource used after it was lent")
    }

    fn into_entry(mut self) -> Box<Entry<M>> {
        self.entry.take().expect("BUG: resource lent twice")
    }
}

impl<M: Manage> Drop for Renewal<'_, M> {
    fn drop(&mut self) {
        let Some(entry) = self.entry.take() else { return };
        if self.reason.is_graceful() {
            self.shared.close_entry(entry, self.reason, self.clock);
        } else {
            self.shared.discard(entry, self.reason, self.clock);
        }
    }
}
