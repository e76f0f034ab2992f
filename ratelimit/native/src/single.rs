use seawall_core::Tick;

use crate::act::Act;
use crate::bucket::Bucket;
use crate::meter::{AnyMeter, Meter, Spent};
use crate::sliding::{Counters, Sliding};
use crate::sync::{AtomicU64, AtomicUsize, Mutex, Ordering, lock};

/// One count that many threads share: a bucket without a lock.
///
/// What a number in a bucket means depends on the rule, so rule and number change together: each
/// rule there has been has an [`Epoch`] of its own, and only the current one has a number. Who finds
/// it gone waits for the change to be over and goes on in the next. An epoch stays for as long as
/// the count does, so that nobody has to say that he is done with it; the same rule gets the same
/// epoch again.
#[derive(Debug)]
pub(crate) struct Single {
    first: Epoch,
    later: boxcar::Vec<Epoch>,
    current: AtomicUsize,
    changing: Mutex<()>,
}

#[derive(Debug)]
enum Epoch {
    /// [`GONE`] if it is not the current one.
    Bucket(Bucket, AtomicU64),
    /// `None` if it is not the current one.
    Sliding(Sliding, Mutex<Option<Counters>>),
}

const GONE: u64 = Bucket::NOWHERE;

/// The count has another rule by now.
struct Gone;

impl Single {
    /// One of which nothing is spent.
    pub(crate) fn new(meter: AnyMeter) -> Self {
        let first = Epoch::new(meter);
        first.begin(Spent { level: 0, debt: 0 }, Tick::ZERO);
        Self {
            first,
            later: boxcar::Vec::new(),
            current: AtomicUsize::new(0),
            changing: Mutex::new(()),
        }
    }

    /// Does `act` to the count.
    #[inline]
    pub(crate) fn apply<A: Act>(&self, act: &A) -> A::Outcome {
        loop {
            match self.epoch(self.current.load(Ordering::Acquire)).apply(act) {
                Ok(outcome) => return outcome,
                Err(Gone) => drop(lock(&self.changing)),
            }
        }
    }

    /// Takes `cost` tokens for a call that can go at once, in as few steps as there are. Did it? If
    /// not, [`Take`](crate::act::Take) says why, or does it after all.
    #[inline]
    pub(crate) fn pass(&self, now: Tick, cost: u32) -> bool {
        match self.epoch(self.current.load(Ordering::Acquire)) {
            Epoch::Bucket(meter, count) => meter.pass(count, now, cost),
            Epoch::Sliding(..) => false,
        }
    }

    /// Counts by another rule from now on, and keeps what was spent.
    pub(crate) fn change(&self, meter: AnyMeter, now: Tick) {
        let changing = lock(&self.changing);
        let old = self.current.load(Ordering::Relaxed);
        let new = self.find(&meter).unwrap_or_else(|| self.later.push(Epoch::new(meter)) + 1);
        if new != old {
            let spent = self.epoch(old).end(now);
            self.epoch(new).begin(spent, now);
            self.current.store(new, Ordering::Release);
        }
        drop(changing);
    }

    #[inline]
    fn epoch(&self, number: usize) -> &Epoch {
        match number.checked_sub(1) {
            None => &self.first,
            Some(later) => &self.later[later],
        }
    }

    fn find(&self, meter: &AnyMeter) -> Option<usize> {
        (0..=self.later.count()).find(|number| self.epoch(*number).is_of(meter))
    }
}

impl Epoch {
    fn new(meter: AnyMeter) -> Self {
        match meter {
            AnyMeter::Bucket(meter) => Self::Bucket(meter, AtomicU64::new(GONE)),
            AnyMeter::Sliding(meter) => Self::Sliding(meter, Mutex::new(None)),
        }
    }

    fn is_of(&self, meter: &AnyMeter) -> bool {
        match (self, meter) {
            (Self::Bucket(one, _), AnyMeter::Bucket(other)) => one == other,
            (Self::Sliding(one, _), AnyMeter::Sliding(other)) => one == other,
            _ => false,
        }
    }

    #[inline]
    fn apply<A: Act>(&self, act: &A) -> Result<A::Outcome, Gone> {
        match self {
            Self::Bucket(meter, count) => Self::apply_to_bucket(act, meter, count),
            Self::Sliding(meter, count) => {
                let mut count = lock(count);
                let (state, outcome) = act.on(meter, count.ok_or(Gone)?);
                if state.is_some() {
                    *count = state;
                }
                Ok(outcome)
            }
        }
    }

    #[inline]
    fn apply_to_bucket<A: Act>(
        act: &A,
        meter: &Bucket,
        count: &AtomicU64,
    ) -> Result<A::Outcome, Gone> {
        let mut seen = count.load(Ordering::Relaxed);
        loop {
            if seen == GONE {
                return Err(Gone);
            }
            let (state, outcome) = act.on(meter, seen);
            let Some(state) = state else { return Ok(outcome) };
            // Nothing else is read or written on the strength of this number.
            match count.compare_exchange_weak(seen, state, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(outcome),
                Err(other) => seen = other,
            }
        }
    }

    /// Takes the number away and says what was spent.
    fn end(&self, now: Tick) -> Spent {
        match self {
            Self::Bucket(meter, count) => meter.spent(count.swap(GONE, Ordering::Relaxed), now),
            Self::Sliding(meter, count) => {
                let count = lock(count).take().unwrap_or(Sliding::FULL);
                meter.spent(count, now)
            }
        }
    }

    fn begin(&self, spent: Spent, now: Tick) {
        match self {
            Self::Bucket(meter, count) => {
                count.store(meter.restore(spent, now), Ordering::Relaxed);
            }
            Self::Sliding(meter, count) => *lock(count) = Some(meter.restore(spent, now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Algorithm, Rule};

    #[test]
    fn a_rule_that_comes_again_has_the_epoch_that_it_had() {
        let meter = |limit, algorithm| {
            let rule = Rule::new("rule", limit, Duration::from_secs(1)).algorithm(algorithm);
            rule.meter().expect("valid")
        };
        let meters = [(2, Algorithm::Gcra), (3, Algorithm::Gcra), (2, Algorithm::SlidingWindow)]
            .map(|(limit, algorithm)| meter(limit, algorithm));
        let single = Single::new(meters[0].clone());
        for _ in 0..10 {
            for meter in &meters {
                single.change(meter.clone(), Tick::ZERO);
            }
        }
        assert_eq!(single.later.count(), 2, "of three rules, one was the first");
    }
}
