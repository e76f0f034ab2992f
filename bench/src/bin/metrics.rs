//! Measures what metrics cost a call, and a scrape: see the README.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};
use seawall::{Builder, ConfigSource, Event, Infrastructure, Observer};
use seawall_bench::rounds::{self, Measure};
use seawall_bench::{Batch, Table, allocations, batch};
use seawall_metrics::Metrics;
use seawall_opentelemetry::{METER, Telemetry};

const ROUNDS: usize = 101;
const CALLS: u64 = 2_000;
/// A call of the rate limit, of the breaker and of the protection.
const EVENTS: f64 = 3.0;

const SETTINGS: &str = "[rate_limit.api]\nlimit = '1000/us'\n[breaker.payments]\nfailures = 5\n\
     [protection.charge]\nrate_limit = 'api'\nbreaker = 'payments'\ntimeout = '1s'\n";

/// Receives events and does nothing with them.
struct Ignore;

impl Observer for Ignore {
    fn observe(&self, event: &Event<'_>) {
        black_box(event);
    }
}

fn exporter() -> (Metrics, PrometheusHandle) {
    let mut builder = PrometheusBuilder::new().with_recommended_naming(true);
    for (name, bounds) in seawall_metrics::buckets() {
        let matcher = Matcher::Full(name.to_owned());
        builder = builder.set_buckets_for_metric(matcher, bounds).expect("there are bounds");
    }
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    (Metrics::with_recorder(Arc::new(recorder)), handle)
}

fn infra(configure: impl FnOnce(Builder) -> Builder) -> Infrastructure {
    let settings = ConfigSource::new().toml_str(SETTINGS);
    configure(Infrastructure::builder().config(settings)).build().expect("valid")
}

fn calls(infra: &Infrastructure) -> Box<dyn Batch> {
    let handle = infra.protection("charge").expect("configured");
    batch::each(move || handle.run_blocking(|| Ok::<_, Infallible>(black_box(7))).is_ok())
        .expect("each call succeeds")
}

fn subjects() -> Vec<(&'static str, Box<dyn Batch>)> {
    let pulled = infra(|builder| builder);
    let (metrics, _) = exporter();
    metrics.publish(&pulled);
    let (recorded, _) = exporter();
    // Leaked, so that what is recorded is not dropped with it.
    let provider = SdkMeterProvider::builder().with_reader(ManualReader::builder().build()).build();
    let provider: &SdkMeterProvider = Box::leak(Box::new(provider));
    let telemetry = Telemetry::new(&provider.meter(METER));
    vec![
        ("no metrics", calls(&infra(|builder| builder))),
        ("counters and gauges, pulled", calls(&pulled)),
        ("an observer that does nothing", calls(&infra(|builder| builder.observer(Ignore)))),
        ("metrics, with histograms", calls(&infra(|builder| builder.observer(recorded)))),
        ("OpenTelemetry, with histograms", calls(&infra(|builder| builder.observer(telemetry)))),
    ]
}

fn speed(title: &str, subjects: &[(&'static str, Box<dyn Batch>)], measure: Measure) {
    let names: Vec<_> = subjects.iter().map(|(name, _)| *name).collect();
    let batches: Vec<_> = self::subjects().into_iter().map(|(_, batch)| batch).collect();
    let times = measure(&batches, ROUNDS, CALLS);
    let (reference, event) = (times[0].least, times[2].least);
    let columns =
        ["subject", "least, ns", "× none", "more an event, ns", "of which ours and the exporter's"];
    let mut table = Table::new(title, &columns);
    for (name, times) in names.iter().zip(&times) {
        let more = (times.least - reference) / EVENTS;
        let own = ((times.least - event) / EVENTS).max(0.0);
        let cells = [times.least, times.least / reference, more, own];
        table.row(name, &cells.map(|value| format!("{value:.2}")));
    }
    table.print();
}

fn allocated(subjects: &[(&'static str, Box<dyn Batch>)]) {
    let mut table = Table::new("Allocations per call", &["subject", "allocations"]);
    for (name, batch) in subjects {
        table.row(name, &[format!("{:.3}", allocations::per_call(&**batch, CALLS))]);
    }
    table.print();
}

/// A hundred protections with three layers each.
fn scrape() {
    let tables: String = (0..100)
        .map(|number| {
            format!(
                "[rate_limit.l{number}]\nlimit = '100/s'\n[bulkhead.b{number}]\nmax_concurrent = 9\n\
                 [breaker.k{number}]\nfailures = 5\n[protection.p{number}]\nrate_limit = 'l{number}'\n\
                 bulkhead = 'b{number}'\nbreaker = 'k{number}'\n"
            )
        })
        .collect();
    let (metrics, handle) = exporter();
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(tables))
        .observer(metrics.clone())
        .build()
        .expect("valid");
    for name in infra.protections() {
        let _ = infra.execute_protected_blocking(&*name, || Ok::<_, Infallible>(()));
    }
    metrics.publish(&infra);
    let mut times: Vec<_> = (0..51)
        .map(|_| {
            let start = Instant::now();
            metrics.publish(&infra);
            let published = start.elapsed();
            let series = handle.render().lines().count();
            (published, start.elapsed(), series)
        })
        .collect();
    times.sort();
    let (published, rendered, lines) = times[0];
    println!(
        "The fastest scrape of 100 protections with three layers each: {:.2} ms to publish, {:.2} ms with the \
         exporter's {lines} lines.",
        published.as_secs_f64() * 1e3,
        rendered.as_secs_f64() * 1e3,
    );
}

fn main() {
    println!("{ROUNDS} rounds of {CALLS} calls, interleaved. A call has {EVENTS} events.\n");
    let subjects = subjects();
    speed("One thread", &subjects, rounds::alone);
    speed("Two threads", &subjects, rounds::together);
    allocated(&subjects);
    scrape();
}
