//! The dashboard for Grafana, `docs/grafana.json`, made of the table.

use seawall_telemetry::attribute as name;
use seawall_telemetry::table;
use serde_json::{Value, json};

use crate::exposition::Exposition;
use crate::golden::compare;
use crate::queries::{Of, label, problems};
use crate::scenario::Shop;

/// A panel: its title, the unit of its axis, and its queries with their legends.
struct Panel {
    title: &'static str,
    unit: &'static str,
    kind: &'static str,
    queries: Vec<(String, &'static str)>,
}

/// Returns the rows of panels.
fn rows() -> Vec<(&'static str, Vec<Panel>)> {
    let (outcome, kind, state) = (name::OUTCOME, name::KIND, label(name::STATE));
    let [pipeline, strategy, event, pool] =
        [name::PIPELINE, name::STRATEGY, name::EVENT, name::POOL].map(label);
    let of = |filter: String| filter;
    let one = of(format!("{pipeline}=~\"$protection\""));
    let layer = of(format!("{strategy}=~\"$layer\""));
    let protection = Of { filter: &one, ..Of::default() };
    let layers = Of { filter: &layer, by: &strategy, ..Of::default() };
    let pools = Of { by: &pool, ..Of::default() };
    let all = Of::default();
    let good = |range| {
        let filter = "outcome=\"success\"";
        let [good, all] =
            [filter, ""].map(|filter| Of { filter, range, ..all }.rate(&table::CALLS));
        format!("{good} / {all}")
    };
    let quantiles = |of: Of<'_>, histogram, legends: [&'static str; 3]| {
        let quantiles = [0.5, 0.95, 0.99].map(|quantile| of.quantile(quantile, histogram));
        quantiles.into_iter().zip(legends).collect::<Vec<_>>()
    };
    let open = format!("{state}=~\"open|forced_open\"");
    let rare = |which: &str| format!("{one}, {event}=~\"{which}\"");
    let (retries, of_state) = (rare("retry|hedge|fallback"), format!("{layer}, {state}=~\".+\""));
    let types = label(name::STRATEGY_TYPE);
    let of_type = |kind: &str| format!("{layer}, {types}=\"{kind}\"");
    let (of_bulkheads, of_limits) = (of_type("bulkhead"), of_type("rate_limiter"));
    let by_layer_and_kind = format!("{strategy}, {kind}");
    let by_layer_and_state = format!("{strategy}, {state}");
    let by_layer_and_outcome = format!("{strategy}, {outcome}");
    let by_pool_and_state = format!("{pool}, {}", label(name::CONNECTION_STATE));
    let by_pool_and_reason = format!("{pool}, {}", name::REASON);
    let refused_by_pools = format!("{pool}=~\".+\"");
    vec![
        (
            "Is anything wrong?",
            vec![
                series(
                    "Calls a second by outcome",
                    "reqps",
                    [(Of { by: outcome, ..all }.rate(&table::CALLS), "{{outcome}}")],
                ),
                series(
                    "Share of good calls",
                    "percentunit",
                    [(good("$__rate_interval"), "now"), (good("1h"), "last hour")],
                ),
                number(
                    "Open circuits",
                    "none",
                    [(
                        Of { filter: &open, by: &strategy, ..all }.now(&table::BREAKER_STATE),
                        "{{resilience_strategy_name}}",
                    )],
                ),
                number("Degraded components", "none", [(all.now(&table::DEGRADED), "degraded")]),
                number("Settings stale for", "s", [(all.now(&table::CONFIG_STALE), "stale")]),
            ],
        ),
        (
            "One protection",
            vec![
                series(
                    "Calls a second by outcome",
                    "reqps",
                    [(Of { by: outcome, ..protection }.rate(&table::CALLS), "{{outcome}}")],
                ),
                series(
                    "Time of calls and attempts",
                    "s",
                    [
                        quantiles(
                            protection,
                            &table::CALL_DURATION,
                            ["call p50", "call p95", "call p99"],
                        ),
                        quantiles(
                            protection,
                            &table::ATTEMPT_DURATION,
                            ["attempt p50", "attempt p95", "attempt p99"],
                        ),
                    ]
                    .concat(),
                ),
                series(
                    "Time of waiting by layer",
                    "s",
                    [(
                        Of { by: &strategy, ..protection }.quantile(0.99, &table::WAIT_DURATION),
                        "{{resilience_strategy_name}} p99",
                    )],
                ),
                series(
                    "Refusals a second by layer and kind",
                    "reqps",
                    [(
                        Of { by: &by_layer_and_kind, ..protection }.rate(&table::REFUSALS),
                        "{{resilience_strategy_name}} {{kind}}",
                    )],
                ),
                series(
                    "Retries, hedges and fallbacks a second",
                    "reqps",
                    [(
                        Of { filter: &retries, by: &event, ..all }.rate(&table::EVENTS),
                        "{{resilience_event_name}}",
                    )],
                ),
                series(
                    "Extra calls that are left",
                    "none",
                    [(Of { by: name::TARGET, ..all }.now(&table::RETRY_BUDGET), "{{target}}")],
                ),
                series(
                    "Attempts per call",
                    "none",
                    [(
                        format!(
                            "{} / {}",
                            protection.rate_of_count(&table::ATTEMPT_DURATION),
                            protection.rate(&table::CALLS)
                        ),
                        "attempts per call",
                    )],
                ),
            ],
        ),
        (
            "Circuits",
            vec![
                Panel {
                    kind: "state-timeline",
                    ..series(
                        "State",
                        "none",
                        [(
                            format!(
                                "{} == 1",
                                Of { filter: &of_state, by: &by_layer_and_state, ..all }
                                    .now(&table::BREAKER_STATE)
                            ),
                            "{{resilience_strategy_name}} {{resilience_circuit_breaker_state}}",
                        )],
                    )
                },
                series(
                    "Share of failures and slow calls",
                    "percentunit",
                    [
                        (
                            layers.now(&table::BREAKER_FAILURE_RATE),
                            "{{resilience_strategy_name}} failures",
                        ),
                        (
                            layers.now(&table::BREAKER_SLOW_RATE),
                            "{{resilience_strategy_name}} slow",
                        ),
                    ],
                ),
                series(
                    "Keys by state",
                    "none",
                    [(
                        Of { by: &by_layer_and_state, ..layers }.now(&table::CIRCUITS),
                        "{{resilience_strategy_name}} {{resilience_circuit_breaker_state}}",
                    )],
                ),
            ],
        ),
        (
            "Concurrency",
            vec![
                series(
                    "Limit, running, waiting",
                    "none",
                    [
                        (
                            layers.now(&table::CONCURRENCY_LIMIT),
                            "{{resilience_strategy_name}} limit",
                        ),
                        (
                            layers.now(&table::CONCURRENCY_IN_FLIGHT),
                            "{{resilience_strategy_name}} running",
                        ),
                        (
                            layers.now(&table::CONCURRENCY_QUEUED),
                            "{{resilience_strategy_name}} waiting",
                        ),
                    ],
                ),
                series(
                    "Calls a second by outcome",
                    "reqps",
                    [(
                        Of { filter: &of_bulkheads, by: &by_layer_and_outcome, ..all }
                            .rate(&table::LAYER_CALLS),
                        "{{resilience_strategy_name}} {{outcome}}",
                    )],
                ),
            ],
        ),
        (
            "Rate limits",
            vec![
                series(
                    "Calls a second by outcome",
                    "reqps",
                    [(
                        Of { filter: &of_limits, by: &by_layer_and_outcome, ..all }
                            .rate(&table::LAYER_CALLS),
                        "{{resilience_strategy_name}} {{outcome}}",
                    )],
                ),
                series(
                    "Tokens that are left",
                    "none",
                    [
                        (layers.now(&table::RATE_REMAINING), "{{resilience_strategy_name}} left"),
                        (layers.now(&table::RATE_LIMIT), "{{resilience_strategy_name}} limit"),
                    ],
                ),
                series(
                    "Keys",
                    "none",
                    [(layers.now(&table::RATE_KEYS), "{{resilience_strategy_name}}")],
                ),
            ],
        ),
        (
            "Pools",
            vec![
                series(
                    "Connections",
                    "none",
                    [
                        (
                            Of { by: &by_pool_and_state, ..all }.now(&table::POOL_COUNT),
                            "{{db_client_connection_pool_name}} {{db_client_connection_state}}",
                        ),
                        (pools.now(&table::POOL_MAX), "{{db_client_connection_pool_name}} maximum"),
                        (
                            pools.now(&table::POOL_IDLE_MAX),
                            "{{db_client_connection_pool_name}} idle at most",
                        ),
                    ],
                ),
                series(
                    "Requests that wait",
                    "none",
                    [(pools.now(&table::POOL_PENDING), "{{db_client_connection_pool_name}}")],
                ),
                series(
                    "Time of waiting, connecting and using",
                    "s",
                    [
                        (
                            pools.quantile(0.99, &table::POOL_WAIT_TIME),
                            "{{db_client_connection_pool_name}} wait p99",
                        ),
                        (
                            pools.quantile(0.99, &table::POOL_CREATE_TIME),
                            "{{db_client_connection_pool_name}} create p99",
                        ),
                        (
                            pools.quantile(0.99, &table::POOL_USE_TIME),
                            "{{db_client_connection_pool_name}} use p99",
                        ),
                    ],
                ),
                series(
                    "Timeouts and refusals a second",
                    "reqps",
                    [
                        (
                            pools.rate(&table::POOL_TIMEOUTS),
                            "{{db_client_connection_pool_name}} timeouts",
                        ),
                        (
                            Of { filter: &refused_by_pools, by: kind, ..all }
                                .rate(&table::REFUSALS),
                            "{{kind}}",
                        ),
                    ],
                ),
                series(
                    "Connections opened, failed and closed a second",
                    "ops",
                    [
                        (
                            pools.rate(&table::POOL_CREATED),
                            "{{db_client_connection_pool_name}} opened",
                        ),
                        (
                            pools.rate(&table::POOL_FAILED),
                            "{{db_client_connection_pool_name}} failed",
                        ),
                        (
                            Of { by: &by_pool_and_reason, ..all }.rate(&table::POOL_CLOSED),
                            "{{db_client_connection_pool_name}} {{reason}}",
                        ),
                    ],
                ),
            ],
        ),
        (
            "Dry run",
            vec![series(
                "Disagreements a second",
                "reqps",
                [(
                    Of { filter: &layer, by: &by_layer_and_kind, ..all }.rate(&table::SHADOW),
                    "{{resilience_strategy_name}} {{kind}}",
                )],
            )],
        ),
        (
            "Settings",
            vec![series("Version", "none", [(all.now(&table::CONFIG_VERSION), "version")])],
        ),
    ]
}

fn series(
    title: &'static str,
    unit: &'static str,
    queries: impl IntoIterator<Item = (String, &'static str)>,
) -> Panel {
    Panel { title, unit, kind: "timeseries", queries: queries.into_iter().collect() }
}

fn number(
    title: &'static str,
    unit: &'static str,
    queries: impl IntoIterator<Item = (String, &'static str)>,
) -> Panel {
    Panel { kind: "stat", ..series(title, unit, queries) }
}

const WIDTH: usize = 24;

fn dashboard() -> Value {
    let source = json!({ "type": "prometheus", "uid": "${source}" });
    let (mut panels, mut y) = (Vec::new(), 0);
    for (title, row) in rows() {
        let id = panels.len() + 1;
        panels.push(json!({ "id": id, "type": "row", "title": title, "collapsed": false,
            "gridPos": { "h": 1, "w": WIDTH, "x": 0, "y": y }, "panels": [] }));
        y += 1;
        let width = WIDTH / row.len().min(3);
        for (at, panel) in row.iter().enumerate() {
            let (x, line) = (at % 3 * width, at / 3);
            let targets = panel.queries.iter().zip('A'..).map(|((query, legend), id)| {
                json!({ "refId": id, "expr": query, "legendFormat": legend, "datasource": source })
            });
            panels.push(json!({
                "id": panels.len() + 1,
                "type": panel.kind,
                "title": panel.title,
                "datasource": source,
                "gridPos": { "h": 8, "w": width, "x": x, "y": y + line * 8 },
                "fieldConfig": { "defaults": { "unit": panel.unit, "min": 0 }, "overrides": [] },
                "targets": targets.collect::<Vec<_>>(),
            }));
        }
        y += row.len().div_ceil(3) * 8;
    }
    let variable = |name: &str, title: &str, metric: String, attribute: &str| {
        let query = format!("label_values({metric}, {})", label(attribute));
        json!({ "name": name, "label": title, "type": "query", "datasource": source, "query": query,
            "refresh": 2, "multi": true, "includeAll": true, "allValue": ".*",
            "current": { "text": "All", "value": "$__all" } })
    };
    json!({
        "uid": "seawall",
        "title": "Seawall",
        "description": "Made of the table of instruments: see docs/metrics.md.",
        "tags": ["seawall", "resilience"],
        "schemaVersion": 41,
        "editable": true,
        "refresh": "10s",
        "time": { "from": "now-1h", "to": "now" },
        "annotations": { "list": [{
            "name": "Changes of state and settings",
            "datasource": source,
            "enable": true,
            "iconColor": "orange",
            "expr": annotation(),
            "titleFormat": "{{resilience_event_name}} {{resilience_strategy_name}}",
        }] },
        "templating": { "list": [
            { "name": "source", "label": "Data source", "type": "datasource", "query": "prometheus" },
            variable("protection", "Protection", table::CALLS.prometheus(), name::PIPELINE),
            variable("layer", "Layer", table::LAYER_CALLS.prometheus(), name::STRATEGY),
        ] },
        "panels": panels,
    })
}

fn annotation() -> String {
    let event = label(name::EVENT);
    let (strategy, events) = (label(name::STRATEGY), table::EVENTS.prometheus());
    format!(
        "sum by ({event}, {strategy}) (increase({events}{{{event}=~\"circuit_.*|config_.*\"}}[1m])) > 0"
    )
}

#[test]
fn the_dashboard_is_up_to_date_and_every_panel_has_data() {
    let text = serde_json::to_string_pretty(&dashboard()).expect("valid") + "\n";
    compare("../../../docs/grafana.json", &text);
    let mut shop = Shop::open();
    shop.play();
    for exposed in [shop.scrape(), shop.collect()].map(|text| Exposition::read(&text)) {
        let queries = rows().into_iter().flat_map(|(_, panels)| panels);
        let queries = queries.flat_map(|panel| panel.queries).map(|(query, _)| query);
        let wrong: Vec<_> =
            queries.chain([annotation()]).flat_map(|query| problems(&query, &exposed)).collect();
        assert_eq!(wrong, Vec::<String>::new());
    }
}

#[test]
fn every_instrument_is_on_the_dashboard() {
    let text = dashboard().to_string();
    let names = seawall_telemetry::INSTRUMENTS.iter().map(|known| known.prometheus());
    let missing: Vec<_> = names.filter(|name| !text.contains(name.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new());
}
