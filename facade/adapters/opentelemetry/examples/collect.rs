//! Prints what OpenTelemetry collects of a breaker that opens, by the exporter for Prometheus:
//! `cargo run -p seawall-opentelemetry --example collect`.

use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};
use seawall::{ConfigSource, Infrastructure};
use seawall_opentelemetry::{METER, Telemetry};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let registry = Registry::new();
    let reader = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let telemetry = Telemetry::new(&provider.meter(METER));
    let settings =
        "[breaker.payments]\nfailures = 5\n[protection.charge_card]\nbreaker = 'payments'";
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(settings))
        .observer(telemetry.clone())
        .build()?;
    telemetry.register(infra.clone());
    for number in 0..8 {
        let charge = || if number < 2 { Ok(()) } else { Err("declined") };
        let _ = infra.execute_protected_blocking("charge_card", charge);
    }
    print!("{}", TextEncoder::new().encode_to_string(&registry.gather())?);
    provider.shutdown()?;
    Ok(())
}
