//! What is counted adds up.

use std::sync::Arc;

use seawall::{Component, ConfigSource, Infrastructure, Verdict};
use seawall_metrics::Metrics;
use seawall_testkit::ManualClock;

use crate::exposition::Exposition;
use crate::scenario::{Shop, prometheus};

#[test]
fn the_outcomes_of_a_protection_are_the_calls_that_were_made() {
    let mut shop = Shop::open();
    shop.play();
    for text in [shop.scrape(), shop.collect()] {
        let exposed = Exposition::read(&text);
        let calls = |pipeline| {
            exposed.sum("seawall_calls_total", &[("resilience_pipeline_name", pipeline)])
        };
        assert_eq!(calls("charge_card"), shop.charges as f64);
        assert_eq!([calls("place_order"), calls("tell_partner"), calls("pay_merchant")], [3.0; 3]);
    }
}

#[test]
fn calls_that_went_wrong_say_what_it_was() {
    let mut shop = Shop::open();
    shop.play();
    for text in [shop.scrape(), shop.collect()] {
        let exposed = Exposition::read(&text);
        let errors = |outcome| -> Vec<String> {
            let calls = exposed.0["seawall_calls_total"].lines.keys();
            let of_outcome = calls.filter(|line| line.label("outcome") == outcome);
            of_outcome.map(|line| line.label("error_type").to_owned()).collect()
        };
        let of = |outcome, error: &str| {
            let errors = errors(outcome);
            assert!(!errors.is_empty() && errors.iter().all(|found| found == error), "{errors:?}");
        };
        of("success", "");
        of("failure", "_OTHER");
        of("timed_out", "timed_out");
        of("circuit_open", "circuit_open");
        of("rate_limited", "rate_limited");
    }
}

#[test]
fn the_ends_of_a_layers_calls_add_up_to_those_that_it_admitted() {
    let mut shop = Shop::open();
    shop.play();
    let statuses = shop.infra.components();
    for text in [shop.scrape(), shop.collect()] {
        let exposed = Exposition::read(&text);
        let mut compared = 0;
        for status in &statuses {
            let Some(admitted) = status.reading("admitted") else { continue };
            let labels = |outcome| {
                [
                    ("resilience_strategy_type", status.layer.component().as_str()),
                    ("resilience_strategy_name", status.layer.name().as_str()),
                    ("outcome", outcome),
                ]
            };
            let count = |outcome| exposed.sum("seawall_layer_calls_total", &labels(outcome));
            let verdicts = Verdict::ALL.iter().map(|verdict| count(verdict.as_str()));
            assert_eq!(verdicts.sum::<f64>() + count("late"), admitted as f64, "{}", status.layer);
            let refused = status.reading("refused").expect("it has both");
            assert_eq!(count("refused"), refused as f64, "{}", status.layer);
            compared += 1;
        }
        assert_eq!(compared, 5, "all but the pool, which events count");
        let uses =
            exposed.sum("seawall_layer_calls_total", &[(POOL, "orders"), ("outcome", "success")]);
        assert_eq!(uses, 2.0);
        let times = exposed.sum("db_client_connection_use_time_seconds_count", &[(POOL, "orders")]);
        assert_eq!(times, 3.0, "one failed");
    }
}

const POOL: &str = "db_client_connection_pool_name";

#[test]
fn a_protection_with_three_layers_has_a_hundred_series_and_two_hundred_buckets_at_most() {
    let mut shop = Shop::open();
    shop.play();
    let exposed = Exposition::read(&shop.scrape());
    let is_of = |label: &str| ["charge_card", "per_customer", "payments"].contains(&label);
    let names = ["resilience_pipeline_name", "resilience_strategy_name"];
    let of_it =
        exposed.lines().filter(|(line, _)| names.iter().any(|name| is_of(line.label(name))));
    // Each bucket of a histogram is a series of its own in Prometheus; with OpenTelemetry it is not.
    let (buckets, others): (Vec<_>, Vec<_>) =
        of_it.partition(|(line, _)| line.labels.contains_key("le"));
    assert!(others.len() <= 100, "{}", others.len());
    assert!(buckets.len() <= 200, "{}", buckets.len());
}

#[test]
fn names_beyond_the_bound_share_a_series_and_no_call_is_lost() {
    let time = ManualClock::new();
    let recorder = Arc::new(prometheus().build_recorder());
    let exporter = recorder.handle();
    let metrics = Metrics::with_recorder(recorder);
    let names: Vec<_> = (0..1003).map(|number| format!("b{number}")).collect();
    let tables: String = names
        .iter()
        .map(|name| {
            format!("[breaker.{name}]\nfailures = 5\n[protection.{name}]\nbreaker = '{name}'\n")
        })
        .collect();
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(tables))
        .clock(time.clock())
        .observer(metrics.clone())
        .build()
        .expect("valid");
    for name in &names {
        infra.execute_protected_blocking(name.as_str(), || Ok::<_, ()>(())).expect("closed");
    }
    metrics.publish(&infra);
    let exposed = Exposition::read(&exporter.render());
    for name in ["seawall_calls_total", "seawall_layer_calls_total"] {
        let all = exposed.sum(name, &[("outcome", "success")]);
        let label = ["resilience_pipeline_name", "resilience_strategy_name"]
            .into_iter()
            .find(|label| exposed.0[name].lines.keys().any(|line| line.labels.contains_key(*label)))
            .expect("it has a name");
        let other = exposed.sum(name, &[(label, "_OTHER"), ("outcome", "success")]);
        assert_eq!([all, other], [1003.0, 3.0], "{name}");
    }
}

#[test]
fn counters_of_a_component_that_is_replaced_go_on() {
    let recorder = Arc::new(prometheus().build_recorder());
    let exporter = recorder.handle();
    let metrics = Metrics::with_recorder(recorder);
    let status = |admitted| {
        let layer = seawall::Layer::new(Component::Bulkhead, "reports");
        move || {
            vec![seawall::Status::new(&layer, "ready").with_counter("success", admitted, "{call}")]
        }
    };
    for (admitted, expected) in [(5, 5), (7, 7), (2, 9), (3, 10)] {
        metrics.publish(&status(admitted));
        let exposed = Exposition::read(&exporter.render());
        assert_eq!(exposed.sum("seawall_layer_calls_total", &[]), f64::from(expected));
    }
}

#[test]
fn a_circuit_whose_refusals_are_not_obeyed_is_in_no_state_that_an_alert_asks_for() {
    let time = ManualClock::new();
    let recorder = Arc::new(prometheus().build_recorder());
    let exporter = recorder.handle();
    let metrics = Metrics::with_recorder(recorder);
    let settings = "[breaker.b]\nconsecutive_failures = 9\nshadow = { consecutive_failures = 1 }\n\
                    [breaker.c]\nconsecutive_failures = 1\nmode = 'observe'\n\
                    [breaker.d]\nconsecutive_failures = 1\n[protection.p]\nbreaker = ['b', 'c', 'd']";
    let config = ConfigSource::new().toml_str(settings);
    let infra = Infrastructure::builder().config(config).clock(time.clock()).build();
    let infra = infra.expect("valid");
    infra.execute_protected_blocking("p", || Err::<(), _>("down")).expect_err("it fails");
    metrics.publish(&infra);
    let exposed = Exposition::read(&exporter.render());
    let is_in = |state, name| {
        let labels =
            [("resilience_circuit_breaker_state", state), ("resilience_strategy_name", name)];
        exposed.sum("seawall_circuit_breaker_state", &labels)
    };
    assert_eq!(["b", "b.shadow", "c", "d"].map(|name| is_in("open", name)), [0.0, 0.0, 0.0, 1.0]);
    assert_eq!(["b.shadow", "c"].map(|name| is_in("observing", name)), [1.0; 2]);
}

#[test]
fn hostile_names_are_escaped_and_keys_are_in_no_label() {
    let time = ManualClock::new();
    let recorder = Arc::new(prometheus().build_recorder());
    let exporter = recorder.handle();
    let metrics = Metrics::with_recorder(recorder);
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str("[rate_limit.api]\nlimit = 1\nperiod = '1s'"))
        .clock(time.clock())
        .observer(metrics.clone())
        .keys_in_events()
        .build()
        .expect("valid");
    let hostile = "a\"} 1\nevil{x=\"\\";
    let limit = infra.component::<seawall::ratelimit::RateLimiter>("api").expect("configured");
    let named = seawall::Dynamic::new(hostile, vec![Arc::new(limit) as _]).expect("valid");
    for _ in 0..2 {
        let call = infra.driver().protect(&named).key("secret-key");
        let _ = call.run_blocking(|| Ok::<_, ()>(()));
    }
    metrics.publish(&infra);
    let text = exporter.render();
    assert!(!text.contains("secret-key"), "{text}");
    let exposed = Exposition::read(&text);
    assert_eq!(exposed.problems(), Vec::<String>::new());
    let calls = exposed.sum("seawall_calls_total", &[("resilience_pipeline_name", hostile)]);
    assert_eq!(calls, 2.0);
}

#[test]
fn a_namespace_is_a_label_of_all_its_series() {
    let time = ManualClock::new();
    let recorder = Arc::new(prometheus().build_recorder());
    let exporter = recorder.handle();
    let metrics = Metrics::with_recorder(recorder);
    let infras = ["eu", "us"].map(|namespace| {
        let settings =
            "[bulkhead.reports]\nmax_concurrent = 2\n[protection.report]\nbulkhead = 'reports'";
        Infrastructure::builder()
            .config(ConfigSource::new().toml_str(settings))
            .clock(time.clock())
            .namespace(namespace)
            .observer(metrics.clone())
            .build()
            .expect("valid")
    });
    for (infra, calls) in infras.iter().zip([1, 2]) {
        for _ in 0..calls {
            infra
                .execute_protected_blocking("report", || Ok::<_, ()>(()))
                .expect("a place is free");
        }
        metrics.publish(infra);
    }
    let exposed = Exposition::read(&exporter.render());
    for (namespace, calls) in [("eu", 1.0), ("us", 2.0)] {
        for name in ["seawall_calls_total", "seawall_layer_calls_total"] {
            let labels = [("resilience_namespace", namespace), ("outcome", "success")];
            assert_eq!(exposed.sum(name, &labels), calls, "{name} of {namespace}");
        }
    }
    let without = exposed.lines().find(|(line, _)| line.label("resilience_namespace").is_empty());
    assert_eq!(without, None);
}
