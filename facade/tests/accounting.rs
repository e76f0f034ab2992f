//! The books of real layers close, whatever becomes of a call: admitted is the sum of all verdicts
//! and what came late, and nothing stays held. For tasks and for threads.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall::breaker::CircuitBreaker;
use seawall::bulkhead::Bulkhead;
use seawall::{ConfigSource, Driver, Infrastructure, ProtectedCall, Verdict};
use seawall_testkit::{ManualClock, cancel, yield_times};

const SETTINGS: &str = r#"
    [rate_limit.api]
    limit = 1000
    period = "1h"

    [bulkhead.api]
    max_concurrent = 2
    max_wait = "10s"

    [breaker.api]
    failures = 3
    reset_after = "5s"

    [protection.api]
    rate_limit = "api"
    bulkhead = "api"
    breaker = "api"
"#;

struct Bench {
    time: ManualClock,
    infra: Infrastructure,
}

impl Bench {
    fn new() -> Self {
        let time = ManualClock::new();
        let config = ConfigSource::new().toml_str(SETTINGS);
        let infra = Infrastructure::builder().config(config).clock(time.clock()).build();
        Self { time, infra: infra.expect("valid settings") }
    }

    fn call(&self) -> ProtectedCall<'_> {
        self.infra.protect("api").expect("configured")
    }

    fn ended(&self, verdict: Verdict) -> u64 {
        self.infra
            .component::<CircuitBreaker>("api")
            .expect("configured")
            .status()
            .calls
            .ended(verdict)
    }

    /// The counts add up, and no permit is held.
    #[track_caller]
    fn assert_balanced(&self) {
        let totals =
            self.infra.component::<CircuitBreaker>("api").expect("configured").status().calls;
        let ended: u64 = Verdict::ALL.iter().map(|verdict| totals.ended(*verdict)).sum();
        assert_eq!(totals.admitted, ended + totals.late, "{totals:?}");
        let status = self.infra.status("api").expect("configured");
        assert_eq!(status[1].reading("running"), Some(0), "{status:?}");
        assert_eq!(status[1].reading("waiting"), Some(0), "{status:?}");
    }

    /// This number of tokens was used by calls that ran.
    #[track_caller]
    fn assert_used(&self, tokens: u64) {
        let status = self.infra.status("api").expect("configured");
        assert_eq!(status[0].reading("remaining"), Some(1000 - tokens));
    }
}

#[test]
fn a_task_that_is_dropped_at_any_await() {
    let bench = Bench::new();
    let places = cancel::at_every_await(
        &bench.time,
        || async {
            let op = async || {
                yield_times(3).await;
                Ok::<(), Infallible>(())
            };
            bench.call().timeout(Duration::from_secs(1)).run(op).await
        },
        |_| bench.assert_balanced(),
    );
    assert_eq!(places, 3);
    assert_eq!((bench.ended(Verdict::Abandoned), bench.ended(Verdict::Success)), (3, 1));
    bench.assert_used(4);
}

#[test]
fn a_task_that_is_dropped_while_it_waits_for_a_place() {
    let bench = Bench::new();
    let bulkhead = bench.infra.component::<Bulkhead>("api").expect("configured");
    let held: Vec<_> = (0..2)
        .map(|_| bulkhead.protect().acquire_blocking().expect("there are two places"))
        .collect();
    let places = cancel::at_every_await(
        &bench.time,
        || bench.call().run(async || Ok::<(), Infallible>(())),
        |_| {
            let status = bench.infra.status("api").expect("configured");
            assert_eq!(status[1].reading("waiting"), Some(0));
        },
    );
    assert_eq!(places, 1, "it waits once, until it is refused");
    drop(held);
    bench.assert_balanced();
    bench.assert_used(0);
}

#[test]
fn an_operation_that_panics() {
    let bench = Bench::new();
    let task = || {
        bench.time.block_on(bench.call().run(async || -> Result<(), Infallible> {
            yield_times(1).await;
            panic!("operation")
        }))
    };
    let thread = || bench.call().run_blocking(|| -> Result<(), Infallible> { panic!("operation") });
    catch_unwind(AssertUnwindSafe(task)).expect_err("the panic goes on");
    bench.assert_balanced();
    catch_unwind(AssertUnwindSafe(thread)).expect_err("the panic goes on");
    bench.assert_balanced();
    assert_eq!(bench.ended(Verdict::Panicked), 2);
    bench.assert_used(2);
}

#[test]
fn an_operation_that_takes_too_long() {
    let bench = Bench::new();
    let second = Duration::from_secs(1);
    let task = bench.call().timeout(second).run(std::future::pending::<Result<(), Infallible>>);
    assert!(bench.time.block_on(task).expect_err("cut").is_timed_out());
    bench.assert_balanced();
    let thread = bench.call().timeout(second).run_blocking(|| {
        bench.time.advance(2 * second);
        Ok::<_, Infallible>("the result")
    });
    assert_eq!(thread.expect("a thread is not cut"), "the result");
    bench.assert_balanced();
    assert_eq!(bench.ended(Verdict::Failure), 2);
}

#[test]
fn a_result_that_comes_when_the_circuit_has_moved_on() {
    let bench = Bench::new();
    for blocking in [false, true] {
        let late = bench.call().acquire_blocking().expect("closed");
        for _ in 0..3 {
            let failed = if blocking {
                bench.call().run_blocking(|| Err::<(), _>("down"))
            } else {
                bench.time.block_on(bench.call().run(async || Err::<(), _>("down")))
            };
            assert!(failed.is_err());
        }
        late.success();
        bench.time.advance(Duration::from_secs(5));
        bench.call().run_blocking(|| Ok::<(), Infallible>(())).expect("the probe");
    }
    bench.assert_balanced();
    let totals = bench.infra.component::<CircuitBreaker>("api").expect("configured").status().calls;
    assert_eq!((totals.late, totals.admitted), (2, 10));
}

#[test]
fn calls_that_the_open_circuit_refuses_cost_nothing() {
    let bench = Bench::new();
    for _ in 0..3 {
        bench.call().run_blocking(|| Err::<(), _>("down")).expect_err("failed");
    }
    for _ in 0..10_000 {
        let refused = bench.call().run_blocking(|| Ok::<(), Infallible>(())).expect_err("open");
        assert!(refused.refusal().expect("refused").is_circuit_open());
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(5)));
    }
    bench.assert_balanced();
    bench.assert_used(3);
}

#[test]
fn a_driver_of_ones_own_keeps_the_same_books() {
    let bench = Bench::new();
    let (breaker, driver) =
        (bench.infra.component::<CircuitBreaker>("api").expect("configured"), Driver::new());
    driver.protect(&(&breaker,)).run_blocking(|| Ok::<(), Infallible>(())).expect("closed");
    assert_eq!(bench.ended(Verdict::Success), 1);
}
