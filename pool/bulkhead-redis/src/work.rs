use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use seawall_core::{Backend as _, Clock, Deadline, Detail, Driver, Tick, Topic};
use seawall_store::permits::{Held, Hold, PERMITS};
use seawall_store::{Random, StoreError};

use crate::bulkhead::Inner;
use crate::lease::Contact;

/// The first and the longest time between requests for permits that are missing, or to a store that is
/// away.
const RETRY: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(320));

/// Asks for permits until the bulkhead is gone. If the bulkhead has background work already, ends at once.
pub(crate) async fn run(inner: Weak<Inner>, driver: Driver) {
    let start = |inner: Arc<Inner>| {
        let [needed, changed] = [&inner.lease.needed, &inner.lease.changed].map(Arc::clone);
        inner.lease.start().then_some((inner.seed, needed, changed))
    };
    let Some((seed, needed, changed)) = inner.upgrade().and_then(start) else { return };
    let _running = Running(inner.clone());
    let mut work = Work::new(seed, driver.clock().clone());
    loop {
        // Not kept while nothing is asked: it is gone when all bulkheads are.
        let Some(inner) = inner.upgrade() else { return };
        let next = work.ask(&inner, &driver).await;
        drop(inner);
        let earliest = work.clock.now() + RETRY.0;
        let mut sleep = pin!(work.clock.sleep_until(next));
        let (mut needed, mut changed) = (pin!(needed.notified()), pin!(changed.notified()));
        // Permits that are missing are asked for at once, but not all the time.
        let woken = poll_fn(|cx| {
            let is_needed = work.listens && needed.as_mut().poll(cx).is_ready();
            if is_needed || changed.as_mut().poll(cx).is_ready() {
                return Poll::Ready(true);
            }
            sleep.as_mut().poll(cx).map(|()| false)
        });
        if woken.await {
            work.clock.sleep_until(earliest.min(next)).await;
        }
    }
}

/// The background work, until it is dropped.
struct Running(Weak<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.lease.set_contact(Contact::Stopped);
        }
    }
}

struct Work {
    clock: Clock,
    random: Random,
    /// When the lease that was granted last ends.
    ends: Tick,
    granted: u32,
    fair: Option<u32>,
    /// The store's clock, and a time of ours that is not later.
    store_time: Option<(u64, Tick)>,
    failures: u32,
    reported: bool,
    /// True if a call without a permit is a reason to ask before it is time.
    listens: bool,
}

impl Work {
    const fn new(seed: u64, clock: Clock) -> Self {
        Self {
            clock,
            random: Random::new(seed),
            ends: Tick::ZERO,
            granted: 0,
            fair: None,
            store_time: None,
            failures: 0,
            reported: false,
            listens: true,
        }
    }

    /// Makes a request, and returns when the next is due.
    async fn ask(&mut self, inner: &Inner, driver: &Driver) -> Tick {
        let want = self.want(inner);
        // What is not wanted may be another's before the reply is here.
        inner.lease.shrink(&inner.bulkhead, want);
        let hold = self.hold(inner, want);
        let sent = self.clock.now();
        match self.send(inner, &hold).await {
            Ok(held) => {
                self.failures = if held.granted.is_some_and(|granted| granted >= want) {
                    0
                } else {
                    self.failures.saturating_add(1)
                };
                inner.lease.set_contact(Contact::Connected);
                if std::mem::take(&mut self.reported) {
                    driver.emit(Topic::ComponentRecovered, inner.bulkhead.layer(), || Detail::None);
                }
                self.store_time = Some((held.now, sent));
                self.fair = held.others_wait.then_some(held.fair.max(1));
                if let Some(granted) = held.granted {
                    (self.granted, self.ends) = (granted, sent + hold.life);
                    let until = sent + (hold.life - inner.options.longest_call);
                    // A reply that is looked at too late must give calls that wait nothing.
                    if self.clock.now() < until {
                        inner.lease.grant(&inner.bulkhead, granted.min(inner.most()), until);
                    }
                }
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                inner.lease.set_contact(Contact::Away);
                if !std::mem::replace(&mut self.reported, true) {
                    let detail = || Detail::degraded(Some(&error));
                    driver.emit(Topic::ComponentDegraded, inner.bulkhead.layer(), detail);
                }
            }
        }
        self.listens = self.failures == 0 && self.granted < hold.most;
        let wait = match self.failures {
            0 if self.fair.is_some() => hold.life / 10,
            0 => hold.life / 3,
            failures => (RETRY.0 * (1 << (failures - 1).min(8))).min(RETRY.1).min(hold.life / 3),
        };
        self.clock.now() + wait.mul_f64(0.75 + 0.5 * self.random.part())
    }

    /// Returns how many permits the instance should hold: for all calls, and some in advance.
    fn want(&self, inner: &Inner) -> u32 {
        let bulkhead = &inner.bulkhead;
        if bulkhead.is_closed() {
            return 0;
        }
        let calls = bulkhead.running() + bulkhead.waiting();
        let calls = calls.saturating_add(inner.lease.take_missed());
        let want = calls.saturating_add((calls / 4).max(1)).min(inner.most());
        self.fair.map_or(want, |fair| want.min(fair))
    }

    fn hold(&self, inner: &Inner, want: u32) -> Hold {
        let now = self.clock.now();
        // A permit that was to be withdrawn may have been passed on meanwhile, so all there are count.
        let used = inner.bulkhead.permits();
        let used = if used > want { used } else { inner.bulkhead.running() };
        let held = if now < self.ends { self.granted.min(want.max(used)) } else { 0 };
        let life = inner.options.lease;
        let late = |(micros, at): (u64, Tick)| {
            let later = now.since(at) + life / 3;
            micros + u64::try_from(later.as_micros()).unwrap_or(u64::MAX / 2)
        };
        Hold {
            most: inner.most(),
            life,
            member: (inner.seed >> 12).max(1),
            number: inner.lease.next_number(),
            held,
            used,
            want,
            deadline: self.store_time.map_or(0, late),
        }
    }

    async fn send(&self, inner: &Inner, hold: &Hold) -> Result<Held, StoreError> {
        let timeout = (hold.life / 3).min(Duration::from_secs(1));
        let arguments = hold.arguments();
        let run = inner.store.run(&PERMITS, &inner.key, &arguments);
        let reply = Deadline::new(&self.clock, self.clock.now() + timeout).cut(run).await;
        let reply = reply.unwrap_or_else(|| Err(StoreError::timed_out(inner.store.place())))?;
        Held::read(&reply, hold).ok_or_else(|| StoreError::garbled(inner.store.place()))
    }
}
