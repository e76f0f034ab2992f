//! Values for all components of a kind, profiles, and tables of other files, as a program uses them.

use std::convert::Infallible;
use std::time::Duration;

use seawall::breaker::CircuitBreaker;
use seawall::pooling::Manage;
use seawall::ratelimit::RateLimiter;
use seawall::{ConfigSource, Infrastructure};

struct Nothing;

impl Manage for Nothing {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn source(settings: &str) -> ConfigSource {
    ConfigSource::new().toml_str(settings)
}

fn build(source: ConfigSource) -> Infrastructure {
    Infrastructure::builder().config(source).pool("orders", Nothing).build().expect("valid")
}

/// The problems of `settings`, one a line, without the header.
fn problems(settings: &str) -> Vec<String> {
    let built = Infrastructure::builder().config(source(settings)).build();
    let error = built.map(drop).expect_err("something is wrong");
    error.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn every_kind_has_defaults() {
    let infra = build(source(
        r#"
        [defaults.breaker]
        failures = 1
        reset_after = "7s"

        [defaults.rate_limit]
        period = "1h"
        max_keys = 3

        [defaults.bulkhead]
        max_concurrent = 2

        [defaults.pool]
        max_size = 4

        [defaults.protection]
        bulkhead = "all"
        deadline = "3s"

        [breaker.cards]
        [breaker.mails]
        failures = 2

        [rate_limit.api]
        limit = 5

        [rate_limit.own]
        limit = "7/s"      # the period for all is not for it

        [bulkhead.all]

        [protection.plain]
        [protection.charge]
        breaker = "cards"
        "#,
    ));
    let fail = |name| {
        let breaker: CircuitBreaker = infra.component(name).expect("configured");
        breaker.execute_blocking(|| Err::<(), _>("down")).expect_err("its own error");
        breaker.status().retry_after
    };
    assert_eq!(["cards", "mails"].map(|name| fail(name).is_some()), [true, false]);
    let limiter: RateLimiter = infra.component("api").expect("configured");
    assert_eq!(limiter.status("key").limit, 5);
    let read = |name: &str, reading: &str| {
        let statuses = infra.components();
        let status = statuses.iter().find(|status| status.layer.name().as_str() == name);
        status.and_then(|status| status.reading(reading))
    };
    assert_eq!(read("all", "max_concurrent"), Some(2));
    assert_eq!(read("orders", "max"), Some(4), "code gives the pool, and settings nothing");
    let layers = |name| infra.status(name).expect("configured").len();
    assert_eq!(["plain", "charge"].map(layers), [1, 2]);
}

#[test]
fn a_default_that_no_component_can_have_is_a_problem_whatever_components_there_are() {
    assert_eq!(
        problems(
            "[defaults.breaker]\nfailurs = 3\nbackend = 'natve'\n[defaults.rate_limit]\nlimit = 0\n\
             [defaults.rate_limit.override.vip]\nlimt = 3\n[defaults.protection]\ntimeout = 5\n\
             [defaults.pool]\nmax_sise = 3\n[defaults.bulkheads]\n"
        ),
        [
            "inline TOML:2: defaults.breaker.failurs: unknown key; did you mean `failures`?",
            "inline TOML:3: defaults.breaker.backend: \"natve\" is not known; expected one of native, \
             failsafe, redis, postgres; did you mean `native`?",
            "inline TOML:5: defaults.rate_limit.limit: 0 is too small; expected 1 or more, or a rate \
             like \"100/s\"",
            "inline TOML:7: defaults.rate_limit.override.vip.limt: unknown key; expected one of key, \
             limit, period, burst; did you mean `limit`?",
            "inline TOML:9: defaults.protection.timeout: 5 has no unit; expected a duration like \"1s\", or a quantile \
             like \"p99.9 x 2 (100ms..5s)\"; did you mean `\"5s\"`?",
            "inline TOML:11: defaults.pool.max_sise: unknown key; did you mean `max_size`?",
            "inline TOML:12: defaults.bulkheads: unknown key; did you mean `bulkhead`?",
        ]
    );
}

#[test]
fn a_default_of_one_backend_is_not_for_the_others() {
    let infra = build(source(
        r#"
        [defaults.breaker]
        failures = 3
        consecutive_failures = 2
        [breaker.native]
        [breaker.other]
        backend = "failsafe"
        "#,
    ));
    assert_eq!(infra.components().len(), 3);
    let own = problems("[breaker.other]\nbackend = 'failsafe'\nfailures = 3");
    assert_eq!(own.len(), 1, "its own value is for it alone: {own:?}");
}

#[test]
fn a_default_that_one_component_cannot_have_names_it() {
    assert_eq!(
        problems(
            "[defaults.protection]\ntimeout = '5s'\n[breaker.b]\n[protection.fast]\nbreaker = 'b'\n\
             deadline = '1s'\n[protection.slow]\nbreaker = 'b'\ndeadline = '10s'"
        ),
        [
            "inline TOML:2: defaults.protection.timeout: for `protection.fast`, it never passes, as the \
          `deadline` of 1s ends the call; expected 1s at most"
        ]
    );
}

#[test]
fn one_file_describes_several_environments() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("app.toml");
    let settings = r#"
        name = "shop"

        [seawall.bulkhead.all]
        max_concurrent = 2

        [seawall.profile.production.defaults.bulkhead]
        max_waiting = 7

        [seawall.profile.production.bulkhead.all]
        max_concurrent = 200
    "#;
    std::fs::write(&file, settings).expect("written");
    let own = || ConfigSource::new().file(&file).table("seawall");
    let max = |source| {
        let infra = build(source);
        let status = infra.components().remove(0);
        ["max_concurrent", "max_waiting"].map(|reading| status.reading(reading))
    };
    assert_eq!(max(own())[0], Some(2));
    assert_eq!(max(own().profile("production"))[0], Some(200));
    let variables =
        [("SEAWALL_PROFILE", "production"), ("SEAWALL_BULKHEAD__ALL__MAX_CONCURRENT", "9")];
    assert_eq!(max(own().environment_from(variables))[0], Some(9));
}

#[test]
fn durations_of_defaults_are_read_as_those_of_components() {
    let infra = build(source("[defaults.breaker]\nfailures = 1\nreset_after = '2s'\n[breaker.b]"));
    let breaker: CircuitBreaker = infra.component("b").expect("configured");
    breaker.execute_blocking(|| Err::<(), _>("down")).expect_err("its own error");
    let left = breaker.status().retry_after.expect("it is open");
    assert!(left <= Duration::from_secs(2) && left > Duration::from_secs(1), "{left:?}");
}
