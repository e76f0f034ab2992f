//! What the pool does beyond lending: owned guards, transactions, hooks, reports, changes while it runs.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall_core::pool::{
    Hooks, Isolation, Manage, PoolOptions, Transact, TransactionError, TransactionOptions,
};
use seawall_core::{Driver, Error, Refusal, RefusalKind, Topic};
use seawall_pool::Pool;
use seawall_testkit::pool::{Act, Connection, Dummy, DummyError, Step};
use seawall_testkit::{ManualClock, Recorder};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    dummy: Dummy,
    pool: Pool<Dummy>,
}

fn options(max: u32) -> PoolOptions {
    let max = NonZeroU32::new(max).expect("not zero");
    PoolOptions::new().with_max_size(max).with_jitter_percent(0)
}

fn fixture(options: PoolOptions) -> Fixture {
    let (time, recorder) = (ManualClock::new(), Recorder::new());
    let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
    let dummy = Dummy::new(time.clock());
    let pool = Pool::new("orders", dummy.clone(), options).expect("the options are valid");
    Fixture { time, recorder, dummy, pool: pool.with_driver(driver) }
}

/// Does what is due in the background.
fn work(fixture: &Fixture) {
    let mut work = Box::pin(fixture.pool.maintain());
    (0..3).for_each(|_| _ = crate::promises::poll_once(&mut work));
}

#[test]
fn an_owned_guard_moves_to_another_thread() {
    let fixture = fixture(options(1));
    let owned = fixture.time.block_on(fixture.pool.checkout_owned()).expect("free");
    assert_eq!(fixture.pool.status().borrowed, 1);
    std::thread::spawn(move || assert_eq!(owned.id(), 1)).join().expect("no panic");
    assert_eq!(fixture.pool.status().idle, 1);
}

#[test]
fn a_resource_is_taken_out_for_good_and_another_takes_its_place() {
    let fixture = fixture(options(1));
    let lent = fixture.time.block_on(fixture.pool.checkout()).expect("free");
    let taken = lent.take();
    let status = fixture.pool.status();
    assert_eq!((status.size, status.closed.removed), (0, 1));
    let other = fixture.time.block_on(fixture.pool.checkout()).expect("there is room");
    assert_eq!((taken.id(), other.id()), (1, 2));
}

#[test]
fn retain_closes_what_is_idle_by_a_predicate() {
    let fixture = fixture(options(3));
    let all: Vec<_> =
        (0..3).map(|_| fixture.time.block_on(fixture.pool.checkout()).expect("free")).collect();
    drop(all);
    fixture.pool.retain(|connection| connection.id() == 2);
    assert_eq!((fixture.dummy.alive(), fixture.pool.status().closed.removed), (vec![2], 2));
}

#[test]
fn options_change_while_the_pool_runs() {
    let fixture = fixture(options(1));
    fixture.pool.reconfigure(&options(3).with_min_idle(2)).expect("valid");
    work(&fixture);
    assert_eq!((fixture.pool.status().idle, fixture.pool.status().max), (2, 3));
    let problem =
        fixture.pool.reconfigure(&options(3).with_min_idle(4)).expect_err("contradiction");
    assert_eq!(problem.option(), "min_idle");
    assert_eq!(fixture.pool.options().min_idle, 2, "nothing has changed");
}

#[test]
fn contradicting_options_are_refused_in_code() {
    let time = ManualClock::new();
    let options = options(1).with_max_overflow(u32::MAX);
    let refused = Pool::new("orders", Dummy::new(time.clock()), options).expect_err("too many");
    assert_eq!(
        refused.to_string(),
        "connection pool `orders`: `max_overflow` must be at most 100000, not 4294967295"
    );
}

#[test]
fn the_elapsed_time_is_the_callers_limit() {
    let fixture = fixture(options(1));
    fixture.dummy.then(Act::Create, Step::Take(700 * MS));
    let hang = async |_: &mut Connection| std::future::pending::<Result<(), DummyError>>().await;
    let result = fixture.time.block_on(fixture.pool.with(hang, SECOND));
    let Err(Error::TimedOut(elapsed)) = result else { panic!("{result:?}") };
    assert_eq!(elapsed.limit(), SECOND);
}

#[test]
fn a_slow_checkout_and_a_leak_are_reported_with_their_place() {
    let options = options(1).with_slow_checkout_after(100 * MS).with_leak_after(SECOND);
    let fixture = fixture(options);
    fixture.dummy.then(Act::Create, Step::Take(150 * MS));
    let lent = fixture.time.block_on(fixture.pool.checkout()).expect("free");
    assert_eq!(fixture.recorder.count(Topic::CheckoutSlow), 1);
    work(&fixture);
    fixture.time.advance(999 * MS);
    work(&fixture);
    assert_eq!(fixture.recorder.count(Topic::ResourceLeaked), 0, "a moment before");
    fixture.time.advance(MS);
    work(&fixture);
    work(&fixture);
    assert_eq!(fixture.recorder.count(Topic::ResourceLeaked), 1, "once");
    drop(lent);
    fixture.time.advance(SECOND);
    work(&fixture);
    assert_eq!(fixture.recorder.count(Topic::ResourceLeaked), 1);
}

#[test]
fn checks_that_fail_again_and_again_are_reported() {
    let fixture = fixture(options(1).with_check_after(Duration::ZERO));
    for failures in 1..=5 {
        drop(fixture.time.block_on(fixture.pool.checkout()).expect("free"));
        fixture.dummy.then(Act::Reset, Step::Fail("unknown command"));
        drop(fixture.time.block_on(fixture.pool.checkout()).expect("free"));
        assert!(fixture.pool.status().failed_checks >= 1, "after {failures}");
    }
    // Every check in between succeeds, so nothing repeats.
    assert_eq!(fixture.recorder.count(Topic::ChecksFailing), 0);
    for _ in 0..4 {
        fixture.dummy.then(Act::Reset, Step::Fail("unknown command"));
        drop(fixture.time.block_on(fixture.pool.checkout()).expect("free"));
    }
    assert_eq!(fixture.recorder.count(Topic::ChecksFailing), 2, "at two and at four");
}

#[test]
fn what_was_just_used_is_not_checked() {
    let fixture = fixture(options(1));
    for (pause, checks) in [(0, 0), (499, 0), (500, 1), (10, 1)] {
        fixture.time.advance(pause * MS);
        drop(fixture.time.block_on(fixture.pool.checkout()).expect("free"));
        assert_eq!(fixture.dummy.calls(Act::Check), checks, "after {pause} ms");
    }
}

#[test]
fn a_waiter_without_time_for_a_use_is_refused_at_its_turn() {
    let fixture = fixture(options(1));
    let use_20_ms = async |_: &mut Connection| {
        let clock = fixture.time.clock();
        clock.sleep_until(clock.now() + 20 * MS).await;
        Ok::<_, DummyError>(())
    };
    for _ in 0..8 {
        fixture.time.block_on(fixture.pool.with(use_20_ms, SECOND)).expect("there is time");
    }
    let held = fixture.time.block_on(fixture.pool.checkout()).expect("free");
    let mut late = Box::pin(fixture.pool.with(use_20_ms, 25 * MS));
    let mut in_time = Box::pin(fixture.pool.with(use_20_ms, SECOND));
    assert!(crate::promises::poll_once(&mut late).is_pending());
    assert!(crate::promises::poll_once(&mut in_time).is_pending());
    fixture.time.advance(15 * MS);
    drop(held);
    let refused = fixture.time.block_on(late).expect_err("10 ms are too few");
    assert_eq!(refused.refusal().map(Refusal::kind), Some(RefusalKind::CheckoutTimeout));
    fixture.time.block_on(in_time).expect("it was served in its place");
}

#[test]
fn two_maintainers_both_end() {
    let fixture = fixture(options(1));
    let mut both = [(); 2].map(|()| Box::pin(fixture.pool.maintain()));
    both.iter_mut().for_each(|work| assert!(crate::promises::poll_once(work).is_pending()));
    fixture.pool.close();
    both.into_iter().for_each(|work| fixture.time.block_on(work));
}

#[test]
fn the_last_handle_closes_what_is_idle_although_maintain_connects() {
    let fixture = fixture(options(2).with_min_idle(2));
    fixture.dummy.then(Act::Create, Step::Work).then(Act::Create, Step::Hang);
    let mut work = Box::pin(fixture.pool.maintain());
    assert!(crate::promises::poll_once(&mut work).is_pending(), "the second connect hangs");
    assert_eq!(fixture.dummy.alive(), [1]);
    let Fixture { pool, dummy, time, .. } = fixture;
    drop(pool);
    assert_eq!(dummy.alive(), [0_u64; 0]);
    time.block_on(work);
}

#[test]
fn a_cut_use_is_cancelled_before_its_permit_is_free() {
    /// Cancelling takes 50 ms.
    struct Cancelling(Dummy, ManualClock);

    impl Manage for Cancelling {
        type Resource = Connection;
        type Error = DummyError;

        async fn create(&self) -> Result<Connection, DummyError> {
            self.0.create().await
        }

        async fn cancel(&self, connection: Connection) {
            let clock = self.1.clock();
            clock.sleep_until(clock.now() + 50 * MS).await;
            drop(connection);
        }
    }

    let time = ManualClock::new();
    let dummy = Dummy::new(time.clock());
    let pool = Pool::new("orders", Cancelling(dummy.clone(), time.clone()), options(1));
    let pool = pool.expect("valid").with_driver(Driver::new().with_clock(time.clock()));
    let hang = async |_: &mut Connection| std::future::pending::<Result<(), DummyError>>().await;
    assert!(time.block_on(pool.with(hang, 10 * MS)).is_err_and(|error| error.is_timed_out()));
    assert_eq!((dummy.alive(), pool.status().size), (vec![1], 1), "it is being cancelled");
    let next = time.block_on(pool.checkout()).expect("the next caller waits for that");
    assert_eq!((next.id(), time.now().as_nanos()), (2, 60_000_000));
    assert_eq!(dummy.most_alive(), 1);
}

#[test]
fn hooks_run_after_a_connect_before_each_loan_and_after_each_return() {
    let time = ManualClock::new();
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let log = Arc::clone(&log);
        move || log.lock().expect("no panic").push(what)
    };
    let (connect, checkout, back) = (note("connect"), note("checkout"), note("return"));
    let manager = Hooks::new(Dummy::new(time.clock()))
        .after_connect(move |_| {
            connect();
            Box::pin(async { Ok(()) })
        })
        .before_checkout(move |_| {
            checkout();
            Box::pin(async { Ok(()) })
        })
        .after_return(move |_| {
            back();
            Box::pin(async { Ok(()) })
        });
    let pool = Pool::new("orders", manager, options(1)).expect("valid");
    let pool = pool.with_driver(Driver::new().with_clock(time.clock()));
    for _ in 0..2 {
        drop(time.block_on(pool.checkout()).expect("free"));
    }
    let log = log.lock().expect("no panic");
    assert_eq!(*log, ["connect", "checkout", "return", "checkout", "return"]);
}

/// Writes down the statements, and fails those of its script.
struct Sql {
    dummy: Dummy,
    log: Mutex<Vec<String>>,
    fails: &'static [&'static str],
}

impl Sql {
    fn say(&self, statement: impl Into<String>) -> Result<(), DummyError> {
        let statement = statement.into();
        let fails = self.fails.contains(&statement.as_str());
        self.log.lock().expect("no panic").push(statement);
        if fails { self.dummy_error() } else { Ok(()) }
    }

    fn dummy_error(&self) -> Result<(), DummyError> {
        Err(DummyError("it fails"))
    }
}

impl Manage for Sql {
    type Resource = Connection;
    type Error = DummyError;

    async fn create(&self) -> Result<Connection, DummyError> {
        self.dummy.create().await
    }
}

impl Transact<Connection> for Sql {
    type Error = DummyError;

    async fn begin(
        &self,
        _: &mut Connection,
        options: &TransactionOptions,
    ) -> Result<(), DummyError> {
        let isolation = options.isolation.map_or("", Isolation::as_sql);
        self.say(format!("BEGIN {isolation}").trim())
    }

    async fn commit(&self, _: &mut Connection) -> Result<(), DummyError> {
        self.say("COMMIT")
    }

    async fn rollback(&self, _: &mut Connection) -> Result<(), DummyError> {
        self.say("ROLLBACK")
    }
}

type Transacted = Result<u8, Error<TransactionError<&'static str>>>;

/// Runs a transaction that ends so; returns its result, its statements and the number of idle connections.
fn transact(
    fails: &'static [&'static str],
    result: Result<u8, &'static str>,
) -> (Transacted, Vec<String>, u32) {
    let time = ManualClock::new();
    let sql = Sql { dummy: Dummy::new(time.clock()), log: Mutex::default(), fails };
    let pool = Pool::new("orders", sql, options(1)).expect("valid");
    let pool = pool.with_driver(Driver::new().with_clock(time.clock()));
    let options = TransactionOptions::new().with_isolation(Isolation::Serializable);
    let lend = pool.lend().deadline(SECOND).transaction_options(options);
    let result = RefCell::new(Some(result));
    let op = async |_: &mut Connection| result.take().expect("it runs once");
    let result = time.block_on(lend.transaction(op));
    let log = pool.manager().log.lock().expect("no panic").clone();
    (result, log, pool.status().idle)
}

#[test]
fn a_transaction_commits_on_ok_and_rolls_back_on_err() {
    let (result, log, idle) = transact(&[], Ok(7));
    assert_eq!((result.ok(), idle), (Some(7), 1));
    assert_eq!(log, ["BEGIN SERIALIZABLE", "COMMIT"]);
    let (result, log, idle) = transact(&[], Err("no such row"));
    let failed = result.expect_err("it failed").into_failed();
    assert_eq!(failed.and_then(TransactionError::into_operation), Some("no such row"));
    assert_eq!((log, idle), (vec!["BEGIN SERIALIZABLE".to_owned(), "ROLLBACK".to_owned()], 1));
}

#[test]
fn a_transaction_that_cannot_begin_is_refused_and_one_that_cannot_end_closes_its_connection() {
    let (result, log, idle) = transact(&["BEGIN SERIALIZABLE"], Ok(7));
    let refused = result.expect_err("it did not begin");
    let kind = refused.refusal().map(Refusal::kind);
    assert_eq!(kind, Some(RefusalKind::ResourceUnavailable));
    assert_eq!((log.len(), idle), (1, 0));
    let (result, _, idle) = transact(&["COMMIT"], Ok(7));
    let failed = result.expect_err("not committed").into_failed();
    assert!(failed.is_some_and(|failed| failed.is_commit()));
    assert_eq!(idle, 0);
    let (result, _, idle) = transact(&["ROLLBACK"], Err("no such row"));
    let failed = result.expect_err("it failed").into_failed();
    assert_eq!(failed.and_then(TransactionError::into_operation), Some("no such row"));
    assert_eq!(idle, 0);
}

#[test]
fn a_transaction_that_is_cut_or_dropped_closes_its_connection() {
    let time = ManualClock::new();
    let sql = Sql { dummy: Dummy::new(time.clock()), log: Mutex::default(), fails: &[] };
    let pool = Pool::new("orders", sql, options(1)).expect("valid");
    let pool = pool.with_driver(Driver::new().with_clock(time.clock()));
    let hang = async |_: &mut Connection| std::future::pending::<Result<(), DummyError>>().await;
    let cut = time.block_on(pool.transaction(hang, 10 * MS));
    assert!(cut.is_err_and(|error| error.is_timed_out()));
    let mut dropped = Box::pin(pool.transaction(hang, 10 * MS));
    assert!(crate::promises::poll_once(&mut dropped).is_pending());
    drop(dropped);
    assert_eq!((pool.status().idle, pool.status().closed.abandoned), (0, 2));
    let log = pool.manager().log.lock().expect("no panic").clone();
    assert_eq!(log, ["BEGIN", "BEGIN"], "the server rolls back");
}
