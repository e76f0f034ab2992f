use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use seawall_core::pool::{CloseReason, Manage};
use seawall_core::{Clock, Driver, Exit, Verdict};

use crate::entry::{Checkout, Entry};
use crate::job::Job;
use crate::shared::{Loan, Shared};
use crate::sync::MutexGuard;

impl<M: Manage> Shared<M> {
    /// Takes a resource back: resets it and lends it to the next waiter, keeps it idle, or closes it.
    pub(crate) fn checkin(&self, checkout: Checkout<M>, exit: &Exit<'_>, driver: &Driver) {
        if checkout.home() != std::ptr::from_ref(self) {
            // It belongs to another pool, which closes it.
            return;
        }
        let clock = driver.clock();
        let is_broken = !exit.is_cut() && self.manager.is_broken(&checkout);
        let mut entry = checkout.into_entry();
        self.forget_loan(entry.id);
        let now = exit.now();
        let used = now.since(entry.lent_at);
        entry.used_at = now;
        if exit.is_cut() || is_broken {
            let reason = if is_broken { CloseReason::Broken } else { CloseReason::Abandoned };
            self.lock().record_use(used, exit.is_cut());
            return self.discard(entry, reason, clock);
        }
        if exit.verdict() == Verdict::Unused {
            return self.change(clock, |state, effects| state.give(entry, now, effects));
        }
        match self.reset_at_once(&mut entry) {
            Some(true) => self.change(clock, |state, effects| {
                state.record_use(used, false);
                state.give(entry, now, effects);
            }),
            Some(false) => {
                self.lock().record_use(used, false);
                self.reset(entry, clock);
                self.report_checks(driver);
            }
            None => self.discard(entry, CloseReason::CutCheck, clock),
        }
    }

    /// Resets a resource whose manager needs neither it nor itself for that: the default. Returns false if
    /// it has to be done in a job, and `None` if it failed.
    #[inline]
    fn reset_at_once(&self, entry: &mut Entry<M>) -> Option<bool> {
        let reset = self.manager.reset(&mut entry.resource);
        // A future that has no room for a reference can do nothing to the resource.
        if size_of_val(&reset) >= size_of::<usize>() {
            return Some(false);
        }
        match pin!(reset).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(_)) => None,
            Poll::Ready(Ok(())) | Poll::Pending => Some(true),
        }
    }

    fn reset(&self, entry: Box<Entry<M>>, clock: &Clock) {
        let timeout = {
            let state = self.lock();
            (!state.is_closed).then_some(state.options.check_timeout)
        };
        match timeout {
            Some(timeout) => self.run(Job::reset(&self.manager, clock, entry, timeout), clock),
            None => self.close_entry(entry, CloseReason::ShutDown, clock),
        }
    }

    pub(crate) fn forget_loan(&self, id: u64) {
        if self.reports.load(Ordering::Relaxed) {
            self.lock_loans().remove(&id);
        }
    }

    pub(crate) fn lock_loans(&self) -> MutexGuard<'_, BTreeMap<u64, Loan>> {
        self.loans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
