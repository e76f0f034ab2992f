//! Stores from settings, over a real Redis and a real PostgreSQL.

use std::path::Path;
use std::time::Duration;

use seawall::breaker_redis::{SharedBreaker, State};
use seawall::bulkhead_redis::SharedBulkhead;
use seawall::ratelimit_redis::RateLimiter;
use seawall::{
    Component, ConfigSource, HealthState, Infrastructure, Layer, RefusalKind, Status, Statuses,
    Topic,
};
use seawall_test_servers::{Postgres, Redis};
use seawall_testkit::Recorder;
use tokio::runtime::Runtime;

/// An infrastructure whose background work runs.
struct Running {
    infra: Infrastructure,
    events: Recorder,
    _runtime: Runtime,
}

impl Running {
    fn new(config: ConfigSource) -> Self {
        let events = Recorder::new();
        let builder = Infrastructure::builder().config(config).observer(events.clone());
        let infra = builder.build().expect("valid settings");
        let runtime = Runtime::new().expect("a runtime");
        runtime.spawn(infra.run());
        Self { infra, events, _runtime: runtime }
    }

    fn of(text: &str) -> Self {
        Self::new(ConfigSource::new().toml_str(text))
    }

    fn of_file(file: &Path, text: &str) -> Self {
        std::fs::write(file, text).expect("written");
        Self::new(ConfigSource::new().file(file))
    }

    /// Waits for something that the background work does on its own.
    fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        let end = self.infra.clock().now() + Duration::from_secs(60);
        while !is_so() {
            assert!(self.infra.clock().now() < end, "{what}: {}", self.infra.health());
            std::thread::yield_now();
        }
    }

    fn wait_until_ready(&self) {
        self.wait("ready", || self.infra.health().state == HealthState::Ready);
    }

    fn limiter(&self, name: &str) -> RateLimiter {
        self.infra.component(name).expect("a limiter of that name")
    }

    fn bulkhead(&self, name: &str) -> SharedBulkhead {
        self.infra.component(name).expect("a bulkhead of that name")
    }

    fn breaker(&self) -> SharedBreaker {
        self.infra.component("shared").expect("a breaker of that name")
    }

    fn circuit(&self) -> State {
        self.breaker().status().circuit.state
    }

    /// Makes calls through the breaker that fail.
    fn fail(&self, calls: usize) {
        let breaker = self.breaker();
        for _ in 0..calls {
            breaker.protect().acquire_blocking().expect("it is closed").failure();
        }
    }

    fn store(&self, name: &str) -> Status {
        let statuses = self.infra.statuses().into_iter();
        let mut statuses = statuses.filter(|status| status.layer == layer(name));
        let status = statuses.next().expect("a store of that name");
        assert_eq!(statuses.next(), None, "one status");
        status
    }

    fn count(&self, topic: Topic, name: &str) -> usize {
        let layer = layer(name);
        self.events
            .events()
            .iter()
            .filter(|event| (event.topic, &event.layer) == (topic, &layer))
            .count()
    }
}

fn layer(store: &str) -> Layer {
    Layer::new(Component::Store, store)
}

fn enter(bulkhead: &SharedBulkhead) -> bool {
    bulkhead.clone().protect().acquire_blocking().map(seawall_core::Permit::success).is_ok()
}

fn both(redis: &str, postgres: &str) -> String {
    format!(
        "[store.cache]\nbackend = 'redis'\nurl = '{redis}'\n\
         [store.database]\nbackend = 'postgres'\nurl = '{postgres}'\n\
         [rate_limit.api]\nstore = 'cache'\nlimit = '100000/s'\n\
         [rate_limit.jobs]\nstore = 'database'\nlimit = '100000/s'\n\
         [bulkhead.api]\nstore = 'cache'\nlease = '2s'\nlongest_call = '1s'\n\
         [bulkhead.jobs]\nstore = 'database'\nlease = '2s'\nlongest_call = '1s'\n"
    )
}

#[test]
fn a_service_starts_without_its_stores_and_is_ready_by_itself_when_they_are_up() {
    let (mut redis, mut postgres) = (Redis::start(), Postgres::start());
    let text = both(&redis.url(), &postgres.url());
    redis.kill();
    postgres.kill();
    let running = Running::of(&text);
    for name in ["cache", "database"] {
        running
            .wait("the store is reported", || running.count(Topic::ComponentDegraded, name) == 1);
        assert_eq!(running.store(name).state, "away");
    }
    running.wait("the components are", || {
        let statuses = running.infra.statuses();
        statuses.iter().filter(|status| status.state == "away").count() == 6
    });
    let health = running.infra.health();
    assert_eq!(health.state, HealthState::Degraded);
    let text = health.to_string();
    for part in [
        "store `cache`: it has not answered for ",
        "s: redis at 127.0.0.1:",
        "store `database`: it has not answered for ",
        "s: postgresql at 127.0.0.1:",
        "rate limit `api`: it waits for its store for ",
        "rate limit `jobs`: it waits for its store for ",
        "bulkhead `api`: it waits for its store: ",
        "bulkhead `jobs`: it waits for its store: ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("opensesame"), "{text}");
    for name in ["api", "jobs"] {
        let refusal = running.limiter(name).check_rate("ann", 1).expect_err("there is no store");
        assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable);
    }
    redis.restart();
    postgres.restart();
    running.wait_until_ready();
    for name in ["api", "jobs"] {
        running.wait("tokens", || running.limiter(name).check_rate("ann", 1).is_ok());
        running.wait("a permit", || enter(&running.bulkhead(name)));
    }
    for name in ["cache", "database"] {
        assert_eq!(running.count(Topic::ComponentRecovered, name), 1);
        let status = running.store(name);
        assert_eq!((status.state, status.reading("connected")), ("ready", Some(1)));
        assert!(status.reading("failed_round_trips") >= Some(1), "{status}");
        assert!(status.reading("round_trips") > status.reading("failed_round_trips"), "{status}");
        assert!(status.reading("round_trip") >= Some(1), "{status}");
    }
}

#[test]
fn instances_share_what_is_in_postgres() {
    let postgres = Postgres::start();
    let text = format!(
        "[store.main]\nbackend = 'postgres'\nurl = '{}'\nkey_secret = 'pepper'\n\
         [rate_limit.day]\nstore = 'main'\nlimit = '100000/d'\nmax_lease = '0s'\n\
         [bulkhead.jobs]\nstore = 'main'\nmax_concurrent = 3\nlease = '2s'\nlongest_call = '1s'\n",
        postgres.url()
    );
    let running = [Running::of(&text), Running::of(&text)];
    for one in &running {
        one.wait_until_ready();
        one.wait("a permit", || enter(&one.bulkhead("jobs")));
        one.wait("a token", || one.limiter("day").check_rate("ann", 1).is_ok());
    }
    let permits = |one: &Running| {
        let status = seawall_core::Backend::status(&one.bulkhead("jobs"), one.infra.clock().now());
        status.reading("max_concurrent").expect("a reading")
    };
    assert!(permits(&running[0]) + permits(&running[1]) <= 3);
}

/// A breaker that opens by itself at 15 failures, and with the others at 20 of all instances.
const BREAKER: &str = "[breaker.shared]\nfailures = 15\nreset_after = '1h'\nexchange_every = '20ms'\n\
                       view_window = '1m'\nshared_minimum_calls = 20\n";

#[test]
fn a_circuit_opens_with_that_of_another_instance_in_both_kinds_of_store() {
    let (redis, postgres) = (Redis::start(), Postgres::start());
    let stores = [("redis", redis.url()), ("postgres", postgres.url())];
    let (_folder, file) = file();
    for (backend, url) in stores {
        let text = format!(
            "[store.main]\nbackend = '{backend}'\nurl = '{url}'\n{BREAKER}store = 'main'\n"
        );
        let short = format!("{BREAKER}backend = '{backend}'\nurl = '{url}'\n");
        for text in [text, short.replace("shared]", "shared]\nkey_secret = 'pepper'")] {
            let [one, other] = [&text, &text].map(|text| Running::of_file(&file, text));
            one.wait_until_ready();
            other.wait_until_ready();
            one.fail(15);
            assert_eq!([one.circuit(), other.circuit()], [State::Open, State::Closed]);
            other.fail(5);
            other.wait("it follows", || other.circuit() == State::Open);
            let events = format!("{:?}", other.events.events());
            assert!(events.contains("shared view"), "{events}");
            assert!(!events.contains("pepper") && !events.contains("opensesame"), "{events}");
        }
    }
}

#[test]
fn a_breaker_without_its_store_goes_by_its_own_calls_and_health_says_since_when() {
    let mut redis = Redis::start();
    let text = format!(
        "[store.main]\nbackend = 'redis'\nurl = '{}'\n{BREAKER}store = 'main'\n",
        redis.url()
    );
    redis.kill();
    let [one, other] = [&text, &text].map(|text| Running::of(text));
    let is_alone = |running: &Running| {
        let text = running.infra.health().to_string();
        text.contains(
            "breaker `shared`: it goes by its own calls alone: it waits for its store for ",
        ) && text.contains("s: redis at 127.0.0.1:")
    };
    one.wait("alone", || is_alone(&one));
    other.wait("alone", || is_alone(&other));
    assert_eq!(one.infra.health().state, HealthState::Degraded);
    one.fail(15);
    other.fail(5);
    assert_eq!([one.circuit(), other.circuit()], [State::Open, State::Closed]);
    let health = one.infra.health().to_string();
    assert!(health.contains("breaker `shared`: it is open; a call is tried again in "), "{health}");
    assert!(health.contains("s; it goes by its own calls alone: "), "{health}");
    redis.restart();
    other.wait("what was counted meanwhile", || other.circuit() == State::Open);
    let mentions = || one.infra.health().to_string().contains("alone");
    one.wait("in contact", || !mentions());
    redis.kill();
    one.wait("lost while it runs", mentions);
}

#[test]
fn terms_and_the_login_of_a_shared_breaker_change_in_place_and_its_server_by_a_restart() {
    let redis = Redis::start();
    let (_folder, file) = file();
    let text = |url: &str, more: &str, terms: &str| {
        format!(
            "[store.main]\nbackend = 'redis'\nurl = '{url}'\n{more}{BREAKER}store = 'main'\n{terms}"
        )
    };
    let running = Running::of_file(&file, &text(&redis.url(), "", ""));
    running.wait_until_ready();
    running.fail(15);
    let change = |text: String| {
        std::fs::write(&file, text).expect("written");
        let applied = running.infra.reload().map_err(|error| error.to_string());
        applied.map(|applied| applied.version().difference().to_string())
    };
    for (more, terms) in [("timeout = '2s'\n", ""), ("", "shared_failure_rate = 0.9\n")] {
        let difference = change(text(&redis.url(), more, terms)).expect("valid settings");
        assert!(difference.contains("breaker `shared`: changed, keeps its state"), "{difference}");
        assert_eq!(running.circuit(), State::Open);
    }
    let problem = change(text(&format!("{}/7", redis.url()), "", "")).expect_err("it has a handle");
    assert!(problem.contains("in another store, it begins anew"), "{problem}");
    assert!(problem.contains("with a restart of the program"), "{problem}");
    assert_eq!(running.circuit(), State::Open, "nothing changed");
}

fn file() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    (folder, file)
}

#[test]
fn the_short_form_keeps_a_limit_in_postgres() {
    let postgres = Postgres::start();
    let url = postgres.url();
    let running = Running::of(&format!(
        "[rate_limit.a]\nbackend = 'postgres'\nurl = '{url}'\nlimit = '100000/s'\n\
         [rate_limit.b]\nbackend = 'postgres'\nurl = '{url}'\nlimit = '100000/s'\n"
    ));
    running.wait_until_ready();
    for name in ["a", "b"] {
        running.wait("tokens", || running.limiter(name).check_rate("ann", 1).is_ok());
    }
    let status = running.store(&format!("postgresql at 127.0.0.1:{}/postgres", postgres.port()));
    assert_eq!(status.backend, Some("postgres"));
}

/// Sets the password of the user `seawall`.
fn set_password(redis: &Redis, password: &str) {
    let rule = format!(">{password}");
    let rule = ["ACL", "SETUSER", "seawall", "reset", "on", &rule, "~seawall:1:*", "-@all"];
    let commands = ["+evalsha", "+eval", "+time", "+info", "+get", "+set"];
    redis.command(&[&rule[..], &commands].concat());
    redis.command(&["CLIENT", "KILL", "USER", "seawall"]);
}

#[test]
fn another_password_takes_effect_by_a_reload_and_nothing_is_counted_anew() {
    let redis = Redis::start();
    set_password(&redis, "sesame1");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    let text = |password: &str| {
        format!(
            "[store.main]\nbackend = 'redis'\nurl = '{}'\nuser = 'seawall'\npassword = '{password}'\n\
             [rate_limit.shared]\nstore = 'main'\nlimit = '100000/s'\n\
             [bulkhead.shared]\nstore = 'main'\nlease = '2s'\nlongest_call = '1s'\n",
            redis.url()
        )
    };
    let running = Running::of_file(&file, &text("sesame1"));
    running.wait_until_ready();
    let limiter = running.limiter("shared");
    running.wait("tokens", || limiter.check_rate("ann", 1).is_ok());
    set_password(&redis, "sesame2");
    running.wait("refused", || {
        let _either = limiter.check_rate("bob", 1);
        let health = running.infra.health().to_string();
        health.contains("store `main`: it has not answered for ") && health.contains("the login")
    });
    let reasons = running.infra.health().to_string();
    std::fs::write(&file, text("sesame2")).expect("written");
    let applied = running.infra.reload().expect("valid settings");
    let difference = applied.version().difference().to_string();
    assert!(difference.contains("rate limit `shared`: changed, keeps its state"), "{difference}");
    running.wait_until_ready();
    running.wait("tokens", || limiter.check_rate("carl", 1).is_ok());
    running.wait("a permit", || enter(&running.bulkhead("shared")));
    let events = format!("{:?}", running.events.events());
    let all = format!("{difference}{reasons}{events}{:?}", running.infra.statuses());
    assert!(!all.contains("sesame"), "{all}");
}

#[test]
fn a_component_in_another_store_begins_anew_there() {
    let (redis, postgres) = (Redis::start(), Postgres::start());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    let text = |backend: &str, url: &str| {
        format!(
            "[store.main]\nbackend = '{backend}'\nurl = '{url}'\n\
             [rate_limit.shared]\nstore = 'main'\nlimit = '100000/s'\n"
        )
    };
    let running = Running::of_file(&file, &text("redis", &redis.url()));
    running.wait_until_ready();
    std::fs::write(&file, text("postgres", &postgres.url())).expect("written");
    let _applied = running.infra.reload().expect("valid settings");
    running.wait_until_ready();
    running.wait("tokens", || running.limiter("shared").check_rate("ann", 1).is_ok());
    assert_eq!(running.store("main").backend, Some("postgres"));
    assert_eq!(running.count(Topic::ComponentReplaced, "main"), 1);
}

#[test]
fn a_store_that_is_lost_is_noticed_without_calls_and_reported_once() {
    let mut redis = Redis::start();
    let running = Running::of(&format!(
        "[store.main]\nbackend = 'redis'\nurl = '{}'\n\
         [rate_limit.a]\nstore = 'main'\nlimit = '1/s'\n[rate_limit.b]\nstore = 'main'\nlimit = '1/s'\n",
        redis.url()
    ));
    running.wait_until_ready();
    redis.kill();
    running.wait("lost", || running.count(Topic::ComponentDegraded, "main") == 1);
    assert!(running.infra.health().to_string().contains("store `main`: it has not answered for "));
    redis.restart();
    running.wait("back", || running.count(Topic::ComponentRecovered, "main") == 1);
    running.wait_until_ready();
    assert_eq!(running.count(Topic::ComponentDegraded, "main"), 1);
}

#[test]
fn a_server_that_may_lose_states_is_an_event() {
    let memory = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
    let redis = Redis::options().with_arguments(memory).start();
    let running = Running::of(&format!(
        "[store.main]\nbackend = 'redis'\nurl = '{}'\n[bulkhead.b]\nstore = 'main'\n",
        redis.url()
    ));
    running.wait("warned", || running.count(Topic::StoreWarning, "main") == 1);
    running.wait_until_ready();
    let health = running.infra.health();
    let store = health.components.iter().find(|one| one.layer == layer("main")).expect("a store");
    assert_eq!(store.state, HealthState::Ready);
    assert!(
        store.reason.as_deref().is_some_and(|text| text.contains("store_warning")),
        "{store:?}"
    );
    let warnings = format!("{:?}", running.events.events());
    assert!(warnings.contains("allkeys-lru"), "{warnings}");
}

#[test]
fn what_instances_share_is_exposed_as_metrics() {
    let redis = Redis::start();
    let text = format!(
        "[store.main]\nbackend = 'redis'\nurl = '{}'\n\
         [rate_limit.shared]\nstore = 'main'\nlimit = '10/h'\n[bulkhead.shared]\nstore = 'main'\n",
        redis.url()
    );
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let metrics = seawall_metrics::Metrics::with_recorder(std::sync::Arc::new(recorder));
    let running = Running::of(&text);
    running.wait_until_ready();
    running.wait("a permit", || enter(&running.bulkhead("shared")));
    running.wait("denied", || running.limiter("shared").check_rate("ann", 1).is_err());
    metrics.publish(&running.infra);
    let exposed = handle.render();
    for series in [
        "seawall_store_round_trips{resilience_strategy_name=\"main\",resilience_strategy_type=\"store\",outcome=\"success\"}",
        "seawall_store_latency{resilience_strategy_name=\"main\"",
        "seawall_component_degraded{resilience_strategy_name=\"main\",resilience_strategy_type=\"store\"} 0",
        "seawall_component_degraded{resilience_strategy_name=\"shared\",resilience_strategy_type=\"rate_limiter\"} 0",
        "seawall_rate_limiter_leased{resilience_strategy_name=\"shared\"",
        "seawall_rate_limiter_denied{resilience_strategy_name=\"shared\"",
        "seawall_concurrency_shared_limit{resilience_strategy_name=\"shared\",resilience_strategy_type=\"bulkhead\"} 16",
    ] {
        assert!(exposed.contains(series), "{series}\n{exposed}");
    }
}
