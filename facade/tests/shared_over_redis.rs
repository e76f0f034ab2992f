//! Rate limits, bulkheads and breakers that instances share, from settings, over a real Redis.

use std::time::Duration;

use seawall::breaker_redis::{Contact, SharedBreaker, State};
use seawall::bulkhead_redis::SharedBulkhead;
use seawall::ratelimit_redis::RateLimiter;
use seawall::{ConfigSource, HealthState, Infrastructure, RefusalKind, Topic};
use seawall_test_servers::Redis;
use seawall_testkit::Recorder;

fn text(url: &str, more: &str) -> String {
    format!("[rate_limit.shared]\nbackend = 'redis'\nurl = '{url}'\nkey_secret = 'pepper'\n{more}")
}

fn settings(url: &str, more: &str) -> ConfigSource {
    ConfigSource::new().toml_str(text(url, more))
}

fn start(url: &str, more: &str) -> (Infrastructure, Recorder) {
    let recorder = Recorder::new();
    let builder = Infrastructure::builder().config(settings(url, more));
    let infra = builder.observer(recorder.clone()).build().expect("valid settings");
    (infra, recorder)
}

/// Waits for something that the background work does on its own.
fn wait(infra: &Infrastructure, what: &str, is_so: impl Fn() -> bool) {
    let end = infra.clock().now() + Duration::from_secs(60);
    while !is_so() {
        assert!(infra.clock().now() < end, "{what}: {}", infra.health());
        std::thread::yield_now();
    }
}

fn admitted(limiter: &RateLimiter, calls: usize) -> usize {
    (0..calls).filter(|_| limiter.check_rate(("user", 7), 1).is_ok()).count()
}

#[test]
fn instances_share_a_limit_and_a_reload_changes_it() {
    let redis = Redis::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    std::fs::write(&file, text(&redis.url(), "limit = '1000/h'")).expect("written");
    let start = || {
        let builder = Infrastructure::builder().config(ConfigSource::new().file(&file));
        builder.build().expect("valid settings")
    };
    let (one, other) = (start(), start());
    let health = one.health();
    assert!(health.to_string().contains("its background work does not run"), "{health}");
    let _work = [runtime.spawn(one.run()), runtime.spawn(other.run())];
    let limiters = [&one, &other].map(|infra| {
        wait(infra, "connected", || infra.health().state == HealthState::Ready);
        infra.component::<RateLimiter>("shared").expect("a limiter of that name")
    });
    // What the server cannot vouch for is not there: it began a moment ago.
    assert!(admitted(&limiters[0], 10) + admitted(&limiters[1], 10) <= 1);
    let larger = text(&redis.url(), "limit = '100000/s'\nburst = 200000");
    std::fs::write(&file, larger).expect("written");
    for infra in [&one, &other] {
        let _applied = infra.reload().expect("valid");
    }
    wait(&one, "tokens flow in", || admitted(&limiters[0], 20) == 20);
    wait(&other, "tokens flow in", || admitted(&limiters[1], 20) == 20);
    let status = limiters[0].status(("user", 7));
    assert_eq!(status.limit, 200_000);
    assert!(limiters[0].contact().expect("it has answered").server.contains("edis"));
}

#[test]
fn a_service_starts_without_its_store_and_health_says_why_and_hides_the_password() {
    let mut redis = Redis::start();
    let url = redis.url().replace("redis://", "redis://:sesame@");
    redis.kill();
    let (infra, recorder) = start(&url, "limit = '100000/s'\nburst = 100000");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _work = runtime.spawn(infra.run());
    wait(&infra, "degraded", || infra.health().to_string().contains("it waits for its store for "));
    let limiter = infra.component::<RateLimiter>("shared").expect("a limiter of that name");
    let refusal = limiter.check_rate("ann", 1).expect_err("there is no store");
    assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable);
    let plan = infra.describe().to_string();
    for text in [infra.health().to_string(), format!("{refusal:?}"), plan] {
        assert!(!text.contains("sesame") && !text.contains("pepper"), "{text}");
    }
    assert_eq!(recorder.count(Topic::ComponentDegraded), 2, "the limit and the store");
}

#[test]
fn the_limit_is_back_when_the_store_is() {
    let mut redis = Redis::start();
    let (infra, recorder) = start(&redis.url(), "limit = '100000/s'\nburst = 100000");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _work = runtime.spawn(infra.run());
    let limiter = infra.component::<RateLimiter>("shared").expect("a limiter of that name");
    wait(&infra, "tokens", || limiter.check_rate("ann", 1).is_ok());
    redis.kill();
    wait(&infra, "the store is away", || {
        let _either = limiter.check_rate("bob", 1);
        recorder.count(Topic::ComponentDegraded) == 2
    });
    redis.restart();
    wait(&infra, "the store is back", || limiter.check_rate("bob", 1).is_ok());
    wait(&infra, "both are ready", || infra.health().state == HealthState::Ready);
    assert_eq!(recorder.count(Topic::ComponentRecovered), 2);
}

#[test]
fn settings_that_make_no_sense_are_reported_without_secrets() {
    for (more, expected) in [
        ("limit = '10/s'\naway = 'maybe'", "rate_limit.shared.away"),
        ("limit = '10/s'\ninstances = 0", "rate_limit.shared.instances"),
        ("limit = '10/s'\nalgorithm = 'leaky'", "the backend `redis` does not have this"),
        ("limit = '10/s'\nstore = 'main'", "`store` is set as well"),
    ] {
        let builder = Infrastructure::builder().config(settings("redis://:sesame@localhost", more));
        let error = builder.build().expect_err("invalid").to_string();
        assert!(error.contains(expected) && !error.contains("sesame"), "{error}");
    }
    let builder = Infrastructure::builder().config(settings("http://:sesame@x", "limit = '1/s'"));
    let error = builder.build().expect_err("not a URL of Redis").to_string();
    assert!(error.contains("rate_limit.shared.url") && !error.contains("sesame"), "{error}");
}

#[test]
fn instances_share_a_bulkhead() {
    let redis = Redis::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let text = format!(
        "[bulkhead.shared]\nbackend = 'redis'\nurl = '{}'\nmax_concurrent = 3\nlease = '2s'\n\
         longest_call = '1s'\n",
        redis.url()
    );
    let start = || {
        let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(&text));
        let infra = builder.build().expect("valid settings");
        let work = runtime.spawn(infra.run());
        let bulkhead = infra.component::<SharedBulkhead>("shared").expect("one of that name");
        (infra, work, bulkhead)
    };
    let (one, other) = (start(), start());
    let enter = |bulkhead: &SharedBulkhead| {
        bulkhead.clone().protect().acquire_blocking().map(seawall_core::Permit::success).is_ok()
    };
    wait(&one.0, "connected", || one.0.health().state == HealthState::Ready);
    // What the server cannot vouch for is held by others, for one lease.
    wait(&one.0, "a permit", || enter(&one.2));
    wait(&other.0, "a permit", || enter(&other.2));
    let status = |bulkhead: &SharedBulkhead| {
        let status = seawall_core::Backend::status(bulkhead, one.0.clock().now());
        status.reading("max_concurrent").expect("a reading")
    };
    assert!(status(&one.2) + status(&other.2) <= 3);
}

#[test]
fn instances_share_a_view_of_a_service_and_a_reload_changes_its_terms() {
    let redis = Redis::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    let text = |calls: u32| {
        format!(
            "[breaker.shared]\nbackend = 'redis'\nurl = '{}'\nfailures = 1000\nreset_after = '1h'\n\
             exchange_every = '20ms'\nview_window = '1m'\nshared_minimum_calls = {calls}\n",
            redis.url()
        )
    };
    std::fs::write(&file, text(1000)).expect("written");
    let start = || {
        let builder = Infrastructure::builder().config(ConfigSource::new().file(&file));
        let infra = builder.build().expect("valid settings");
        let work = runtime.spawn(infra.run());
        let breaker = infra.component::<SharedBreaker>("shared").expect("one of that name");
        (infra, work, breaker)
    };
    let all = [start(), start()];
    for (infra, _, breaker) in &all {
        wait(infra, "connected", || breaker.status().contact == Contact::Connected);
        for _ in 0..10 {
            breaker.protect().acquire_blocking().expect("closed").failure();
        }
    }
    std::fs::write(&file, text(20)).expect("written");
    for (infra, ..) in &all {
        let _applied = infra.reload().expect("valid");
    }
    for (infra, _, breaker) in &all {
        wait(infra, "open", || breaker.status().circuit.state == State::Open);
    }
}
