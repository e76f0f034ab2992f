//! Prints what Prometheus reads of a breaker that opens: `cargo run -p seawall-metrics --example scrape`.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use seawall::{ConfigSource, Infrastructure};
use seawall_metrics::Metrics;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut prometheus = PrometheusBuilder::new().with_recommended_naming(true);
    for (name, bounds) in seawall_metrics::buckets() {
        prometheus = prometheus.set_buckets_for_metric(Matcher::Full(name.to_owned()), bounds)?;
    }
    let prometheus = prometheus.install_recorder()?;
    let metrics = Metrics::new();
    let settings =
        "[breaker.payments]\nfailures = 5\n[protection.charge_card]\nbreaker = 'payments'";
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(settings))
        .observer(metrics.clone())
        .build()?;
    for number in 0..8 {
        let charge = || if number < 2 { Ok(()) } else { Err("declined") };
        let _ = infra.execute_protected_blocking("charge_card", charge);
    }
    metrics.publish(&infra);
    print!("{}", prometheus.render());
    Ok(())
}
