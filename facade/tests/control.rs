//! Manual control by name: of one, several or all components, of one key, across reloads.

use std::convert::Infallible;
use std::fs;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use seawall::breaker::CircuitBreaker;
use seawall::{
    Component, ConfigSource, Control, ControlAction, Event, Infrastructure, Observer, RefusalKind,
    Status, Topic,
};
use seawall_testkit::pool::Dummy;
use seawall_testkit::{ManualClock, Recorder};

const SETTINGS: &str = r#"
    [breaker.cards]
    failures = 2
    [breaker.mails]
    [breaker.hosts]
    per_key = true
    [breaker.other]
    backend = "failsafe"

    [rate_limit.api]
    limit = "5/h"
    [rate_limit.api.override.vip]
    key = "vip"
    limit = "7/h"

    [bulkhead.all]
    max_concurrent = 1

    [pool.orders]
    max_size = 3

    [protection.charge]
    rate_limit = "api"
    bulkhead = "all"
    breaker = "cards"
    [protection.other]
    breaker = "other"
    [protection.hosts]
    breaker = "hosts"
"#;

struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    infra: Infrastructure,
    run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Fixture {
    fn new(config: ConfigSource) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let infra = Infrastructure::builder()
            .config(config)
            .clock(time.clock())
            .observer(recorder.clone())
            .pool("orders", Dummy::new(time.clock()))
            .build()
            .expect("valid");
        let run = Box::pin(infra.run());
        let mut fixture = Self { time, recorder, infra, run };
        fixture.pass(Duration::ZERO);
        fixture
    }

    fn plain() -> Self {
        Self::new(ConfigSource::new().toml_str(SETTINGS))
    }

    fn pass(&mut self, time: Duration) {
        self.time.advance(time);
        let _ = self.run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }

    fn ann(&self) -> Control<'_> {
        self.infra.control("ann", "bank is down")
    }

    /// Returns why a call under a protection is refused, if it is.
    fn refused(&self, protection: &str) -> Option<RefusalKind> {
        let call = self.infra.protect(protection).expect("configured").key("key");
        call.acquire_blocking().err().map(|refusal| refusal.kind())
    }

    fn status(&self, component: Component, name: &str) -> Status {
        let is_it = |status: &Status| {
            status.layer.component() == component && status.layer.name().as_str() == name
        };
        self.infra.components().into_iter().find(is_it).expect("configured")
    }

    fn controlled(&self) -> Vec<String> {
        let controlled = |status: Status| {
            let name = status.layer.name().clone();
            status.control.into_iter().map(move |control| format!("{name}: {control}"))
        };
        self.infra.components().into_iter().flat_map(controlled).collect()
    }

    fn told(&self) -> Vec<(String, ControlAction, String)> {
        let events = self.recorder.take().into_iter();
        let told = events.filter_map(|event| {
            let (action, by) = event.controlled?;
            Some((event.layer.name().to_string(), action, by))
        });
        told.collect()
    }
}

#[test]
fn every_kind_of_layer_is_forced_and_released_whatever_its_backend() {
    let fixture = Fixture::plain();
    for (component, name, protection, kind) in [
        (Component::CircuitBreaker, "cards", "charge", RefusalKind::CircuitForcedOpen),
        (Component::CircuitBreaker, "other", "other", RefusalKind::CircuitForcedOpen),
        (Component::CircuitBreaker, "hosts", "hosts", RefusalKind::CircuitForcedOpen),
        (Component::RateLimiter, "api", "charge", RefusalKind::RateLimited),
        (Component::Bulkhead, "all", "charge", RefusalKind::BulkheadFull),
    ] {
        fixture.ann().component(component, name).force_open().expect("possible");
        assert_eq!(fixture.refused(protection), Some(kind), "{name}");
        assert_eq!(fixture.controlled(), [format!("{name}: force_open by ann: bank is down")]);
        fixture.ann().component(component, name).release().expect("possible");
        assert_eq!(fixture.refused(protection), None, "{name}");
        assert!(fixture.controlled().is_empty());
        let name = name.to_owned();
        let told = |action| (name.clone(), action, "ann".to_owned());
        let expected = [told(ControlAction::ForceOpen), told(ControlAction::Release)];
        assert_eq!(fixture.told(), expected);
    }
}

#[test]
fn forced_closed_and_observed_nothing_is_refused() {
    let fixture = Fixture::plain();
    let spend = || fixture.infra.check_rate("key", "api", 5);
    spend().expect("all of them");
    let cards: CircuitBreaker = fixture.infra.component("cards").expect("configured");
    let fail = || cards.execute_blocking(|| Err::<(), _>("down"));
    (0..2).for_each(|_| drop(fail()));
    assert_eq!(fixture.refused("charge"), Some(RefusalKind::RateLimited));
    let both = || fixture.ann().rate_limit("api").breaker("cards");
    both().force_closed().expect("possible");
    assert_eq!(fixture.refused("charge"), None);
    spend().expect("forced closed, by name too");
    both().observe().expect("possible");
    (0..9).for_each(|_| assert_eq!(fixture.refused("charge"), None));
    let denied = fixture.status(Component::RateLimiter, "api").reading("refused");
    assert!(denied >= Some(9), "it counts what it would refuse: {denied:?}");
    both().release().expect("possible");
    assert_eq!(fixture.refused("charge"), Some(RefusalKind::RateLimited), "usage stays");
}

#[test]
fn what_is_controlled_stays_so_across_a_reload_and_a_change_of_the_backend() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    fs::write(&file, SETTINGS).expect("written");
    let fixture = Fixture::new(ConfigSource::new().file(&file));
    fixture.ann().breaker("mails").breaker("other").bulkhead("all").force_open().expect("possible");
    fixture.ann().rate_limit("api").resize(1).expect("possible");
    let changed = SETTINGS
        .replace("[breaker.mails]", "[breaker.mails]\nbackend = 'failsafe'")
        .replace("backend = \"failsafe\"\n\n", "backend = 'native'\n\n")
        .replace("5/h", "9/h")
        .replace("max_concurrent = 1", "max_concurrent = 2")
        .replace("breaker = \"cards\"", "breaker = [\"cards\", \"mails\"]");
    fs::write(&file, changed).expect("written");
    let applied = fixture.infra.reload().expect("valid");
    assert_eq!(applied.version().number(), 2);
    assert_eq!(fixture.status(Component::CircuitBreaker, "other").backend, Some("native"));
    assert_eq!(fixture.status(Component::CircuitBreaker, "mails").backend, Some("failsafe"));
    assert_eq!(fixture.refused("other"), Some(RefusalKind::CircuitForcedOpen));
    assert_eq!(fixture.refused("charge"), Some(RefusalKind::BulkheadFull));
    assert_eq!(fixture.controlled().len(), 4);
    assert_eq!(fixture.infra.rate_status("key", "api").expect("configured").limit, 1);

    fixture.infra.control("bob", "done").bulkhead("all").release().expect("possible");
    assert_eq!(fixture.refused("charge"), Some(RefusalKind::CircuitForcedOpen), "that of mails");
    fixture
        .infra
        .control("bob", "done")
        .all(Component::CircuitBreaker)
        .release()
        .expect("possible");
    assert_eq!([fixture.refused("charge"), fixture.refused("other")], [None, None]);
    fixture.infra.control("bob", "done").rate_limit("api").release().expect("possible");
    let limit = fixture.infra.rate_status("key", "api").expect("configured").limit;
    assert_eq!(limit, 9, "what the settings have by now");
}

#[test]
fn a_new_size_is_in_effect_until_it_is_released() {
    let fixture = Fixture::plain();
    let size = || {
        let read = |component, name, reading| fixture.status(component, name).reading(reading);
        [
            read(Component::Bulkhead, "all", "max_concurrent"),
            read(Component::ConnectionPool, "orders", "max"),
        ]
    };
    fixture.ann().bulkhead("all").pool("orders").resize(8).expect("possible");
    assert_eq!(size(), [Some(8), Some(8)]);
    fixture.ann().bulkhead("all").pool("orders").release().expect("possible");
    assert_eq!(size(), [Some(1), Some(3)]);
}

#[test]
fn one_key_is_controlled_apart_from_all_others() {
    let fixture = Fixture::plain();
    let limit =
        |key: &'static str| fixture.infra.rate_status(key, "api").expect("configured").limit;
    fixture.ann().rate_limit("api").key("vip").resize(100).expect("possible");
    assert_eq!((limit("vip"), limit("other")), (100, 5));
    fixture.ann().rate_limit("api").key("vip").release().expect("possible");
    assert_eq!((limit("vip"), limit("other")), (7, 5), "the settings have a limit of its own");

    fixture.ann().rate_limit("api").key("evil").force_open().expect("possible");
    let check = |key: &'static str| fixture.infra.check_rate(key, "api", 1).is_ok();
    assert_eq!((check("evil"), check("vip")), (false, true));
    let shown = fixture.controlled();
    assert_eq!(shown, ["api: force_open of a key by ann: bank is down"], "without the key");

    let host = |key: &'static str| {
        fixture.infra.protect("hosts").expect("configured").key(key).acquire_blocking().is_ok()
    };
    fixture.ann().breaker("hosts").key("one").force_open().expect("possible");
    assert_eq!((host("one"), host("two")), (false, true));
    fixture.ann().breaker("hosts").force_closed().expect("possible");
    assert_eq!((host("one"), host("two")), (false, true), "the key stays as it is");
    fixture.ann().breaker("hosts").release().expect("possible");
    assert_eq!((host("one"), host("two")), (true, true));
}

#[test]
fn what_has_a_time_ends_by_itself() {
    let mut fixture = Fixture::plain();
    let minute = Duration::from_secs(60);
    fixture.ann().breaker("cards").expires_after(minute).force_open().expect("possible");
    fixture.ann().breaker("other").expires_after(2 * minute).force_open().expect("possible");
    assert_eq!(
        fixture.controlled(),
        [
            "cards: force_open by ann: bank is down, for another 60.0 s",
            "other: force_open by ann: bank is down, for another 120 s"
        ]
    );
    let _ = fixture.told();
    fixture.pass(minute - Duration::from_nanos(1));
    assert!(fixture.refused("charge").is_some());
    fixture.pass(Duration::from_nanos(1));
    assert_eq!(
        [fixture.refused("charge").is_some(), fixture.refused("other").is_some()],
        [false, true]
    );
    assert_eq!(fixture.told(), [("cards".into(), ControlAction::Release, "ann".into())]);
    fixture.pass(minute);
    assert_eq!(fixture.refused("other"), None);
    assert!(fixture.controlled().is_empty());
}

#[test]
fn a_reset_forgets_what_was_counted_and_keeps_what_is_forced() {
    let fixture = Fixture::plain();
    let cards: CircuitBreaker = fixture.infra.component("cards").expect("configured");
    (0..2).for_each(|_| drop(cards.execute_blocking(|| Err::<(), _>("down"))));
    assert_eq!(fixture.refused("charge"), Some(RefusalKind::CircuitOpen));
    fixture.ann().breaker("cards").reset().expect("possible");
    assert_eq!(fixture.refused("charge"), None);
    fixture.ann().breaker("cards").force_open().expect("possible");
    fixture.ann().breaker("cards").reset().expect("possible");
    assert_eq!(fixture.refused("charge"), Some(RefusalKind::CircuitForcedOpen));
}

#[test]
fn of_several_all_or_none_is_controlled() {
    let fixture = Fixture::plain();
    for (control, said) in [
        (
            fixture.ann().breaker("cards").breaker("card"),
            "circuit breaker `card` is not configured; did you mean `cards`? (configured: cards, \
             hosts, mails, other)",
        ),
        (
            fixture.ann().breaker("cards").pool("orders"),
            "connection pool `orders` does not support `force_open`",
        ),
        (fixture.ann(), "infrastructure `seawall` has none of the components to be controlled"),
    ] {
        let error = control.force_open().expect_err("not possible");
        assert_eq!(error.to_string(), said);
        assert_eq!(fixture.refused("charge"), None);
        assert!(fixture.controlled().is_empty());
    }
    let error = fixture.ann().bulkhead("all").resize(0).expect_err("not possible");
    let said = "bulkhead `all` cannot have 0 permits: their number must be 1 or more";
    assert_eq!(error.to_string(), said);
    assert!(fixture.recorder.take().iter().all(|event| event.topic != Topic::ControlChanged));
}

#[test]
fn protections_that_code_composed_follow() {
    let fixture = Fixture::plain();
    let composed = fixture.infra.compose().breaker("other").build().expect("configured");
    let call = || composed.call().run_blocking(|| Ok::<_, Infallible>(())).is_ok();
    assert!(call());
    fixture.ann().breaker("other").force_open().expect("possible");
    assert!(!call());
    fixture.ann().breaker("other").release().expect("possible");
    assert!(call());
}

#[test]
fn the_control_of_a_component_ends_with_it() {
    let infra = Fixture::new(ConfigSource::new().toml_str(SETTINGS).toml_str("[breaker.new]"));
    infra.ann().breaker("new").force_open().expect("possible");
    let _ = infra.told();
    let gone = ConfigSource::new().remove("breaker.new");
    let _applied = infra.infra.change(&gone).expect("valid");
    assert_eq!(infra.told(), [("new".into(), ControlAction::Release, "ann".into())]);
    let back = ConfigSource::new().set("breaker.new.failures", 3);
    let _applied = infra.infra.change(&back).expect("valid");
    assert!(infra.controlled().is_empty());
}

/// Uses the infrastructure from within events, as an operator's program may.
#[derive(Default)]
struct Meddler(OnceLock<Infrastructure>);

impl Observer for &'static Meddler {
    fn observe(&self, event: &Event<'_>) {
        let Some(infra) = self.0.get() else { return };
        if matches!(
            event.topic,
            Topic::BreakerChanged | Topic::ControlChanged | Topic::ConfigReloaded
        ) && event.layer.name().as_str() != "mails"
        {
            let mails = infra.control("meddler", "because").breaker("mails");
            mails.force_open().expect("possible");
            assert!(!infra.config_status().is_stale());
            assert!(!infra.components().is_empty());
        }
    }
}

#[test]
fn an_observer_may_control_others() {
    let meddler: &Meddler = Box::leak(Box::default());
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str("[breaker.cards]\n[breaker.mails]"))
        .observer(meddler)
        .build()
        .expect("valid");
    assert!(meddler.0.set(infra.clone()).is_ok());
    infra.control("ann", "bank is down").breaker("cards").force_open().expect("possible");
    let _applied =
        infra.change(&ConfigSource::new().set("breaker.new.failures", 3)).expect("valid");
    infra.control("ann", "bank is back").breaker("cards").release().expect("possible");
    let controlled = infra.components().into_iter().filter(|status| !status.control.is_empty());
    let names: Vec<_> = controlled.map(|status| status.layer.name().to_string()).collect();
    assert_eq!(names, ["mails"]);
}

#[test]
fn whatever_happens_at_the_same_time_the_last_word_counts() {
    let settings =
        |backend| format!("[breaker.b]\nbackend = '{backend}'\n[protection.p]\nbreaker = 'b'\n");
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(settings("native")))
        .build()
        .expect("valid");
    let admitted = || infra.protect("p").expect("configured").acquire_blocking().is_ok();
    for round in 0..50 {
        std::thread::scope(|scope| {
            for operator in ["ann", "bob"] {
                let infra = &infra;
                scope.spawn(move || {
                    let control = || infra.control(operator, "a race").breaker("b");
                    control().force_open().expect("possible");
                    control().observe().expect("possible");
                    control().release().expect("possible");
                    control().force_open().expect("possible");
                });
            }
            scope.spawn(|| {
                for backend in ["failsafe", "native"] {
                    let changes = ConfigSource::new().set("breaker.b.backend", backend);
                    let _applied = infra.change(&changes).expect("valid");
                }
            });
        });
        assert!(!admitted(), "round {round}: both have forced it open at the end");
        infra.control("ann", "done").breaker("b").release().expect("possible");
        assert!(admitted(), "round {round}");
    }
}

#[test]
fn no_call_passes_a_component_that_is_forced_open_while_it_is_started_anew() {
    let settings = "[breaker.b]\n[protection.p]\nbreaker = 'b'\n";
    for round in 0..100 {
        let config = ConfigSource::new().toml_str(settings);
        let infra = Infrastructure::builder().config(config).build().expect("valid");
        infra.control("ann", "a race").breaker("b").force_open().expect("possible");
        let protection = infra.protection("p").expect("configured");
        let admits = || protection.call().run_blocking(|| Ok::<_, Infallible>(())).is_ok();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let calls = scope.spawn(|| {
                let mut admitted = 0;
                while !is_over.load(Ordering::Acquire) {
                    admitted += u32::from(admits());
                }
                admitted
            });
            let changes = ConfigSource::new().set("breaker.b.backend", "failsafe");
            let applied = infra.change(&changes);
            is_over.store(true, Ordering::Release);
            assert_eq!(calls.join().expect("no panic"), 0, "round {round}: {applied:?}");
        });
    }
}
