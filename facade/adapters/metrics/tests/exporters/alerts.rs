//! Rules for alerts, `docs/alerts.yml`, made of the table.

use std::fmt::Write;

use seawall_telemetry::attribute as name;
use seawall_telemetry::table;

use crate::exposition::Exposition;
use crate::golden::compare;
use crate::queries::{Of, label, problems};
use crate::scenario::Shop;

struct Alert {
    name: &'static str,
    query: String,
    lasts: &'static str,
    severity: &'static str,
    summary: &'static str,
}

fn alerts() -> Vec<Alert> {
    let [pipeline, strategy, pool, state, connection] =
        [name::PIPELINE, name::STRATEGY, name::POOL, name::STATE, name::CONNECTION_STATE]
            .map(label);
    let all = Of { range: "5m", ..Of::default() };
    let open = format!("{state}=~\"open|forced_open\"");
    let idle = format!("{connection}=\"idle\"");
    let good = "outcome=~\"success|ignored\"";
    let of = |filter| Of { filter, by: &pipeline, ..all }.rate(&table::CALLS);
    let pools = Of { by: &pool, ..all };
    vec![
        Alert {
            name: "SeawallCircuitOpen",
            query: Of { filter: &open, by: &strategy, ..all }.now(&table::BREAKER_STATE) + " > 0",
            lasts: "1m",
            severity: "warning",
            summary: "Circuit breaker {{ $labels.resilience_strategy_name }} has refused calls for a minute.",
        },
        Alert {
            name: "SeawallFewGoodCalls",
            query: format!("{} / {} < 0.95", of(good), of("")),
            lasts: "5m",
            severity: "critical",
            summary: "Fewer than 95 % of the calls of {{ $labels.resilience_pipeline_name }} succeed.",
        },
        Alert {
            name: "SeawallRetryBudgetExhausted",
            query: Of { by: name::TARGET, ..all }.now(&table::RETRY_BUDGET) + " < 1",
            lasts: "1m",
            severity: "warning",
            summary: "No retry or hedge may be sent to {{ $labels.target }}.",
        },
        Alert {
            name: "SeawallConfigStale",
            query: all.now(&table::CONFIG_STALE) + " > 300",
            lasts: "0m",
            severity: "warning",
            summary: "The newest settings were refused; older ones have been in effect for five minutes.",
        },
        Alert {
            name: "SeawallPoolExhausted",
            query: format!(
                "{} > 0 and {} == 0",
                pools.now(&table::POOL_PENDING),
                Of { filter: &idle, ..pools }.now(&table::POOL_COUNT),
            ),
            lasts: "1m",
            severity: "warning",
            summary: "Requests wait for connections of {{ $labels.db_client_connection_pool_name }}, and none is idle.",
        },
        Alert {
            name: "SeawallPoolDegraded",
            query: pools.now(&table::DEGRADED) + " > 0",
            lasts: "1m",
            severity: "warning",
            summary: "Pool {{ $labels.db_client_connection_pool_name }} cannot connect.",
        },
    ]
}

fn rules() -> String {
    let mut text = String::from(
        "# Alert rules for Prometheus, made of the table of instruments: see metrics.md.\n\
         # Change the thresholds to your needs.\ngroups:\n  - name: seawall\n    rules:\n",
    );
    for Alert { name, query, lasts, severity, summary } in alerts() {
        let _ = write!(
            text,
            "      - alert: {name}\n        expr: {query:?}\n        for: {lasts}\n        labels:\n          \
             severity: {severity}\n        annotations:\n          summary: {summary:?}\n",
        );
    }
    text
}

#[test]
fn the_alerts_are_up_to_date_and_ask_for_what_is_exposed() {
    compare("../../../docs/alerts.yml", &rules());
    let mut shop = Shop::open();
    shop.play();
    for exposed in [shop.scrape(), shop.collect()].map(|text| Exposition::read(&text)) {
        let wrong: Vec<_> =
            alerts().iter().flat_map(|alert| problems(&alert.query, &exposed)).collect();
        assert_eq!(wrong, Vec::<String>::new());
    }
}
