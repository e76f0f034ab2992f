//! The settings of the example `storefront`: they are good, and what is wrong with bad ones is said at
//! once.

use std::convert::Infallible;

use seawall::pooling::Manage;
use seawall::{ConfigError, ConfigSource, Infrastructure};

const SETTINGS: &str = include_str!("../examples/storefront/storefront.toml");

struct Nothing;

impl Manage for Nothing {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn build(settings: &str) -> Result<Infrastructure, ConfigError> {
    let config = ConfigSource::new().toml_str(settings);
    Infrastructure::builder().config(config).pool("orders", Nothing).build()
}

/// The settings with each of `changes` made, the first time it can be.
fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SETTINGS.to_owned(), |settings, (from, to)| {
        assert!(settings.contains(from), "{from}");
        settings.replacen(from, to, 1)
    })
}

/// The line of `settings` that begins with `start`.
fn line(settings: &str, start: &str) -> usize {
    1 + settings.lines().position(|line| line.starts_with(start)).expect(start)
}

#[test]
fn the_settings_are_good_and_have_what_the_example_asks_for() {
    let infra = build(SETTINGS).expect("good settings");
    assert_eq!(infra.describe().warnings(), []);
    let layers = |name| -> Vec<String> {
        let status = infra.status(name).expect("a protection");
        status.iter().map(|status| status.layer.to_string()).collect()
    };
    assert_eq!(
        layers("charge_card"),
        ["rate limit `per_customer`", "bulkhead `payments`", "circuit breaker `payments`"]
    );
    assert_eq!(layers("place_order"), [""; 0]);
    let pool = infra.pool::<Nothing>("orders").expect("a pool");
    assert_eq!(pool.status().max, 4);
}

#[test]
fn another_backend_for_its_pool_is_one_word() {
    for backend in ["native", "deadpool", "r2d2", "bb8"] {
        let word = format!("backend = {backend:?}");
        let infra = build(&changed(&[("backend = \"native\"", &word)])).expect("good settings");
        let statuses = infra.components();
        let pool = statuses.iter().find(|status| status.layer.name().as_str() == "orders");
        assert_eq!(pool.and_then(|pool| pool.backend), Some(backend));
    }
}

#[test]
fn all_that_is_wrong_is_in_one_report() {
    let settings = changed(&[
        ("failures = 10 ", "failures = 0 "),
        ("\"5s\"", "5"),
        ("\"governor\"", "\"governer\""),
        ("max_concurrent", "max_concurent"),
        ("[pool.orders]", "[pool.order]"),
        ("breaker = \"payments\"", "breaker = \"payment\""),
    ]);
    let report = build(&settings).expect_err("bad settings").to_string();
    let line = |start| line(&settings, start);
    let expected = [
        "6 problems in the configuration:".to_owned(),
        format!(
            "inline TOML:{}: breaker.payments.failures: 0 is too small; expected 1 to 1000000",
            line("failures")
        ),
        format!(
            "inline TOML:{}: breaker.payments.window: 5 has no unit; expected a duration like \
             \"10s\" or \"250ms\"; did you mean `\"5s\"`?",
            line("window")
        ),
        format!(
            "inline TOML:{}: rate_limit.per_customer.backend: \"governer\" is not known; expected \
             one of native, governor, redis, postgres; did you mean `governor`?",
            line("backend")
        ),
        format!(
            "inline TOML:{}: bulkhead.payments.max_concurent: unknown key; did you mean \
             `max_concurrent`?",
            line("max_concurent")
        ),
        format!(
            "inline TOML:{}: pool.order: no manager is given for pool `order`; expected \
             `Builder::pool(\"order\", manager)` in the code; did you mean `orders`?",
            line("[pool.order]")
        ),
        format!(
            "inline TOML:{}: protection.charge_card.breaker: no breaker named `payment` is \
             configured; expected payments; did you mean `payments`?",
            line("breaker =")
        ),
    ];
    assert_eq!(report, expected.join("\n"));
}
