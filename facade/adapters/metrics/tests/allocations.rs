//! Recording allocates only for the first event of a series.

use std::sync::Arc;

use metrics::NoopRecorder;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::Registry;
use seawall::{ConfigSource, Infrastructure, Observer};
use seawall_metrics::Metrics;
use seawall_opentelemetry::{METER, Telemetry};
use seawall_testkit::ManualClock;

const SETTINGS: &str = r#"
    [rate_limit.api]
    limit = 50
    period = "1h"

    [breaker.payments]
    failures = 1000

    [protection.charge_card]
    rate_limit = "api"
    breaker = "payments"
    timeout = "1s"
"#;

/// Counts the allocations of calls that succeed, fail and are refused, when each has happened once.
fn allocations(observer: impl Observer + 'static) -> u64 {
    let time = ManualClock::new();
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(SETTINGS))
        .clock(time.clock())
        .observer(observer)
        .build()
        .expect("valid");
    let handle = infra.protection("charge_card").expect("configured");
    let call = |result: Result<(), ()>| {
        let _ = handle.run_blocking(|| result);
    };
    (0..10).for_each(|number| call(if number % 2 == 0 { Ok(()) } else { Err(()) }));
    let ended = allocation_counter::measure(|| {
        (0..40).for_each(|number| call(if number % 2 == 0 { Ok(()) } else { Err(()) }));
    });
    call(Ok(()));
    let refused = allocation_counter::measure(|| (0..40).for_each(|_| call(Ok(()))));
    ended.count_total + refused.count_total
}

#[test]
fn a_call_with_metrics_allocates_nothing() {
    assert_eq!(allocations(Metrics::with_recorder(Arc::new(NoopRecorder))), 0);
    let registry = Registry::new();
    let reader = opentelemetry_prometheus::exporter().with_registry(registry.clone());
    let reader = reader.build().expect("valid");
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    assert_eq!(allocations(Telemetry::new(&provider.meter(METER))), 0);
    assert!(!registry.gather().is_empty(), "it has recorded");
}
