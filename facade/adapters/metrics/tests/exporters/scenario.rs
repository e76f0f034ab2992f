//! A shop in virtual time, with all that metrics tell of.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Encoder, Registry, TextEncoder};
use seawall::dry_run::{DryRun, Mode};
use seawall::policy::Attempt;
use seawall::{Component, ConfigSource, Infrastructure, Layer, Pool, RefusalKind, Status};
use seawall_core::{Backend, Statuses};
use seawall_metrics::Metrics;
use seawall_opentelemetry::Telemetry;
use seawall_testkit::pool::{Act, Dummy, Step};
use seawall_testkit::{Answer, ManualClock, Scripted};

const SETTINGS: &str = r#"
    [breaker.payments]
    failure_rate = 0.5
    slow_call = "200ms"
    slow_call_rate = 0.9
    minimum_calls = 8
    reset_after = "1s"

    [breaker.merchants]
    per_key = true
    failures = 2

    [rate_limit.per_customer]
    limit = 3
    period = "1s"

    [rate_limit.partner]
    limit = 10
    period = "1s"
    burst = 1
    max_wait = "1s"

    [bulkhead.payments]
    max_concurrent = 2
    max_wait = "50ms"

    [pool.orders]
    max_size = 1
    checkout_timeout = "100ms"

    [protection.charge_card]
    rate_limit = "per_customer"
    bulkhead = "payments"
    breaker = "payments"
    timeout = "300ms"

    [protection.place_order]
    deadline = "1s"

    [protection.tell_partner]
    rate_limit = "partner"
    attempts = 3
    idempotent = true
    backoff_jitter = "none"
    hedge = "1s"
    timeout = "p99 x 2 (1s..5s)"

    [protection.pay_merchant]
    breaker = "merchants"
"#;

const MS: Duration = Duration::from_millis(1);

/// A shop with both exporters.
pub(crate) struct Shop {
    pub(crate) time: ManualClock,
    pub(crate) infra: Infrastructure,
    trial: Arc<DryRun<Scripted>>,
    /// Calls of `charge_card` that were made.
    pub(crate) charges: u64,
    metrics: Metrics,
    prometheus: PrometheusHandle,
    registry: Registry,
    _provider: SdkMeterProvider,
}

/// The components, and a limiter in a dry run.
#[derive(Clone)]
struct Source {
    infra: Infrastructure,
    trial: Arc<DryRun<Scripted>>,
}

impl Statuses for Source {
    fn statuses(&self) -> Vec<Status> {
        let mut statuses = self.infra.statuses();
        statuses.push(self.trial.status(self.infra.clock().now()));
        statuses.extend(shared());
        statuses
    }
}

/// Returns the statuses of a store that is away, and of what is kept in it, with the readings that metrics read.
/// That these are those of real ones is tested where there is a server, with the settings.
fn shared() -> [Status; 3] {
    let status = |component, name| {
        let status = Status::new(&Layer::new(component, name), "away");
        status.with_gauge("connected", 0, "")
    };
    let store = status(Component::Store, "main")
        .with_gauge("round_trip", 400, "us")
        .with_gauge("warnings", 1, "")
        .with_counter("round_trips", 70, "{request}")
        .with_counter("failed_round_trips", 7, "{request}");
    let limiter = status(Component::RateLimiter, "quota")
        .with_gauge("leased", 40, "{token}")
        .with_counter("round_trips", 50, "{request}")
        .with_counter("denied", 3, "{call}")
        .with_counter("passed_without_store", 2, "{call}");
    let bulkhead = status(Component::Bulkhead, "reports").with_gauge("shared_max", 20, "{call}");
    [store, limiter, bulkhead]
}

/// Returns an exporter for Prometheus with the buckets of the table.
pub(crate) fn prometheus() -> PrometheusBuilder {
    let builder = PrometheusBuilder::new().with_recommended_naming(true);
    seawall_metrics::buckets().fold(builder, |builder, (name, bounds)| {
        let matcher = Matcher::Full(name.to_owned());
        builder.set_buckets_for_metric(matcher, bounds).expect("there are bounds")
    })
}

impl Shop {
    pub(crate) fn open() -> Self {
        use opentelemetry::metrics::MeterProvider;
        let time = ManualClock::new();
        let recorder = Arc::new(prometheus().build_recorder());
        let prometheus = recorder.handle();
        let metrics = Metrics::with_recorder(recorder);
        let registry = Registry::new();
        let reader = opentelemetry_prometheus::exporter().with_registry(registry.clone());
        let reader = reader.without_target_info().scope_info_enabled(false).build().expect("valid");
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let telemetry = Telemetry::new(&provider.meter(seawall_opentelemetry::METER));
        let orders = Dummy::new(time.clock());
        orders.then(Act::Create, Step::Take(3 * MS));
        let infra = Infrastructure::builder()
            .config(ConfigSource::new().toml_str(SETTINGS))
            .clock(time.clock())
            .pool("orders", orders)
            .observer(metrics.clone())
            .observer(telemetry.clone())
            .build()
            .expect("valid");
        let limiter = Scripted::new(Component::RateLimiter, "trial");
        limiter.then(Answer::Refuse(RefusalKind::RateLimited));
        let trial = Arc::new(DryRun::new(limiter, Mode::Observe));
        telemetry.register(Source { infra: infra.clone(), trial: Arc::clone(&trial) });
        Self { time, infra, trial, charges: 0, metrics, prometheus, registry, _provider: provider }
    }

    /// Returns what Prometheus reads through the crate `metrics`.
    pub(crate) fn scrape(&self) -> String {
        let (infra, trial) = (self.infra.clone(), Arc::clone(&self.trial));
        self.metrics.publish(&Source { infra, trial });
        self.prometheus.render()
    }

    /// Returns what Prometheus reads through OpenTelemetry.
    pub(crate) fn collect(&self) -> String {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).expect("valid");
        String::from_utf8(text).expect("text")
    }

    /// Plays a day with an outage.
    pub(crate) fn play(&mut self) {
        (0..4).for_each(|_| self.charge("ann", 20 * MS, Ok(())));
        self.bulkhead();
        self.outage();
        self.orders();
        self.partner();
        let trial = self.infra.driver().protect(&*self.trial);
        trial.run_blocking(|| Ok::<_, &str>(())).expect("it only observes");
        let handle = self.infra.protection("pay_merchant").expect("configured");
        for _ in 0..3 {
            let call = handle.call().key("books");
            let _ = self.time.block_on(call.run(async || Err::<(), _>("no")));
        }
    }

    fn charge(&mut self, customer: &str, takes: Duration, result: Result<(), &'static str>) {
        self.charges += 1;
        let call = self.infra.protect("charge_card").expect("configured").key(customer);
        let clock = self.time.clock();
        let _ = self.time.block_on(call.run(async || {
            clock.sleep_until(clock.now() + takes).await;
            result
        }));
    }

    /// Two calls run, so that one waits in vain, and one until the first has ended.
    fn bulkhead(&mut self) {
        let handle = self.infra.protection("charge_card").expect("configured");
        let acquire = |customer| handle.call().key(customer).acquire();
        let [one, other] = ["ben", "cay"].map(|name| self.time.block_on(acquire(name)));
        self.time.block_on(acquire("dan")).expect_err("full");
        let mut waits = pin!(acquire("eve"));
        assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        self.time.advance(10 * MS);
        one.expect("a place is free").success();
        self.time.block_on(waits).expect("a place is free").success();
        // A caller that goes away.
        drop(other);
        self.charges += 4;
    }

    fn outage(&mut self) {
        for customer in ["fay", "gus", "hal"] {
            self.charge(customer, 250 * MS, Err("broken"));
        }
        let call = self.infra.protect("charge_card").expect("configured").key("ida");
        self.time.block_on(call.run(pending::<Result<(), &str>>)).expect_err("cut");
        self.charges += 1;
        (0..2).for_each(|_| self.charge("joy", MS, Err("broken")));
        self.charge("kim", MS, Ok(()));
        self.time.advance(1000 * MS);
        for customer in ["lee", "mia", "ned", "oda"] {
            (0..3).for_each(|_| self.charge(customer, MS, Ok(())));
        }
    }

    fn orders(&mut self) {
        let orders: Pool<Dummy> = self.infra.pool("orders").expect("configured");
        let order = || self.infra.protect("place_order").expect("configured");
        let clock = self.time.clock();
        for result in [Ok(()), Err("no")] {
            let _ = self.time.block_on(order().with(&orders, async |_| {
                clock.sleep_until(clock.now() + 7 * MS).await;
                result
            }));
        }
        let held = self.time.block_on(orders.checkout()).expect("one is free");
        let _ = self.time.block_on(order().with(&orders, async |_| Ok::<_, &str>(())));
        drop(held);
    }

    /// Calls that wait for tokens, of which one is attempted again.
    fn partner(&mut self) {
        let handle = self.infra.protection("tell_partner").expect("configured");
        for fails in [0, 1, 0] {
            let tell = |attempt: Attempt| {
                std::future::ready(if attempt.number() > fails { Ok(()) } else { Err("no") })
            };
            self.time
                .block_on(handle.call().run_attempts(tell))
                .expect("the last attempt succeeds");
        }
    }
}
