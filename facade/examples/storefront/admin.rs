//! What operators look at, on a port of its own: the page `/status`, and `/metrics` for Prometheus.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use seawall::{Builder, Infrastructure};
use seawall_metrics::Metrics;
use seawall_status::{Recorder, StatusPage};

use crate::Failure;
use crate::shop;

/// Metrics with the exporter that keeps them, and what the status page keeps.
pub(crate) struct Admin {
    recorder: Recorder,
    metrics: Metrics,
    exporter: PrometheusHandle,
}

impl Admin {
    pub(crate) fn new() -> Result<Self, Failure> {
        let mut builder = PrometheusBuilder::new().with_recommended_naming(true);
        for (name, bounds) in seawall_metrics::buckets() {
            builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), bounds)?;
        }
        let recorder = builder.build_recorder();
        let exporter = recorder.handle();
        let metrics = Metrics::with_recorder(Arc::new(recorder));
        Ok(Self { recorder: Recorder::new(), metrics, exporter })
    }

    /// Has an infrastructure report to it.
    pub(crate) fn observe(&self, builder: Builder) -> Builder {
        self.recorder.observe(builder).observer(self.metrics.clone())
    }

    /// Serves what is read of `infra`.
    pub(crate) async fn open(self, infra: Infrastructure) -> Result<SocketAddr, Failure> {
        let page = StatusPage::new("storefront", &infra, &self.recorder).router();
        let routes =
            Router::new().route("/metrics", get(Self::scrape)).nest_service("/status", page);
        Ok(shop::open(routes.with_state(Arc::new((self, infra)))).await?)
    }

    async fn scrape(State(all): State<Arc<(Self, Infrastructure)>>) -> String {
        let (admin, infra) = &*all;
        admin.metrics.publish(infra);
        admin.exporter.render()
    }
}

/// Returns the number of calls of a protection, whatever their outcome, as Prometheus reads it.
pub(crate) async fn calls(address: SocketAddr, protection: &str) -> Result<u64, Failure> {
    let text = reqwest::get(format!("http://{address}/metrics")).await?.text().await?;
    let of_it = format!("resilience_pipeline_name=\"{protection}\"");
    let lines = text.lines().filter(|line| line.starts_with("seawall_calls_total{"));
    let values =
        lines.filter(|line| line.contains(&of_it)).filter_map(|line| line.rsplit(' ').next());
    values.map(|value| Ok(value.parse::<u64>()?)).sum()
}
