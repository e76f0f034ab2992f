//! When sources are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::Registry;
use seawall::{Component, Layer, Status};
use seawall_opentelemetry::{METER, Telemetry};

#[test]
fn a_collection_reads_its_source_once_for_all_instruments() {
    let registry = Registry::new();
    let reader = opentelemetry_prometheus::exporter().with_registry(registry.clone());
    let reader = reader.without_target_info().build().expect("valid");
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let reads = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&reads);
    let layer = Layer::new(Component::Bulkhead, "reports");
    Telemetry::new(&provider.meter(METER)).register(move || {
        let read = counted.fetch_add(1, Ordering::Relaxed);
        let status = Status::new(&layer, "ready").with_counter("success", read.into(), "{call}");
        vec![status.with_gauge("running", read.into(), "{call}")]
    });
    for read in 0..3 {
        let families = registry.gather();
        let values = families.iter().map(|family| {
            let metric = &family.get_metric()[0];
            metric.get_counter().get_value() + metric.get_gauge().get_value()
        });
        assert_eq!(values.collect::<Vec<_>>(), [f64::from(read); 2], "all of one read");
        assert_eq!(reads.load(Ordering::Relaxed), read + 1);
    }
}
