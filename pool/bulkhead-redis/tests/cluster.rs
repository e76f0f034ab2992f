//! Instances that share a bulkhead, simulated: never more calls at once than the maximum.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use seawall_bulkhead_redis::{BulkheadOptions, SharedBulkhead, SharedOptions};
use seawall_core::{Backend, BoxFuture, Driver, Handle, Topic};
use seawall_store::MemoryStore;
use seawall_testkit::cluster::{
    Fault, FaultKind, Held, Instance, Plan, Report, Setup, explore, simulate,
};
use seawall_testkit::{ManualClock, Recorder};

const MOST: u32 = 20;
const LEASE: Duration = Duration::from_secs(3);
const LONGEST_CALL: Duration = Duration::from_secs(1);

struct Client {
    bulkhead: SharedBulkhead,
    handle: Handle<SharedBulkhead>,
}

impl Client {
    fn start(setup: &Setup, driver: Driver) -> Self {
        let (store, driver) = (setup.store.clone(), driver.with_clock(setup.clock.clone()));
        let options = options().seed(setup.seed);
        let bulkhead = SharedBulkhead::start(&options, store).expect("valid options");
        let bulkhead = bulkhead.with_driver(driver.clone());
        Self { handle: driver.handle(bulkhead.clone()), bulkhead }
    }
}

impl Instance for Client {
    fn background(&self) -> BoxFuture<'static, ()> {
        Box::pin(self.bulkhead.run())
    }

    fn call(&self) -> BoxFuture<'static, Option<Held>> {
        let call = self.handle.owned().acquire();
        Box::pin(async move {
            let permit = call.await.ok()?;
            Some(Box::new(permit) as Held)
        })
    }

    fn lasts(&self, random: f64) -> Duration {
        LONGEST_CALL.mul_f64(random)
    }
}

fn options() -> SharedOptions {
    let bulkhead = BulkheadOptions::new("database").max_concurrent(MOST);
    let bulkhead = bulkhead.max_wait(Duration::from_millis(500));
    SharedOptions::new(bulkhead).lease(LEASE).longest_call(LONGEST_CALL)
}

fn run(plan: &Plan) -> Report {
    simulate(plan, |setup| Client::start(&setup, Driver::new()))
}

fn quiet(instances: usize, per_second: f64) -> Plan {
    Plan::new(1, instances, Duration::from_secs(30), per_second)
}

/// Returns a plan with faults that depend on the seed.
fn rough(seed: u64) -> Plan {
    let at = Duration::from_millis;
    let kinds = [
        FaultKind::Crash(0),
        FaultKind::Partition(1),
        FaultKind::LoseReplies(2),
        FaultKind::LoseRequests(3),
        FaultKind::Delay(0, at(700)),
        FaultKind::Down,
        FaultKind::Stop,
        FaultKind::FailOver(at(900)),
        FaultKind::RestartEmpty,
        FaultKind::ClockBack(at(2500)),
    ];
    let mut plan = Plan { seed, ..quiet(4, 60.0) };
    for n in 0..8_u32 {
        let mix = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(8 * n);
        let (kind, n) = (kinds[usize::from(mix.to_le_bytes()[0]) % kinds.len()], u64::from(n));
        plan = plan.with(Fault::new(at(1000 + 3000 * n + mix % 1500), at(mix % 9000), kind));
    }
    plan
}

#[test]
fn no_more_calls_run_at_once_than_the_maximum() {
    explore(0..60, rough, |plan| {
        let most = run(plan).most_at_once();
        assert!(most <= MOST as usize, "{most} calls at once");
    });
}

#[test]
fn all_permits_are_used_where_they_are_wanted() {
    // Each call takes half a second: 40 a second keep 20 permits busy.
    // With about as many instances as permits, some are held where no call is.
    for (instances, least) in [(1, 1050), (4, 1050), (16, 950)] {
        let report = run(&quiet(instances, 60.0));
        let admitted = report.admitted();
        assert!(admitted > least, "{admitted} of at most 1200 with {instances} instances");
        let requests = report.requests_per_second(Duration::from_secs(30));
        assert!(requests < 20.0, "{requests} requests a second with {instances} instances");
    }
}

#[test]
fn calls_below_the_maximum_are_admitted() {
    let report = run(&quiet(4, 20.0));
    let refused = report.calls.len() - report.admitted();
    assert!(refused <= 8, "{refused} of {}", report.calls.len());
}

#[test]
fn permits_of_an_instance_that_crashed_are_back_after_its_lease() {
    let crash = Fault::new(Duration::from_secs(5), Duration::from_secs(60), FaultKind::Crash(0));
    let report = run(&quiet(2, 90.0).with(crash));
    let late = report.calls.iter().filter(|call| call.arrived >= Duration::from_secs(10));
    let late = late.filter(|call| call.admitted.is_some()).count();
    assert!(late > 650, "{late} of at most 800 by the instance that is left");
}

#[test]
fn a_store_that_is_away_is_reported_once_and_so_is_its_return() {
    let recorder = Recorder::new();
    let down = Fault::new(Duration::from_secs(5), Duration::from_secs(5), FaultKind::Down);
    simulate(&quiet(1, 10.0).with(down), |setup| {
        Client::start(&setup, Driver::new().with_observer(recorder.clone()))
    });
    let topics = [Topic::ComponentDegraded, Topic::ComponentRecovered];
    assert_eq!(topics.map(|topic| recorder.count(topic)), [1, 1]);
}

#[test]
fn background_work_that_is_started_again_goes_on_with_the_lease() {
    let time = ManualClock::new();
    let store = Arc::new(MemoryStore::new(time.clock()));
    let bulkhead = SharedBulkhead::start(&options(), store).expect("valid options");
    let bulkhead = bulkhead.with_driver(Driver::new().with_clock(time.clock()));
    for _ in 0..2 {
        // Starts again after many requests, whose numbers the store remembers.
        time.block_on(async {
            let mut work = pin!(bulkhead.run());
            for step in 0..1000 {
                let mut pause = pin!(time.clock().sleep_until(time.now() + LEASE / 30));
                poll_fn(|cx| {
                    assert!(work.as_mut().poll(cx).is_pending());
                    pause.as_mut().poll(cx)
                })
                .await;
                let call = bulkhead.protect().max_wait(Duration::ZERO).acquire_blocking();
                let permit = call.unwrap_or_else(|refusal| panic!("step {step}: {refusal}"));
                permit.success();
            }
        });
    }
}

#[test]
fn of_two_that_do_the_background_work_the_second_ends_at_once() {
    let time = ManualClock::new();
    let store = Arc::new(MemoryStore::new(time.clock()));
    let bulkhead = SharedBulkhead::start(&options(), store).expect("valid options");
    let bulkhead = bulkhead.with_driver(Driver::new().with_clock(time.clock()));
    time.block_on(async {
        let (mut first, mut second) = (pin!(bulkhead.run()), pin!(bulkhead.run()));
        let polled = poll_fn(|cx| Poll::Ready([first.as_mut().poll(cx), second.as_mut().poll(cx)]));
        assert_eq!(polled.await, [Poll::Pending, Poll::Ready(())]);
        let status = Backend::status(&bulkhead, time.now());
        assert_ne!(status.state, "stopped", "since the first works");
    });
}
