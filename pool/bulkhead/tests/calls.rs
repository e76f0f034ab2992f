//! What a call can say of itself, and what the status and the events say of the call.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use seawall_bulkhead::{Bulkhead, BulkheadOptions, RefusalKind};
use seawall_core::{Backend, Driver, Permit, Refusal, Tick, Topic, Verdict};
use seawall_testkit::{ManualClock, Recorder};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    bulkhead: Bulkhead,
}

impl Fixture {
    /// A bulkhead of one permit, whose calls wait for `max_wait`.
    fn new(max_wait: Duration) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let options = BulkheadOptions::new("reports").max_concurrent(1).max_wait(max_wait);
        let bulkhead = Bulkhead::start(&options).expect("valid").with_driver(driver);
        Self { time, recorder, bulkhead }
    }

    fn hold(&self) -> Permit<'_, Bulkhead> {
        self.time.block_on(self.bulkhead.protect().acquire()).expect("a permit is free")
    }

    fn readings<const N: usize>(&self, names: [&str; N]) -> [u64; N] {
        let status = self.bulkhead.status(Tick::ZERO);
        names.map(|name| status.reading(name).expect("known"))
    }

    fn is_waiting<F: Future>(future: std::pin::Pin<&mut F>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }
}

/// The kind of a refusal, and the time that the call waited for it.
fn refused_after<'f>(
    fixture: &'f Fixture,
    call: impl Future<Output = Result<Permit<'f, Bulkhead>, Refusal>>,
) -> (RefusalKind, Duration) {
    let begin = fixture.time.now();
    let refusal = fixture.time.block_on(call).expect_err("the only permit is taken");
    (refusal.kind(), fixture.time.now().since(begin))
}

#[test]
fn a_calls_max_wait_replaces_that_of_the_options() {
    for (options, max_wait, kind) in [
        (Duration::ZERO, SECOND, RefusalKind::BulkheadTimeout),
        (SECOND, Duration::ZERO, RefusalKind::BulkheadFull),
        (SECOND, 5 * MS, RefusalKind::BulkheadTimeout),
        (5 * MS, SECOND, RefusalKind::BulkheadTimeout),
    ] {
        let fixture = Fixture::new(options);
        let held = fixture.hold();
        let call = fixture.bulkhead.protect().max_wait(max_wait).acquire();
        assert_eq!(refused_after(&fixture, call), (kind, max_wait));
        held.success();
    }
}

#[test]
fn a_wait_is_reported_with_its_time_when_it_ends() {
    let fixture = Fixture::new(SECOND);
    let held = fixture.hold();
    assert_eq!(fixture.recorder.take(), [], "it did not wait");
    let mut waits = pin!(fixture.bulkhead.protect().acquire());
    assert!(Fixture::is_waiting(waits.as_mut()));
    fixture.time.advance(7 * MS);
    held.success();
    let permit = fixture.time.block_on(waits).expect("released in time");
    let events = fixture.recorder.take();
    let waited = events.iter().map(|event| (event.topic, event.waited)).collect::<Vec<_>>();
    let expected = [(Topic::BulkheadExecuted, None), (Topic::BulkheadWaited, Some(7 * MS))];
    assert_eq!(waited, expected);
    drop(permit);
}

#[test]
fn a_calls_deadline_ends_the_wait() {
    let fixture = Fixture::new(SECOND);
    let _held = fixture.hold();
    let deadline = |deadline| fixture.bulkhead.protect().deadline(deadline).acquire();
    assert_eq!(refused_after(&fixture, deadline(5 * MS)), (RefusalKind::Deadline, 5 * MS));
    let later = deadline(2 * SECOND);
    assert_eq!(refused_after(&fixture, later), (RefusalKind::BulkheadTimeout, SECOND));
    let over = deadline(Duration::ZERO);
    assert_eq!(refused_after(&fixture, over), (RefusalKind::Deadline, Duration::ZERO));
    assert_eq!(
        fixture.readings(["refused", "waiting", "gave_up"]),
        [2, 0, 0],
        "it was asked twice"
    );
}

#[test]
fn a_permit_that_comes_when_the_deadline_has_passed_is_released_unused() {
    let fixture = Fixture::new(SECOND);
    let held = fixture.hold();
    let mut late = pin!(fixture.bulkhead.protect().deadline(5 * MS).acquire());
    assert!(Fixture::is_waiting(late.as_mut()));
    held.success();
    fixture.time.advance(10 * MS);
    let refusal = fixture.time.block_on(late).expect_err("too late");
    assert_eq!(refusal.kind(), RefusalKind::Deadline);
    let names = ["admitted", "unused", "refused", "running", "gave_up"];
    assert_eq!(fixture.readings(names), [2, 1, 1, 0, 0]);
}

#[test]
fn a_calls_timeout_is_the_operations_alone() {
    let fixture = Fixture::new(SECOND);
    let held = fixture.hold();
    let never = pending::<Result<(), Infallible>>;
    let mut call = pin!(fixture.bulkhead.protect().timeout(5 * MS).run(never));
    assert!(Fixture::is_waiting(call.as_mut()));
    fixture.time.advance(10 * MS);
    assert!(Fixture::is_waiting(call.as_mut()), "it has not started");
    held.success();
    assert!(fixture.time.block_on(call).expect_err("cut").is_timed_out());
    assert_eq!(fixture.time.now(), Tick::from_millis(15));
    assert_eq!(fixture.readings(["failure", "running"]), [1, 0]);
}

#[test]
fn a_calls_classifier_gives_the_verdict() {
    let fixture = Fixture::new(SECOND);
    let not_found = |_: &Result<(), u16>| Verdict::Ignored;
    let call = fixture.bulkhead.protect().classify(not_found).run_blocking(|| Err(404));
    call.expect_err("its own error");
    assert_eq!(fixture.readings(["ignored", "failure", "running"]), [1, 0, 0]);
}

#[test]
fn a_key_and_a_cost_change_nothing() {
    let fixture = Fixture::new(Duration::ZERO);
    let held = fixture.bulkhead.protect().key("ann").cost(5).acquire_blocking();
    let held = held.expect("any cost takes one permit");
    let other = fixture.bulkhead.protect().key("bob").acquire_blocking().expect_err("full");
    assert_eq!(other.kind(), RefusalKind::BulkheadFull, "all keys share the permits");
    held.success();
    assert_eq!(fixture.readings(["running"]), [0]);
}

#[test]
fn callers_the_status_and_the_events_count_the_same_refusals() {
    let fixture = Fixture::new(10 * MS);
    let protect = || fixture.bulkhead.protect();
    let held = fixture.hold();
    let at_once = protect().max_wait(Duration::ZERO).acquire();
    let in_vain = protect().acquire();
    let too_late = protect().deadline(5 * MS).acquire();
    let kinds = [
        refused_after(&fixture, at_once),
        refused_after(&fixture, in_vain),
        refused_after(&fixture, too_late),
    ];
    let kinds = kinds.map(|(kind, _)| kind);
    assert_eq!(
        kinds,
        [RefusalKind::BulkheadFull, RefusalKind::BulkheadTimeout, RefusalKind::Deadline]
    );
    {
        let mut goes_away = pin!(protect().acquire());
        assert!(Fixture::is_waiting(goes_away.as_mut()));
    }
    let mut closed = pin!(protect().acquire());
    assert!(Fixture::is_waiting(closed.as_mut()));
    fixture.bulkhead.close();
    let refusal = fixture.time.block_on(closed).expect_err("closed");
    assert_eq!(refusal.kind(), RefusalKind::ShuttingDown);
    held.success();
    assert_eq!(fixture.readings(["refused", "gave_up", "waiting"]), [4, 1, 0]);
    assert_eq!(fixture.recorder.count(Topic::BulkheadRejected), 4);
}

#[test]
fn invalid_options_are_refused() {
    let start = |name: &str, permits| {
        let options = BulkheadOptions::new(name).max_concurrent(permits);
        Bulkhead::start(&options).map(drop).map_err(|error| error.to_string())
    };
    let blank = "bulkhead ` `: `name` must not be blank".to_owned();
    assert_eq!(start(" ", 1), Err(blank));
    let none = "bulkhead `reports`: `max_concurrent` must be 1 or more".to_owned();
    assert_eq!(start("reports", 0), Err(none));
    assert_eq!(start("reports", u32::MAX), Ok(()));
}
