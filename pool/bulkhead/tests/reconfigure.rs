//! Options that change while calls run and wait.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;
use seawall_bulkhead::{Bulkhead, BulkheadOptions, RefusalKind};
use seawall_core::{Backend, Driver, OwnedPermit, Refusal, Tick};
use seawall_testkit::ManualClock;

const HOUR: Duration = Duration::from_secs(3600);

type Acquire = Pin<Box<dyn Future<Output = Result<OwnedPermit<Bulkhead>, Refusal>>>>;

struct Fixture {
    time: ManualClock,
    bulkhead: Bulkhead,
}

fn options(max_concurrent: u32) -> BulkheadOptions {
    BulkheadOptions::new("reports").max_concurrent(max_concurrent).max_wait(HOUR)
}

impl Fixture {
    fn new(max_concurrent: u32) -> Self {
        let bulkhead = Bulkhead::start(&options(max_concurrent)).expect("valid");
        Self { time: ManualClock::new(), bulkhead }
    }

    fn acquire(&self) -> Acquire {
        let driver = Driver::new().with_clock(self.time.clock());
        let handle = driver.handle(self.bulkhead.clone());
        Box::pin(handle.owned().acquire())
    }

    fn resize(&self, max_concurrent: u32) {
        self.bulkhead.reconfigure(&options(max_concurrent)).expect("valid");
    }

    fn read(&self, name: &str) -> u64 {
        self.bulkhead.status(Tick::ZERO).reading(name).expect("known")
    }
}

/// Polls once; `None` while the call waits.
fn poll(call: &mut Acquire) -> Option<Result<OwnedPermit<Bulkhead>, Refusal>> {
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn admitted(call: &mut Acquire) -> OwnedPermit<Bulkhead> {
    poll(call).expect("answered").expect("admitted")
}

#[test]
fn with_fewer_permits_running_calls_go_on_and_waiting_ones_keep_their_place() {
    let fixture = Fixture::new(3);
    let mut running: Vec<_> = (0..3).map(|_| admitted(&mut fixture.acquire())).collect();
    let mut waits = fixture.acquire();
    assert!(poll(&mut waits).is_none());
    fixture.resize(1);
    assert_eq!(["running", "max_concurrent"].map(|name| fixture.read(name)), [3, 1]);
    assert_eq!(fixture.bulkhead.status(Tick::ZERO).state, "full");
    for left in [2, 1] {
        running.pop().expect("one runs").success();
        assert_eq!(fixture.read("running"), left);
        assert!(poll(&mut waits).is_none(), "{left} still run");
    }
    running.pop().expect("one runs").success();
    admitted(&mut waits).success();
    assert_eq!(fixture.read("running"), 0);
}

#[test]
fn free_permits_are_withdrawn_at_once_and_come_back() {
    let fixture = Fixture::new(4);
    let held = admitted(&mut fixture.acquire());
    fixture.resize(2);
    let other = admitted(&mut fixture.acquire());
    assert!(poll(&mut fixture.acquire()).is_none());
    fixture.resize(1);
    fixture.resize(2);
    held.success();
    let third = admitted(&mut fixture.acquire());
    assert!(poll(&mut fixture.acquire()).is_none());
    [other, third].into_iter().for_each(OwnedPermit::success);
    assert_eq!(fixture.read("running"), 0);
}

#[test]
fn a_call_that_waits_keeps_its_time_and_a_new_one_has_the_new_time() {
    let fixture = Fixture::new(1);
    let _held = admitted(&mut fixture.acquire());
    let mut waits = fixture.acquire();
    assert!(poll(&mut waits).is_none());
    fixture.bulkhead.reconfigure(&options(1).max_wait(Duration::ZERO)).expect("valid");
    let refused = poll(&mut fixture.acquire()).expect("answered").expect_err("may not wait");
    assert_eq!(refused.kind(), RefusalKind::BulkheadFull);
    assert!(poll(&mut waits).is_none());
    fixture.bulkhead.reconfigure(&options(1).max_waiting(1)).expect("valid");
    let refused = poll(&mut fixture.acquire()).expect("answered").expect_err("the queue is full");
    assert_eq!(refused.kind(), RefusalKind::BulkheadFull);
    fixture.time.advance(HOUR);
    let refused = poll(&mut waits).expect("answered").expect_err("its time is over");
    assert_eq!(refused.kind(), RefusalKind::BulkheadTimeout);
}

#[test]
fn options_that_cannot_be_are_refused_and_change_nothing() {
    let fixture = Fixture::new(2);
    let error = fixture.bulkhead.reconfigure(&options(0)).expect_err("none at all");
    assert_eq!(error.to_string(), "bulkhead `reports`: `max_concurrent` must be 1 or more");
    let other = BulkheadOptions::new("others");
    let error = fixture.bulkhead.reconfigure(&other).expect_err("another name");
    let expected = "bulkhead `reports`: `name` cannot change while the bulkhead is running";
    assert_eq!(error.to_string(), expected);
    assert_eq!(fixture.read("max_concurrent"), 2);
}

#[test]
fn a_closed_bulkhead_stays_closed() {
    let fixture = Fixture::new(1);
    fixture.bulkhead.close();
    fixture.resize(5);
    let refused = poll(&mut fixture.acquire()).expect("answered").expect_err("closed");
    assert_eq!(refused.kind(), RefusalKind::ShuttingDown);
}

#[derive(Clone, Debug)]
enum Step {
    Call,
    End(usize),
    Resize(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Call),
        3 => (0..8_usize).prop_map(Step::End),
        1 => (1..6_u32).prop_map(Step::Resize),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    /// A call starts exactly if fewer than the maximum run, and in arrival order.
    #[test]
    fn permits_follow_the_model(first in 1..6_u32, steps in steps()) {
        let fixture = Fixture::new(first);
        let (mut max, mut running) = (first as usize, Vec::new());
        let mut waiting = VecDeque::new();
        for step in steps {
            match step {
                Step::Call => waiting.push_back(fixture.acquire()),
                Step::End(at) if !running.is_empty() => {
                    let permit: OwnedPermit<Bulkhead> = running.swap_remove(at % running.len());
                    permit.success();
                }
                Step::End(_) => {}
                Step::Resize(to) => {
                    fixture.resize(to);
                    max = to as usize;
                }
            }
            let starts = max.saturating_sub(running.len()).min(waiting.len());
            for mut call in waiting.drain(..starts) {
                running.push(admitted(&mut call));
            }
            for call in &mut waiting {
                prop_assert!(poll(call).is_none());
            }
            let expected = [running.len() as u64, waiting.len() as u64, max as u64];
            prop_assert_eq!(["running", "waiting", "max_concurrent"].map(|n| fixture.read(n)), expected);
        }
    }
}

#[test]
fn resizing_under_threads_loses_no_permit_and_gains_none() {
    let bulkhead = Bulkhead::start(&options(3)).expect("valid");
    let (running, most, stop) = (AtomicU32::new(0), AtomicU32::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        let work = || {
                            most.fetch_max(
                                running.fetch_add(1, Ordering::SeqCst) + 1,
                                Ordering::SeqCst,
                            );
                            std::thread::yield_now();
                            running.fetch_sub(1, Ordering::SeqCst);
                            Ok::<(), Infallible>(())
                        };
                        bulkhead.execute_blocking(work).expect("patient");
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            for size in [1, 3, 2, 3].into_iter().cycle() {
                bulkhead.reconfigure(&options(size)).expect("valid");
                std::thread::yield_now();
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        calls.into_iter().for_each(|thread| thread.join().expect("no panic"));
        stop.store(true, Ordering::Relaxed);
    });
    assert!(most.load(Ordering::SeqCst) <= 3, "{most:?}");
    bulkhead.reconfigure(&options(2)).expect("valid");
    let status = bulkhead.status(Tick::ZERO);
    assert_eq!((status.reading("running"), status.state), (Some(0), "ready"));
    let permits: Vec<_> = (0..2).map(|_| bulkhead.protect().acquire_blocking()).collect();
    assert!(permits.iter().all(Result::is_ok));
    let none = bulkhead.protect().max_wait(Duration::ZERO).acquire_blocking();
    assert_eq!(none.expect_err("full").kind(), RefusalKind::BulkheadFull);
}
