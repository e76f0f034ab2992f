//! A deadline may be a point in time, such as that of the request which a call serves.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use seawall_core::{Component, Driver, RefusalKind, Tick, Verdict};
use seawall_testkit::{Answer, ManualClock, Scripted};

const MS: Duration = Duration::from_millis(1);

type Answered = Result<u8, Infallible>;

struct Fixture {
    time: ManualClock,
    driver: Driver,
    layer: Scripted,
}

impl Fixture {
    /// It is one second after the clock's origin.
    fn new() -> Self {
        let time = ManualClock::new();
        time.advance(1000 * MS);
        let driver = Driver::new().with_clock(time.clock());
        Self { time, driver, layer: Scripted::new(Component::Bulkhead, "bulkhead") }
    }

    fn now(&self) -> Tick {
        self.time.now()
    }
}

#[test]
fn a_call_whose_deadline_has_come_is_refused_before_any_layer_is_asked() {
    let fixture = Fixture::new();
    for at in [Tick::ZERO, fixture.now()] {
        let call = || fixture.driver.protect(&fixture.layer).deadline_at(at);
        let runs = fixture.time.block_on(call().run(async || Answered::Ok(1)));
        let refusals = [
            runs.expect_err("late").refusal().cloned(),
            call().run_blocking(|| Answered::Ok(1)).expect_err("late").refusal().cloned(),
            fixture.time.block_on(call().acquire()).err(),
            fixture.time.block_on(call().reserve()).err(),
            call().acquire_blocking().err(),
        ];
        for refusal in refusals {
            assert_eq!(refusal.expect("refused").kind(), RefusalKind::Deadline);
        }
    }
    assert_eq!(fixture.layer.counts().admitted, 0);
}

#[test]
fn a_deadline_at_a_point_in_time_cuts_the_operation_then() {
    let fixture = Fixture::new();
    let begun = fixture.now();
    let call = fixture.driver.protect(&fixture.layer).deadline_at(begun + 30 * MS);
    let cut = fixture.time.block_on(call.run(pending::<Answered>));
    assert!(cut.expect_err("cut").is_timed_out());
    assert_eq!(fixture.now(), begun + 30 * MS);
    assert_eq!(fixture.layer.counts().ended(Verdict::Failure), 1);
}

#[test]
fn of_a_length_and_a_point_in_time_the_earlier_deadline_holds() {
    for (length, at) in [(10, 30), (30, 10)] {
        let fixture = Fixture::new();
        let begun = fixture.now();
        let call = fixture.driver.protect(&fixture.layer);
        let call = call.deadline(length * MS).deadline_at(begun + at * MS);
        fixture.time.block_on(call.run(pending::<Answered>)).expect_err("cut");
        assert_eq!(fixture.now(), begun + 10 * MS);
    }
}

#[test]
fn a_call_that_waits_until_its_deadline_has_not_run() {
    let fixture = Fixture::new();
    let begun = fixture.now();
    fixture.layer.then(Answer::Never(100 * MS, RefusalKind::BulkheadTimeout));
    let call = fixture.driver.protect(&fixture.layer).deadline_at(begun + 30 * MS);
    let result = fixture.time.block_on(call.run(async || Answered::Ok(1)));
    let error = result.expect_err("late");
    assert_eq!(error.refusal().expect("it never ran").kind(), RefusalKind::Deadline);
    assert_eq!(fixture.now(), begun + 30 * MS);
    assert_eq!(fixture.layer.counts().in_flight(), 0);
}

#[test]
fn the_last_time_of_all_is_no_deadline() {
    let fixture = Fixture::new();
    let call = fixture.driver.protect(&fixture.layer).deadline_at(Tick::MAX);
    fixture.time.block_on(call.run(async || Answered::Ok(1))).expect("no deadline");
    assert_eq!(fixture.time.sleepers(), 0);
}
