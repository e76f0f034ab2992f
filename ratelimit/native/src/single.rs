use seawall_core::Tick;

use crate::act::{Act, Done};
use crate::any_meter::AnyMeter;
use crate::bucket::{Bucket, Missing};
use crate::meter::Meter;
use crate::queue::Queue;
use crate::sliding::Sliding;
use crate::sync::{AtomicU64, AtomicUsize, Mutex, Ordering, lock};
use crate::wakes::Wakes;

/// An account that many threads share: a bucket without a lock, as long as no call waits.
///
/// What a number in a bucket means depends on the rule, so rule and number change together: each rule
/// has an [`Epoch`] of its own, and only the current one has a number. A caller that finds it gone
/// takes the lock, under which the state is then. Epochs live as long as the account, so readers need
/// no reference counting; after [`MAX_EPOCHS`] different rules, the account stays under its lock
/// unless an earlier rule comes again.
#[derive(Debug)]
pub(crate) struct Single {
    first: Option<Epoch>,
    later: boxcar::Vec<Epoch>,
    /// The number of the current epoch; [`LOCKED`] if the state is under the lock only.
    current: AtomicUsize,
    account: Mutex<Account>,
}

#[derive(Debug)]
struct Epoch {
    meter: Bucket,
    /// [`Bucket::QUEUED`] if the state is in the account's queue.
    count: AtomicU64,
}

/// The account under its lock. The queue's state is out of date while an epoch has it.
#[derive(Debug)]
enum Account {
    Bucket(Bucket, Queue<Bucket>),
    Sliding(Sliding, Queue<Sliding>),
}

const LOCKED: usize = usize::MAX;

const MAX_EPOCHS: usize = 16;

impl Single {
    /// An unused account.
    pub(crate) fn new(meter: AnyMeter) -> Self {
        let first = meter.bucket().map(|meter| Epoch::new(&meter, Bucket::FULL));
        let current = AtomicUsize::new(if first.is_some() { 0 } else { LOCKED });
        let account = match meter {
            AnyMeter::Bucket(meter) => Account::Bucket(meter, Queue::new(Bucket::FULL)),
            AnyMeter::Sliding(meter) => Account::Sliding(meter, Queue::new(Sliding::FULL)),
        };
        Self { first, later: boxcar::Vec::new(), current, account: Mutex::new(account) }
    }

    /// Acts on the account.
    #[inline]
    pub(crate) fn apply<A: Act>(&self, act: &A) -> A::Outcome {
        match self.epoch().and_then(|epoch| epoch.apply(act)) {
            Some(outcome) => outcome,
            None => self.apply_locked(act),
        }
    }

    /// Takes `cost` tokens for a call that can go at once, in as few steps as possible.
    ///
    /// # Errors
    /// If that cannot be done, with how much is missing if that is known;
    /// [`Take`](crate::take::Take) says why otherwise, or takes the tokens after all.
    #[inline]
    pub(crate) fn pass(&self, now: Tick, cost: u32) -> Result<(), Option<Missing<'_>>> {
        let epoch = self.epoch().ok_or(None)?;
        epoch.meter.pass(&epoch.count, now, cost)
    }

    /// Counts by another rule from now on, without forgetting usage.
    pub(crate) fn change(&self, meter: &AnyMeter, now: Tick) {
        let mut wakes = Wakes::default();
        let mut account = lock(&self.account);
        let is_same = match (&*account, meter) {
            (Account::Bucket(old, _), AnyMeter::Bucket(new)) => old == new,
            (Account::Sliding(old, _), AnyMeter::Sliding(new)) => old == new,
            _ => false,
        };
        if !is_same {
            self.withdraw(&mut account);
            *account = account.under(meter, now, &mut wakes);
            self.current.store(self.find(meter), Ordering::Release);
            self.publish(&account);
        }
        drop(account);
        wakes.wake();
    }

    #[inline]
    fn epoch(&self) -> Option<&Epoch> {
        match self.current.load(Ordering::Acquire) {
            0 => self.first.as_ref(),
            number => self.later.get(number - 1),
        }
    }

    #[inline(never)]
    fn apply_locked<A: Act>(&self, act: &A) -> A::Outcome {
        let mut wakes = Wakes::default();
        let mut account = lock(&self.account);
        self.withdraw(&mut account);
        let outcome = match &mut *account {
            Account::Bucket(meter, queue) => act.on_queue(meter, queue, &mut wakes),
            Account::Sliding(meter, queue) => act.on_queue(meter, queue, &mut wakes),
        };
        self.publish(&account);
        drop(account);
        wakes.wake();
        outcome
    }

    /// Takes the state out of the epoch, if it is there.
    fn withdraw(&self, account: &mut Account) {
        if let (Some(epoch), Account::Bucket(_, queue)) = (self.epoch(), account) {
            match epoch.count.swap(Bucket::QUEUED, Ordering::Relaxed) {
                Bucket::QUEUED => {}
                state => queue.set_idle(state),
            }
        }
    }

    /// Gives the state to the epoch, if there is one and no call waits.
    fn publish(&self, account: &Account) {
        if let (Some(epoch), Account::Bucket(_, queue)) = (self.epoch(), account)
            && queue.is_plain()
        {
            epoch.count.store(queue.state(), Ordering::Relaxed);
        }
    }

    /// The number of the epoch of a rule. Called under the lock.
    fn find(&self, meter: &AnyMeter) -> usize {
        let AnyMeter::Bucket(meter) = meter else { return LOCKED };
        if self.first.as_ref().is_some_and(|first| first.meter == *meter) {
            return 0;
        }
        match self.later.iter().find(|(_, epoch)| epoch.meter == *meter) {
            Some((number, _)) => number + 1,
            None if self.later.count() < MAX_EPOCHS => {
                self.later.push(Epoch::new(meter, Bucket::QUEUED)) + 1
            }
            None => LOCKED,
        }
    }
}

impl Account {
    /// The same account under another rule; nothing is left of this one.
    fn under(&mut self, meter: &AnyMeter, now: Tick, wakes: &mut Wakes) -> Self {
        match meter {
            AnyMeter::Bucket(new) => Self::Bucket(
                new.clone(),
                match self {
                    Self::Bucket(old, queue) => queue.take_out().adopted(old, new, now, wakes),
                    Self::Sliding(old, queue) => queue.take_out().restored(old, new, now, wakes),
                },
            ),
            AnyMeter::Sliding(new) => Self::Sliding(
                new.clone(),
                match self {
                    Self::Bucket(old, queue) => queue.take_out().restored(old, new, now, wakes),
                    Self::Sliding(old, queue) => queue.take_out().adopted(old, new, now, wakes),
                },
            ),
        }
    }
}

impl Epoch {
    fn new(meter: &Bucket, count: u64) -> Self {
        Self { meter: meter.clone(), count: AtomicU64::new(count) }
    }

    /// Acts on the number, if it is here and the account needs no queue.
    #[inline]
    fn apply<A: Act>(&self, act: &A) -> Option<A::Outcome> {
        let mut seen = self.count.load(Ordering::Relaxed);
        loop {
            if seen == Bucket::QUEUED {
                return None;
            }
            let (state, outcome) = match act.on(&self.meter, seen) {
                Done::Set(state, outcome) => (state, outcome),
                Done::Keep(outcome) => return Some(outcome),
                Done::Queue => return None,
            };
            // Nothing else is read or written on the strength of this number.
            match self.count.compare_exchange_weak(
                seen,
                state,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(outcome),
                Err(other) => seen = other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Rule;
    use crate::act::Look;

    #[test]
    fn rules_without_number_take_constant_memory_and_forget_nothing() {
        let meter = |limit| {
            let rule = Rule::new("rule", limit, Duration::from_secs(3600));
            rule.meter().expect("valid")
        };
        let single = Single::new(meter(1000));
        assert!(single.pass(Tick::ZERO, 1000).is_ok());
        for limit in 1..1000 {
            single.change(&meter(limit), Tick::ZERO);
            let look = single.apply(&Look { now: Tick::ZERO, cost: 1 });
            assert_eq!((look.limit, look.remaining), (limit.into(), 0));
        }
        assert_eq!(single.later.count(), MAX_EPOCHS);
        single.change(&meter(1000), Tick::ZERO);
        assert!(single.epoch().is_some(), "an earlier rule needs no lock again");
    }
}
