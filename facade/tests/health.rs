//! Whether a service can do its work, and why not.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Waker};
use std::time::Duration;
use std::{fs, thread};

use seawall::breaker::CircuitBreaker;
use seawall::{ConfigSource, Health, HealthState, Infrastructure};
use seawall_testkit::ManualClock;
use seawall_testkit::pool::{Act, Dummy, Step};

const SETTINGS: &str = r#"
    [breaker.payments]
    failures = 1
    reset_after = "5s"
    [breaker.hosts]
    per_key = true
    failures = 1
    [rate_limit.api]
    limit = 1
    period = "1h"
    [bulkhead.all]
    max_concurrent = 1
    [pool.orders]
    min_idle = 1
    [protection.charge]
    breaker = "payments"
    [protection.fetch]
    breaker = "hosts"
"#;

const SECOND: Duration = Duration::from_secs(1);

struct Fixture {
    time: ManualClock,
    orders: Dummy,
    infra: Infrastructure,
    run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Fixture {
    fn new(settings: &str) -> Self {
        let time = ManualClock::new();
        let orders = Dummy::new(time.clock());
        let config = ConfigSource::new().toml_str(settings);
        let builder = Infrastructure::builder().config(config).clock(time.clock());
        let infra = builder.pool("orders", orders.clone()).build().expect("valid settings");
        let run = Box::pin(infra.run());
        Self { time, orders, infra, run }
    }

    fn work(&mut self) {
        assert!(self.run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }

    fn wait(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.time.advance(SECOND);
            self.work();
        }
    }

    fn fail(&self, protection: &str, key: Option<&str>) {
        let call = self.infra.protect(protection).expect("configured");
        let op = || Err::<(), _>("down");
        match key {
            Some(key) => _ = call.key(("host", key)).run_blocking(op),
            None => _ = call.run_blocking(op),
        }
    }

    fn health(&self) -> String {
        self.infra.health().to_string()
    }
}

#[test]
fn a_pool_is_starting_until_it_has_connected_and_says_what_keeps_it() {
    let mut it = Fixture::new(SETTINGS);
    let pool = "connection pool `orders`";
    assert_eq!(it.health(), format!("degraded\n  {pool}: it has not connected yet"));
    it.orders.then(Act::Create, Step::Fail("refused"));
    it.work();
    assert_eq!(it.health(), format!("degraded\n  {pool}: it cannot connect: refused"));
    let health = it.infra.health();
    assert_eq!(health.components[0].state, HealthState::Starting, "the worst first");
    assert!(health.is_ready(), "nothing requires it");
    it.wait(2);
    assert_eq!(it.health(), "ready", "by itself");
    it.wait(7);
    assert!(it.infra.health().since.abs_diff(8 * SECOND) <= SECOND, "{:?}", it.infra.health());
}

#[test]
fn what_is_required_decides_whether_the_service_is_ready() {
    let settings = SETTINGS.replace("min_idle = 1", "min_idle = 1\nrequired = true");
    let mut it = Fixture::new(&settings);
    let health = it.infra.health();
    assert_eq!((health.state, health.is_ready()), (HealthState::Starting, false));
    assert!(health.components[0].is_required);
    it.work();
    assert_eq!(it.health(), "ready");
    it.fail("charge", None);
    assert_eq!(it.infra.health().state, HealthState::Degraded, "nothing requires the breaker");
}

#[test]
fn open_circuits_degrade_and_heal() {
    let mut it = Fixture::new(SETTINGS);
    it.work();
    assert_eq!(it.health(), "ready");
    it.fail("charge", None);
    it.fail("fetch", Some("one"));
    it.fail("fetch", Some("two"));
    assert_eq!(
        it.health(),
        "degraded\n  circuit breaker `payments`: it is open; a call is tried again in 5.0s\n  \
         circuit breaker `hosts`: the circuits of 2 keys are open"
    );
    it.wait(5);
    let call = it.infra.execute_protected_blocking("charge", || Ok::<_, &str>(()));
    call.expect("it is tried again");
    assert!(!it.health().contains("payments"), "{}", it.health());
}

#[test]
fn a_used_up_limit_and_a_full_bulkhead_are_no_faults() {
    let mut it = Fixture::new(SETTINGS);
    it.work();
    it.infra.check_rate("a key", "api", 1).expect("the first one");
    it.infra.check_rate("a key", "api", 1).expect_err("used up");
    assert_eq!(it.health(), "ready");
}

#[test]
fn manual_control_is_shown() {
    let mut it = Fixture::new(SETTINGS);
    it.work();
    let control = it.infra.control("ana", "maintenance").breaker("payments");
    control.force_open().expect("it can be forced");
    assert_eq!(
        it.health(),
        "degraded\n  circuit breaker `payments`: it is forced open; force_open by ana: maintenance"
    );
}

#[test]
fn failing_background_work_and_refused_settings_degrade() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    fs::write(&file, "[breaker.payments]").expect("written");
    let infra = Infrastructure::builder().config(ConfigSource::new().file(&file));
    let infra = infra.build().expect("valid settings");
    infra.supervise("mails", || async { Err("no server") }).expect("a new name");
    infra.supervise("mails", || async { Err("no server") }).expect_err("it is there");
    let mut run = pin!(infra.run());
    assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    fs::write(&file, "[breaker.payments]\nfailures = 0").expect("written");
    infra.reload().expect_err("not valid");
    assert_eq!(
        infra.health().to_string(),
        "degraded\n  background work `mails`: no server\n  settings: newer ones were refused, and \
         those in effect go on"
    );
}

#[test]
fn it_is_stopping_once_it_is_shut_down() {
    let it = Fixture::new(SETTINGS);
    it.infra.close();
    let health = it.infra.health();
    assert_eq!(health.state, HealthState::Stopping);
    assert!(!health.is_ready());
    assert_eq!(health.reasons[0], "it is being shut down");
}

#[test]
fn it_serializes() {
    let mut it = Fixture::new(SETTINGS);
    it.work();
    it.infra.component::<CircuitBreaker>("payments").expect("configured").force_open();
    it.wait(3);
    let json = serde_json::to_value(it.infra.health()).expect("it serializes");
    assert_eq!((&json["state"], &json["is_ready"]), (&"degraded".into(), &true.into()));
    let payments = &json["components"][0];
    assert_eq!(payments["name"], "payments");
    assert_eq!(payments["reason"], "it is forced open");
    assert!(payments["since_seconds"].as_f64().is_some_and(|since| since >= 2.0), "{payments}");
    assert!(json["host"]["lag_seconds"].as_f64().is_some(), "{json}");
    assert_eq!(json["work"][0]["state"], "running");
}

#[test]
fn it_does_not_wait_for_settings_that_are_being_read() {
    let (begin, reads) = mpsc::sync_channel(0);
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let (is_built, may_go_on) = (Arc::new(AtomicBool::new(false)), Mutex::new(may_go_on));
    let blocks = Arc::clone(&is_built);
    let config = ConfigSource::new().toml_str(SETTINGS).figment_with(move || {
        if blocks.load(Ordering::SeqCst) {
            begin.send(()).expect("the test waits");
            may_go_on.lock().expect("no panic").recv().expect("the test goes on");
        }
        figment::Figment::new()
    });
    let orders = Dummy::new(ManualClock::new().clock());
    let infra = Infrastructure::builder().config(config).pool("orders", orders);
    let infra = infra.build().expect("valid settings");
    is_built.store(true, Ordering::SeqCst);
    thread::scope(|scope| {
        let reload = scope.spawn(|| infra.reload());
        reads.recv().expect("it reads");
        assert_eq!(infra.health().state, HealthState::Degraded);
        assert!(!infra.config_status().is_stale());
        infra.close();
        go_on.send(()).expect("it waits");
        let error = reload.join().expect("no panic").expect_err("it was closed meanwhile");
        assert!(error.to_string().contains("the infrastructure is closed"), "{error}");
    });
}

#[test]
fn components_that_a_reload_removes_are_forgotten_and_new_ones_of_the_name_begin_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, time) = (folder.path().join("seawall.toml"), ManualClock::new());
    let with = "[breaker.payments]\nfailures = 1\nrequired = true\n\
                shadow = { consecutive_failures = 1 }\n[protection.charge]\nbreaker = 'payments'";
    let without = "[breaker.reviews]\n[protection.charge]\nbreaker = 'reviews'";
    fs::write(&file, with).expect("written");
    let config = ConfigSource::new().file(&file);
    let infra = Infrastructure::builder().config(config).clock(time.clock()).build();
    let infra = infra.expect("valid settings");
    let fail = || _ = infra.execute_protected_blocking("charge", || Err::<(), _>("down"));
    fail();
    let health = infra.health();
    assert_eq!((health.state, health.is_ready()), (HealthState::Failed, false), "{health}");
    let layers = |health: &Health| {
        health.components.iter().map(|one| one.layer.name().to_string()).collect::<Vec<_>>()
    };
    assert!(layers(&health).contains(&"payments.shadow".to_owned()), "{:?}", layers(&health));
    time.advance(10 * SECOND);
    fs::write(&file, without).expect("written");
    let _applied = infra.reload().expect("nothing holds the breaker");
    let health = infra.health();
    assert_eq!((health.to_string().as_str(), health.is_ready()), ("ready", true));
    assert!(layers(&health).iter().all(|name| name == "reviews" || name == "default"));
    time.advance(10 * SECOND);
    fs::write(&file, with).expect("written");
    let _applied = infra.reload().expect("a new breaker");
    assert_eq!(infra.health().to_string(), "ready", "it is closed");
    let since = infra.health().components.into_iter().map(|one| (one.layer, one.since));
    let new: Vec<_> = since.filter(|(layer, _)| layer.name().as_str() != "default").collect();
    assert!(new.iter().all(|(_, since)| since.is_zero()), "{new:?}");
}
