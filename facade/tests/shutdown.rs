//! How a service ends.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall::{ConfigSource, Error, Infrastructure, RefusalKind, Shutdown};
use seawall_testkit::ManualClock;
use seawall_testkit::pool::Dummy;

const SETTINGS: &str = r#"
    [breaker.payments]
    [bulkhead.payments]
    max_concurrent = 1
    max_wait = "10s"
    [pool.orders]
    [protection.charge]
    bulkhead = "payments"
    breaker = "payments"
"#;

const SECOND: Duration = Duration::from_secs(1);

fn infrastructure() -> (ManualClock, Infrastructure) {
    let time = ManualClock::new();
    let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS));
    let builder = builder.clock(time.clock()).pool("orders", Dummy::new(time.clock()));
    (time.clone(), builder.build().expect("valid settings"))
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Lets time go on, one hundredth of a second after the other, until the shutdown has ended.
fn finish(time: &ManualClock, mut shutdown: Pin<&mut impl Future<Output = Shutdown>>) -> Shutdown {
    for _ in 0..10_000 {
        if let Poll::Ready(done) = poll(shutdown.as_mut()) {
            return done;
        }
        time.advance(Duration::from_millis(10));
    }
    panic!("it does not end");
}

#[test]
fn with_nothing_under_way_it_ends_at_once() {
    let (time, infra) = infrastructure();
    let mut run = pin!(infra.run());
    assert!(poll(run.as_mut()).is_pending());
    let done = finish(&time, pin!(infra.shutdown(SECOND)));
    assert!(done.is_clean(), "{done}");
    assert_eq!(done.took, Duration::ZERO);
    assert_eq!(done.to_string(), "shut down after 0.0ns");
    assert!(poll(run.as_mut()).is_ready());
}

#[test]
fn calls_that_were_admitted_or_wait_end_first_and_new_ones_are_refused() {
    let (time, infra) = infrastructure();
    let clock = time.clock();
    let op = || {
        let (clock, pool) = (clock.clone(), infra.pool::<Dummy>("orders").expect("configured"));
        async move {
            clock.sleep_until(clock.now() + SECOND).await;
            pool.checkout().await.map(drop)
        }
    };
    let mut first = pin!(infra.execute_protected("charge", op));
    let mut waits = pin!(infra.execute_protected("charge", op));
    assert!(poll(first.as_mut()).is_pending() && poll(waits.as_mut()).is_pending());
    let flushed = Arc::new(Mutex::new(None));
    let (seen, now) = (flushed.clone(), clock.clone());
    infra.at_shutdown("journal", move || async move {
        *seen.lock().expect("no panic") = Some(now.now());
        Ok::<_, Infallible>(())
    });
    let mut shutdown = pin!(infra.shutdown(60 * SECOND));
    assert!(poll(shutdown.as_mut()).is_pending());
    let refused = pin!(infra.execute_protected("charge", op));
    let Poll::Ready(Err(Error::Refused(refusal))) = poll(refused) else { panic!("it is not") };
    assert_eq!(refusal.kind(), RefusalKind::ShuttingDown);
    time.advance(SECOND);
    assert!(matches!(poll(first.as_mut()), Poll::Ready(Ok(()))), "its pool is still open");
    assert!(poll(waits.as_mut()).is_pending(), "it has its turn now");
    assert!(poll(shutdown.as_mut()).is_pending());
    assert_eq!(*flushed.lock().expect("no panic"), None, "a call is under way");
    time.advance(SECOND);
    assert!(matches!(poll(waits.as_mut()), Poll::Ready(Ok(()))));
    let done = finish(&time, shutdown);
    assert!(done.is_clean(), "{done}");
    assert!(done.took < 3 * SECOND, "{done}");
    assert!(flushed.lock().expect("no panic").is_some());
    let pool = infra.pool::<Dummy>("orders").expect("configured");
    assert_eq!(pool.status().state, seawall::pooling::PoolState::Closed);
}

#[test]
fn what_does_not_end_in_time_is_listed() {
    let (time, infra) = infrastructure();
    let mut hangs = pin!(infra.execute_protected("charge", pending::<Result<(), Infallible>>));
    assert!(poll(hangs.as_mut()).is_pending());
    let pool = infra.pool::<Dummy>("orders").expect("configured");
    let lent = time.block_on(pool.checkout());
    infra.at_shutdown("journal", || async { Err("the disk is full") });
    infra.at_shutdown("spans", || async { panic!("no exporter") as Result<(), Infallible> });
    infra.at_shutdown("mails", pending::<Result<(), Infallible>>);
    infra.at_shutdown("last", || async { Ok::<_, Infallible>(()) });
    let done = finish(&time, pin!(infra.shutdown(8 * SECOND)));
    assert_eq!(
        done.to_string(),
        "shut down after 8.0s; not ended: 1 at bulkhead `payments`; not ended: 1 at circuit breaker \
         `payments`; not ended: 1 at connection pool `orders`; journal failed: the disk is full; \
         spans failed: it panicked: no exporter; mails failed: it took too long"
    );
    drop(lent);
}

#[test]
fn it_can_be_dropped_and_begun_again() {
    let (time, infra) = infrastructure();
    let mut hangs = Box::pin(infra.execute_protected("charge", pending::<Result<(), Infallible>>));
    assert!(poll(hangs.as_mut()).is_pending());
    {
        let mut shutdown = pin!(infra.shutdown(SECOND));
        assert!(poll(shutdown.as_mut()).is_pending());
    }
    let refused = infra.protect("charge").expect_err("new calls stay refused");
    assert_eq!(refused.kind(), RefusalKind::ShuttingDown);
    drop(hangs);
    assert!(finish(&time, pin!(infra.shutdown(SECOND))).is_clean());
}

#[test]
fn a_thread_can_do_the_background_work() {
    let infra = Infrastructure::builder().build().expect("no settings are valid");
    std::thread::scope(|scope| {
        let works = scope.spawn(|| infra.run_blocking());
        infra.close();
        works.join().expect("no panic");
    });
    infra.run_blocking();
}

/// Adds last work with a name, which notes it and ends with `wait`.
fn note<F: Future<Output = ()> + Send + 'static>(
    infra: &Infrastructure,
    notes: &Arc<Mutex<Vec<String>>>,
    name: &'static str,
    wait: F,
) {
    let notes = Arc::clone(notes);
    infra.at_shutdown(name, move || async move {
        notes.lock().expect("no panic").push(format!("{name} begins"));
        wait.await;
        notes.lock().expect("no panic").push(format!("{name} ends"));
        Ok::<_, Infallible>(())
    });
}

#[test]
fn the_last_work_goes_on_in_the_next_shutdown_if_one_is_dropped() {
    let (time, infra) = infrastructure();
    let notes = Arc::default();
    let clock = time.clock();
    note(&infra, &notes, "first", async move { clock.sleep_until(clock.now() + SECOND).await });
    note(&infra, &notes, "second", std::future::ready(()));
    {
        let mut shutdown = pin!(infra.shutdown(8 * SECOND));
        assert!(poll(shutdown.as_mut()).is_pending());
    }
    assert!(finish(&time, pin!(infra.shutdown(8 * SECOND))).is_clean());
    let notes = notes.lock().expect("no panic").clone();
    assert_eq!(notes, ["first begins", "first ends", "second begins", "second ends"]);
}

#[test]
fn of_two_shutdowns_one_does_the_last_work_while_the_background_works_for_it() {
    let (time, infra) = infrastructure();
    let (clock, flushed) = (time.clock(), Arc::new(Mutex::new(false)));
    let writes = Arc::clone(&flushed);
    let write = move || {
        let (clock, flushed) = (clock.clone(), Arc::clone(&writes));
        async move {
            clock.sleep_until(clock.now() + SECOND).await;
            *flushed.lock().expect("no panic") = true;
            Ok::<_, Infallible>(())
        }
    };
    infra.supervise("journal", write).expect("a new name");
    let mut run = pin!(infra.run());
    assert!(poll(run.as_mut()).is_pending());
    let clock = time.clock();
    infra.at_shutdown("journal", move || async move {
        while !*flushed.lock().expect("no panic") {
            clock.sleep_until(clock.now() + Duration::from_millis(1)).await;
        }
        Ok::<_, Infallible>(())
    });
    let mut shutdowns = [8, 7].map(|limit| Box::pin(infra.shutdown(limit * SECOND)));
    let mut done = [const { None }; 2];
    for _ in 0..1000 {
        for (shutdown, done) in shutdowns.iter_mut().zip(&mut done) {
            if let (None, Poll::Ready(ended)) = (&done, poll(shutdown.as_mut())) {
                *done = Some(ended);
            }
        }
        if done.iter().all(Option::is_some) {
            break;
        }
        let _running = poll(run.as_mut());
        time.advance(Duration::from_millis(10));
    }
    for done in done.into_iter().map(|done| done.expect("it ended")) {
        assert!(done.is_clean() && done.took < 2 * SECOND, "{done}");
    }
}

#[test]
fn a_second_shutdown_without_time_ends_everything_at_once() {
    let (time, infra) = infrastructure();
    infra.at_shutdown("hangs", pending::<Result<(), Infallible>>);
    let mut patient = pin!(infra.shutdown(60 * SECOND));
    assert!(poll(patient.as_mut()).is_pending());
    let mut run = pin!(infra.run());
    assert!(poll(run.as_mut()).is_pending());
    let at_once = finish(&time, pin!(infra.shutdown(Duration::ZERO)));
    assert_eq!((at_once.took, failures(&at_once)), (Duration::ZERO, vec![("hangs", NOT_DONE)]));
    assert!(poll(run.as_mut()).is_ready());
    let failed = finish(&time, patient).failed;
    assert_eq!(failed[0].1, "it took too long");
}

/// Why work has failed that another shutdown has not ended.
const NOT_DONE: &str = "it was not done in time";

fn failures(done: &Shutdown) -> Vec<(&str, &str)> {
    done.failed.iter().map(|(name, why)| (name.as_str(), &**why)).collect()
}

#[test]
fn a_shutdown_lists_the_work_that_another_one_has_not_ended() {
    let (time, infra) = infrastructure();
    infra.at_shutdown("journal", || async { Err("the disk is full") });
    infra.at_shutdown("spans", pending::<Result<(), Infallible>>);
    infra.at_shutdown("mails", || async { Ok::<_, Infallible>(()) });
    let mut patient = pin!(infra.shutdown(60 * SECOND));
    assert!(poll(patient.as_mut()).is_pending());
    let waits = finish(&time, pin!(infra.shutdown(SECOND)));
    let journal = ("journal", "the disk is full");
    let undone = [("spans", NOT_DONE), ("mails", NOT_DONE)];
    assert_eq!(failures(&waits), [journal, undone[0], undone[1]]);
    let patient = finish(&time, patient);
    assert_eq!(failures(&patient), [journal, ("spans", "it took too long")]);
}

#[test]
fn work_that_failed_is_listed_by_the_shutdowns_that_follow_one_that_was_dropped() {
    let (time, infra) = infrastructure();
    infra.at_shutdown("journal", || async { Err("the disk is full") });
    let clock = time.clock();
    infra.at_shutdown("spans", move || async move {
        clock.sleep_until(clock.now() + SECOND).await;
        Ok::<_, Infallible>(())
    });
    {
        let mut shutdown = pin!(infra.shutdown(8 * SECOND));
        assert!(poll(shutdown.as_mut()).is_pending());
    }
    for _ in 0..2 {
        let done = finish(&time, pin!(infra.shutdown(8 * SECOND)));
        assert_eq!(failures(&done), [("journal", "the disk is full")]);
    }
}

#[test]
fn calls_of_what_a_reload_has_removed_or_replaced_end_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, time) = (folder.path().join("seawall.toml"), ManualClock::new());
    std::fs::write(&file, SETTINGS).expect("written");
    let builder = Infrastructure::builder().config(ConfigSource::new().file(&file));
    let builder = builder.clock(time.clock()).pool("orders", Dummy::new(time.clock()));
    let infra = builder.build().expect("valid settings");
    let clock = time.clock();
    let mut call = pin!(infra.execute_protected("charge", async || {
        clock.sleep_until(clock.now() + SECOND).await;
        Ok::<_, Infallible>(())
    }));
    assert!(poll(call.as_mut()).is_pending());
    std::fs::write(&file, SETTINGS.replace("payments", "others")).expect("written");
    let _applied = infra.reload().expect("nothing holds the names");
    assert!(infra.components().iter().all(|status| status.layer.name().as_str() != "payments"));
    let mut shutdown = pin!(infra.shutdown(8 * SECOND));
    assert!(poll(shutdown.as_mut()).is_pending(), "the call is under way");
    let at_once = finish(&time, pin!(infra.shutdown(Duration::ZERO)));
    let expected = "shut down after 0.0ns; not ended: 1 at bulkhead `payments`; not ended: 1 at circuit breaker \
                    `payments`";
    assert_eq!(at_once.to_string(), expected);
    time.advance(SECOND);
    assert!(poll(call.as_mut()).is_ready());
    assert!(finish(&time, shutdown).is_clean());
}

#[test]
fn work_whose_start_panics_as_it_is_dropped_keeps_nothing_from_ending() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in the drop");
        }
    }
    for is_polled in [false, true] {
        let (time, infra) = infrastructure();
        let panics = Panics;
        let start = move || {
            let _panics = &panics;
            pending::<Result<(), Infallible>>()
        };
        infra.supervise("panics", start).expect("a new name");
        let mut run = pin!(infra.run());
        if is_polled {
            assert!(poll(run.as_mut()).is_pending());
        }
        assert!(finish(&time, pin!(infra.shutdown(SECOND))).is_clean());
        assert!(poll(run.as_mut()).is_ready(), "polled before: {is_polled}");
    }
}

#[test]
fn settings_are_refused_while_it_is_shut_down_and_it_ends_all_the_same() {
    let (time, infra) = infrastructure();
    let mut hangs = Box::pin(infra.execute_protected("charge", pending::<Result<(), Infallible>>));
    assert!(poll(hangs.as_mut()).is_pending());
    let mut shutdown = pin!(infra.shutdown(8 * SECOND));
    assert!(poll(shutdown.as_mut()).is_pending());
    let refused = infra.reload().expect_err("it is shut down");
    assert!(refused.to_string().contains("the infrastructure is closed"), "{refused}");
    infra.roll_back(1).expect_err("it is shut down");
    drop(hangs);
    assert!(finish(&time, shutdown).is_clean());
    assert!(poll(pin!(infra.run())).is_ready(), "first polled after the end");
}

#[test]
fn without_time_what_hangs_is_listed_at_once() {
    let (time, infra) = infrastructure();
    let mut hangs = pin!(infra.execute_protected("charge", pending::<Result<(), Infallible>>));
    assert!(poll(hangs.as_mut()).is_pending());
    infra.at_shutdown("hangs", pending::<Result<(), Infallible>>);
    let done = finish(&time, pin!(infra.shutdown(Duration::ZERO)));
    assert_eq!(done.took, Duration::ZERO);
    assert_eq!((done.unfinished.len(), done.failed.len()), (2, 1), "{done}");
}

#[test]
fn last_work_that_panics_keeps_no_other_from_being_done() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in the drop");
        }
    }
    let (time, infra) = infrastructure();
    let notes = Arc::default();
    infra.at_shutdown("start", || -> std::future::Ready<Result<(), Infallible>> { panic!("now") });
    infra.at_shutdown("drop", || {
        let panics = Panics;
        async move {
            let _panics = &panics;
            pending::<Result<(), Infallible>>().await
        }
    });
    note(&infra, &notes, "last", std::future::ready(()));
    let done = finish(&time, pin!(infra.shutdown(SECOND)));
    let failed: Vec<_> = done.failed.iter().map(|(name, why)| (name.as_str(), &**why)).collect();
    assert_eq!(failed, [("start", "it panicked: now"), ("drop", "it took too long")]);
    assert_eq!(*notes.lock().expect("no panic"), ["last begins", "last ends"]);
}

#[test]
fn a_thread_can_shut_down() {
    let infra = Infrastructure::builder().build().expect("no settings are valid");
    std::thread::scope(|scope| {
        let works = scope.spawn(|| infra.run_blocking());
        assert!(infra.shutdown_blocking(SECOND).is_clean());
        works.join().expect("no panic");
    });
}
