use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall_breaker::{Backoff, RateWindow};
use seawall_breaker_redis::{BreakerOptions, Ratio, SharedBreaker, SharedOptions};
use seawall_core::{BoxFuture, Clock, Detail, Driver, Event, Handle, Observer, OwnedPermit, Tick};
use seawall_testkit::cluster::{Held, Instance, Plan, Report, Setup, simulate};

/// When the service fails for all instances, unless another time is set.
pub(crate) const OUTAGE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(50));

/// Instances that call one service.
#[derive(Clone)]
pub(crate) struct Outage {
    pub(crate) plan: Plan,
    /// False for breakers that know nothing of each other.
    pub(crate) is_shared: bool,
    /// When the service fails for all instances.
    pub(crate) fails: (Duration, Duration),
    /// The instances for which it always fails.
    pub(crate) bad: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// Calls that reached the service and failed.
    pub(crate) failed: u64,
    /// Calls that probed it.
    pub(crate) probes: u64,
    /// The time from the end of the outage until the last circuit was closed.
    pub(crate) recovery: Duration,
    /// Instances for which the service never failed, and which refused calls.
    pub(crate) blocked: usize,
    /// Calls refused by the circuits, after the outage.
    pub(crate) refused_after: usize,
    pub(crate) report: Report,
}

#[derive(Default)]
pub(crate) struct Tally {
    failed: AtomicU64,
    probes: AtomicU64,
    closed: Mutex<Tick>,
}

impl Outage {
    pub(crate) fn new(instances: usize, per_second: f64) -> Self {
        let plan = Plan::new(1, instances, Duration::from_secs(90), per_second);
        Self { plan, is_shared: true, fails: OUTAGE, bad: 0 }
    }

    pub(crate) fn run(&self) -> Figures {
        let tally = Arc::new(Tally::default());
        let report = simulate(&self.plan, |setup| Client::start(&setup, self, &tally));
        let end = Tick::ZERO + self.fails.1;
        let refused = || report.calls.iter().filter(|call| call.admitted.is_none());
        let healthy = self.bad..self.plan.instances;
        let blocked = healthy.filter(|n| refused().any(|call| call.instance == *n)).count();
        let closed = *tally.closed.lock().expect("no panic");
        Figures {
            failed: tally.failed.load(Relaxed),
            probes: tally.probes.load(Relaxed),
            recovery: closed.since(end),
            blocked,
            refused_after: refused().filter(|call| call.arrived >= self.fails.1).count(),
            report,
        }
    }
}

/// The breaker of all simulations: half of the calls of ten seconds fail, and probes back off.
pub(crate) fn options() -> SharedOptions {
    let second = Duration::from_secs(1);
    let breaker = BreakerOptions::new("payments")
        .failure_rate(Ratio::percent(50))
        .rate_window(RateWindow::Time(10 * second))
        .minimum_calls(20)
        .reset(Backoff::exponential(second, 30 * second));
    SharedOptions::new(breaker)
}

pub(crate) struct Client {
    pub(crate) breaker: SharedBreaker,
    handle: Handle<SharedBreaker>,
    is_shared: bool,
    fails: (Tick, Tick),
    clock: Clock,
    tally: Arc<Tally>,
}

impl Client {
    pub(crate) fn start(setup: &Setup, outage: &Outage, tally: &Arc<Tally>) -> Self {
        let driver = Driver::new().with_clock(setup.clock.clone());
        let driver = driver.with_observer(Observing(Arc::clone(tally)));
        let breaker = SharedBreaker::start(&options().seed(setup.seed), setup.store.clone());
        let breaker = breaker.expect("valid options").with_driver(driver.clone());
        let fails = match setup.index < outage.bad {
            true => (Tick::ZERO, Tick::MAX),
            false => (Tick::ZERO + outage.fails.0, Tick::ZERO + outage.fails.1),
        };
        Self {
            handle: driver.handle(breaker.clone()),
            breaker,
            is_shared: outage.is_shared,
            fails,
            clock: setup.clock.clone(),
            tally: Arc::clone(tally),
        }
    }
}

impl Instance for Client {
    fn background(&self) -> BoxFuture<'static, ()> {
        match self.is_shared {
            true => Box::pin(self.breaker.run()),
            false => Box::pin(std::future::pending()),
        }
    }

    fn call(&self) -> BoxFuture<'static, Option<Held>> {
        let (call, fails) = (self.handle.owned().acquire(), self.fails);
        let (clock, tally) = (self.clock.clone(), Arc::clone(&self.tally));
        Box::pin(async move {
            let permit = Some(call.await.ok()?);
            Some(Box::new(Running { permit, fails, clock, tally }) as Held)
        })
    }

    fn lasts(&self, _: f64) -> Duration {
        Duration::from_millis(20)
    }
}

/// A call to the service, which answers when this is dropped.
struct Running {
    permit: Option<OwnedPermit<SharedBreaker>>,
    fails: (Tick, Tick),
    clock: Clock,
    tally: Arc<Tally>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        if (self.fails.0..self.fails.1).contains(&self.clock.now()) {
            self.tally.failed.fetch_add(1, Relaxed);
            permit.failure();
        } else {
            permit.success();
        }
    }
}

/// Counts probes, and notes when circuits close.
struct Observing(Arc<Tally>);

impl Observer for Observing {
    fn observe(&self, event: &Event<'_>) {
        let Detail::Changed(change) = &event.detail else { return };
        match change.to {
            "half_open" => _ = self.0.probes.fetch_add(1, Relaxed),
            "closed" => *self.0.closed.lock().expect("no panic") = event.at,
            _ => {}
        }
    }
}
