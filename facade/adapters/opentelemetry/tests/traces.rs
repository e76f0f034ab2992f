//! Spans and events of spans.

use std::time::Duration;

use opentelemetry::trace::{SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, Value};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use seawall::{ConfigSource, Infrastructure};
use seawall_opentelemetry::{METER, Telemetry};
use seawall_testkit::ManualClock;

const SETTINGS: &str = r#"
    [breaker.payments]
    failures = 2

    [protection.charge_card]
    breaker = "payments"
    attempts = 2
    idempotent = true
    backoff_jitter = "none"
"#;

/// Calls `charge_card` thrice within a span, and returns all spans.
fn spans(configure: impl FnOnce(Telemetry, &SdkTracerProvider) -> Telemetry) -> Vec<SpanData> {
    use opentelemetry::metrics::MeterProvider;
    let exporter = InMemorySpanExporter::default();
    let traces = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let meter = SdkMeterProvider::default().meter(METER);
    let time = ManualClock::new();
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(SETTINGS))
        .clock(time.clock())
        .observer(configure(Telemetry::new(&meter), &traces))
        .build()
        .expect("valid");
    let span = traces.tracer("test").start("checkout");
    let context = Context::current_with_span(span);
    let entered = context.clone().attach();
    let handle = infra.protection("charge_card").expect("configured");
    for _ in 0..2 {
        let _ = time.block_on(handle.call().run_attempts(async |_| {
            time.clock().sleep_until(time.now() + Duration::from_millis(5)).await;
            Err::<(), _>("broken")
        }));
    }
    drop(entered);
    context.span().end();
    exporter.get_finished_spans().expect("not shut down")
}

fn attribute(span: &SpanData, name: &str) -> Option<Value> {
    span.attributes.iter().find(|kept| kept.key.as_str() == name).map(|kept| kept.value.clone())
}

#[test]
fn by_default_nothing_is_added_to_traces() {
    let spans = spans(|telemetry, _| telemetry);
    let [checkout] = &*spans else { panic!("one span: {spans:?}") };
    assert_eq!(checkout.events.len(), 0);
}

#[test]
fn refusals_and_rare_events_are_events_of_the_span() {
    let spans = spans(|telemetry, _| telemetry.with_span_events());
    let [checkout] = &*spans else { panic!("one span: {spans:?}") };
    let names: Vec<_> = checkout.events.iter().map(|event| &*event.name).collect();
    assert_eq!(names, ["retry", "circuit_opened", "retry_exhausted", "call_rejected"]);
    let opened = &checkout.events.events[1].attributes;
    let value = |name| {
        opened.iter().find(|kept| kept.key.as_str() == name).map(|kept| kept.value.to_string())
    };
    assert_eq!(value("resilience.strategy.name").as_deref(), Some("payments"));
    assert_eq!(value("resilience.pipeline.name").as_deref(), Some("charge_card"));
    assert_eq!(value("resilience.circuit_breaker.state").as_deref(), Some("open"));
    assert_eq!(value("resilience.attempt.index").as_deref(), Some("1"));
}

#[test]
fn each_attempt_is_a_span_beside_its_siblings() {
    let spans = spans(|telemetry, traces| telemetry.with_attempt_spans(traces.tracer("seawall")));
    let [first, second, checkout] = &*spans else { panic!("two attempts: {spans:?}") };
    for (index, attempt) in [first, second].into_iter().enumerate() {
        assert_eq!(attempt.name, "charge_card");
        assert_eq!(attempt.span_kind, SpanKind::Internal);
        assert_eq!(attempt.parent_span_id, checkout.span_context.span_id());
        assert_eq!(attribute(attempt, "resilience.attempt.index"), Some(Value::I64(index as i64)));
        assert_eq!(attribute(attempt, "verdict"), Some("failure".into()));
        assert_eq!(attempt.status, Status::error("failure"));
        let took = attempt.end_time.duration_since(attempt.start_time).expect("it ended");
        assert_eq!(took, Duration::from_millis(5));
        assert_eq!(attempt.events.len(), 0);
    }
}
