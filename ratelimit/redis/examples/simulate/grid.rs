use std::time::Duration;

use seawall_core::{BoxFuture, Driver, Handle};
use seawall_ratelimit_redis::{Away, RateLimiter, Rule};
use seawall_testkit::cluster::{
    Fault, FaultKind, Held, Instance, Load, Plan, Report, Setup, simulate,
};

/// One simulation of the grid.
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) away: Away,
    pub(crate) plan: Plan,
    /// Calls that arrive, as a part of the limit.
    pub(crate) load: f64,
}

/// The limit of every cell, for each second; the burst is the same.
pub(crate) const LIMIT: u32 = 1000;

impl Cell {
    pub(crate) fn run(&self) -> Report {
        simulate(&self.plan, |setup| Client::start(&setup, self.away))
    }
}

/// Returns all cells, each of which lasts for `length`.
pub(crate) fn cells(length: Duration, instances: &[usize], loads: &[f64]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for away in [Away::Deny, Away::LocalShare] {
        for &instances in instances {
            for &load in loads {
                for (name, change) in CHANGES {
                    let per_second = f64::from(LIMIT) * load;
                    let mut plan = Plan::new(7, instances, length, per_second);
                    change(&mut plan);
                    cells.push(Cell { name, away, plan, load });
                }
            }
        }
    }
    cells
}

type Change = fn(&mut Plan);

const CHANGES: &[(&str, Change)] = &[
    ("steady", |_| {}),
    ("skewed", |plan| plan.load.skew = 1.5),
    ("shifting", |plan| {
        plan.load = Load { skew: 2.0, shift: Duration::from_secs(3), ..plan.load };
    }),
    ("on and off", |plan| plan.load.on_off = Duration::from_secs(1)),
    ("crashes", |plan| add(plan, FaultKind::Crash, 2)),
    ("partitions", |plan| add(plan, FaultKind::Partition, 2)),
    ("lost replies", |plan| add(plan, FaultKind::LoseReplies, 2)),
    ("lost requests", |plan| add(plan, FaultKind::LoseRequests, 2)),
    ("late requests", |plan| {
        add(plan, |n| FaultKind::Delay(n, Duration::from_millis(300)), 2);
    }),
    ("store stopped", |plan| add(plan, |_| FaultKind::Stop, 2)),
    ("store down", |plan| add(plan, |_| FaultKind::Down, 2)),
    ("store down for long", |plan| add(plan, |_| FaultKind::Down, 8)),
    ("failover", |plan| add(plan, |_| FaultKind::FailOver(Duration::from_millis(800)), 0)),
    ("restarted empty", |plan| add(plan, |_| FaultKind::RestartEmpty, 0)),
];

/// Adds a fault at a quarter and at two thirds of the plan, each for `seconds`.
fn add(plan: &mut Plan, kind: fn(usize) -> FaultKind, seconds: u64) {
    for (part, instance) in [(0.25, 0), (0.66, plan.instances / 2)] {
        let at = plan.length.mul_f64(part);
        plan.faults.push(Fault::new(at, Duration::from_secs(seconds), kind(instance)));
    }
}

struct Client {
    limiter: RateLimiter,
    handle: Handle<RateLimiter>,
}

impl Client {
    fn start(setup: &Setup, away: Away) -> Self {
        let driver = Driver::new().with_clock(setup.clock.clone());
        let rule = Rule::new("api", LIMIT, Duration::from_secs(1)).away(away);
        let limiter = RateLimiter::start_with_seed(&rule, setup.store.clone(), setup.seed);
        let limiter = limiter.expect("a valid rule").with_driver(driver.clone());
        Self { handle: driver.handle(limiter.clone()), limiter }
    }
}

impl Instance for Client {
    fn background(&self) -> BoxFuture<'static, ()> {
        Box::pin(self.limiter.run())
    }

    fn call(&self) -> BoxFuture<'static, Option<Held>> {
        let call = self.handle.owned().max_wait(Duration::ZERO).acquire();
        Box::pin(async move {
            call.await.ok()?.success();
            Some(Box::new(()) as Held)
        })
    }
}
