//! A thousand reloads while 64 tasks and 8 threads call: no call sees a mix of versions, and no state is
//! lost.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use seawall::breaker::{CircuitBreaker, State};
use seawall::{ConfigSource, Event, Handle, Infrastructure, Observer, Pool, RefusalKind, Topic};
use seawall_testkit::pool::Dummy;
use seawall_testkit::{ManualClock, yield_times};

const RELOADS: usize = 1000;
const TASKS: usize = 64;
const THREADS: usize = 8;
const KEYS: usize = 16;

/// The settings of an odd or an even version. Which one a call sees, its rate limits tell by their names.
fn settings(version: usize) -> String {
    let (mark, limit) = [("even", 300), ("odd", 400)][version % 2];
    let (failures, size, timeout) = (2 + version % 3, 4 + version % 3, 10 + version % 40);
    format!(
        "
        [rate_limit.{mark}_outer]
        limit = '1000000/s'
        [rate_limit.{mark}_inner]
        limit = '1000000/s'
        [rate_limit.quota]
        limit = {limit}
        period = '1d'
        [breaker.broken]
        failures = {failures}
        reset_after = '1d'
        probe_lease = '1m'
        [breaker.service]
        failures = {failures}00000
        probe_lease = '1m'
        [bulkhead.narrow]
        max_concurrent = {size}
        max_waiting = 1000
        max_wait = '1d'
        [pool.db]
        max_size = {size}
        [protection.outer]
        rate_limit = '{mark}_outer'
        timeout = '{timeout}s'
        [protection.inner]
        rate_limit = '{mark}_inner'
        breaker = 'service'
        [protection.narrow]
        bulkhead = 'narrow'
        breaker = 'service'
        timeout = '{timeout}s'
        [protection.broken]
        breaker = 'broken'
        timeout = '{timeout}s'
        [protection.quota]
        rate_limit = 'quota'
        "
    )
}

thread_local! {
    /// The rate limits that the last call on this thread has passed.
    static PASSED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Notes which rate limits a call passes. Events come on the thread of the call.
struct Marks;

impl Observer for Marks {
    fn observe(&self, event: &Event<'_>) {
        if event.topic == Topic::RequestAllowed {
            let name = event.layer.name().to_string();
            PASSED.with_borrow_mut(|passed| passed.push(name));
        }
    }
}

/// Asserts that the call passed the limits of one version.
fn assert_one_version(passed: &[String], limits: usize) {
    let marks: Vec<_> = passed.iter().filter_map(|name| name.split_once('_')).collect();
    assert_eq!(marks.len(), limits, "{passed:?}");
    assert!(marks.iter().all(|(mark, _)| *mark == marks[0].0), "a mix of versions: {passed:?}");
}

/// Ends all calls when it is dropped.
struct Over<'s>(&'s AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Storm {
    infra: Infrastructure,
    outer: Handle,
    inner: Handle,
    broken: Handle,
    database: Pool<Dummy>,
    is_over: AtomicBool,
    calls: AtomicU64,
    /// Tokens of the quota that were taken, by key.
    taken: [AtomicU64; KEYS],
    used: AtomicU64,
}

impl Storm {
    /// Calls under both protections at once, by name or by handle, and under each of them.
    fn nested(&self, infra: &Infrastructure, nth: usize) {
        PASSED.take();
        let op = || Ok::<_, Infallible>(());
        let (outer, inner) = (&self.outer, &self.inner);
        let (result, limits) = match nth % 4 {
            0 => (infra.execute_protected_blocking(["outer", "inner"], op), 2),
            1 => (infra.execute_protected_blocking((outer, "inner"), op), 2),
            2 => (infra.execute_protected_blocking(("outer", inner), op), 2),
            _ => (infra.execute_protected_blocking(inner, op), 1),
        };
        result.expect("no limit is reached");
        assert_one_version(&PASSED.take(), limits);
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// What goes on state that must not come back: an open circuit, spent tokens.
    fn spend(&self, infra: &Infrastructure, nth: usize) {
        let refused = self.broken.run_blocking(|| Ok::<_, Infallible>(())).expect_err("open");
        assert_eq!(refused.refusal().map(seawall::Refusal::kind), Some(RefusalKind::CircuitOpen));
        let key = nth % KEYS;
        let call = infra.protect("quota").expect("configured").key(key);
        if call.run_blocking(|| Ok::<_, Infallible>(())).is_ok() {
            let taken = self.taken[key].fetch_add(1, Ordering::Relaxed) + 1;
            assert!(taken <= 400, "more than either version allows: {taken}");
        }
    }

    async fn task(&self, number: usize) {
        let infra = self.infra.clone();
        let mut nth = number;
        while !self.is_over.load(Ordering::Relaxed) {
            self.nested(&infra, nth);
            self.spend(&infra, nth);
            let lent = async {
                let mut lent = self.database.checkout().await.expect("it connects");
                yield_times(1).await;
                lent.request(1).await.expect("it works");
            };
            lent.await;
            let waits = self.infra.protect("narrow").expect("configured").run(async || {
                yield_times(1).await;
                Ok::<_, Infallible>(())
            });
            waits.await.expect("it waits for a permit");
            self.calls.fetch_add(1, Ordering::Relaxed);
            self.used.fetch_add(1, Ordering::Relaxed);
            nth += 1;
            tokio::task::yield_now().await;
        }
    }

    fn thread(&self, number: usize) {
        let mut nth = number;
        while !self.is_over.load(Ordering::Relaxed) {
            self.nested(&self.infra, nth);
            self.spend(&self.infra, nth);
            nth += 1;
            thread::yield_now();
        }
    }
}

#[test]
fn a_thousand_reloads_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    std::fs::write(&file, settings(0)).expect("written");
    let time = ManualClock::new();
    let dummy = Dummy::new(time.clock());
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().file(&file))
        .clock(time.clock())
        .observer(Marks)
        .pool("db", dummy.clone())
        .build()
        .expect("valid settings");
    let handle = |name| infra.protection(name).expect("configured");
    let broken = handle("broken");
    for _ in 0..2 {
        broken.run_blocking(|| Err::<(), _>("down")).expect_err("it fails");
    }
    let storm = Arc::new(Storm {
        outer: handle("outer"),
        inner: handle("inner"),
        broken,
        database: infra.pool("db").expect("given"),
        is_over: AtomicBool::new(false),
        calls: AtomicU64::new(0),
        taken: Default::default(),
        used: AtomicU64::new(0),
        infra,
    });
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().expect("a runtime");
    let tasks: Vec<_> = (0..TASKS)
        .map(|number| {
            let storm = Arc::clone(&storm);
            runtime.spawn(async move { storm.task(number).await })
        })
        .collect();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let storm = &storm;
            scope.spawn(move || storm.thread(number));
        }
        // Also if a reload fails, so that the threads end.
        let _over = Over(&storm.is_over);
        for version in 1..=RELOADS {
            let text = settings(version);
            // Every tenth version is refused first.
            if version % 10 == 0 {
                std::fs::write(&file, text.replace("max_size", "max_sise")).expect("written");
                storm.infra.reload().expect_err("misspelt");
            }
            std::fs::write(&file, text).expect("written");
            let applied = storm.infra.reload().expect("valid settings");
            assert_eq!(applied.version().number(), version as u64 + 1);
        }
    });
    runtime.block_on(async {
        for task in tasks {
            task.await.expect("no call failed");
        }
    });
    settle(&storm, &dummy, &time);
}

/// Checks what is left when all calls have ended.
fn settle(storm: &Storm, dummy: &Dummy, time: &ManualClock) {
    let infra = &storm.infra;
    let breaker: CircuitBreaker = infra.component("broken").expect("native");
    assert_eq!((breaker.status().state, breaker.status().attempt), (State::Open, 1));
    for key in 0..KEYS {
        let taken = storm.taken[key].load(Ordering::Relaxed);
        let status = infra.rate_status(key, "quota").expect("native");
        assert_eq!(status.remaining, status.limit.saturating_sub(taken), "key {key}");
    }
    let statuses = infra.components();
    let read = |name: &str, reading: &str| {
        let status = statuses.iter().find(|status| &**status.layer.name() == name);
        status.and_then(|status| status.reading(reading)).expect("known")
    };
    let calls = storm.calls.load(Ordering::Relaxed);
    let used = storm.used.load(Ordering::Relaxed);
    for (name, calls) in [("service", calls), ("narrow", used)] {
        assert_eq!(read(name, "admitted"), calls, "{name}");
        assert_eq!(read(name, "success"), calls, "{name}");
    }
    assert_eq!((read("narrow", "running"), read("narrow", "waiting")), (0, 0));
    assert!(calls > RELOADS as u64 && used > 0);
    assert!(dummy.most_alive() <= 6, "{}", dummy.most_alive());
    let size = settings(RELOADS).contains("max_size = 5");
    assert!(size && dummy.alive().len() <= 5, "the last version has five: {:?}", dummy.alive());
    let drained = time.block_on(infra.drain(Duration::from_secs(1)));
    assert!(drained.iter().all(|(_, drained)| drained.left == 0), "{drained:?}");
    assert_eq!(dummy.alive(), [0_u64; 0]);
}
