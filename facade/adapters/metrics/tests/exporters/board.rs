//! The dashboard for Grafana, `docs/grafana.json`, made of `board.txt` and the table.

use seawall_telemetry::INSTRUMENTS;
use serde_json::{Value, json};

use crate::golden::compare;
use crate::queries::{problems_in_a_scenario, query};

const EVENTS: &str = "sum by (resilience_event_name, resilience_strategy_name) \
    (increase(<seawall.events>{resilience_event_name=~\"circuit_.*|config_.*\"}[1m])) > 0";
const WIDTH: usize = 24;

/// A row: its title and its panels.
type Row = (&'static str, Vec<Panel>);

struct Panel {
    title: &'static str,
    kind: &'static str,
    unit: &'static str,
    /// Queries with their legends.
    queries: Vec<(String, &'static str)>,
}

/// Reads rows, which begin with `#`, panels, and indented queries.
fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in include_str!("board.txt").lines().filter(|line| !line.is_empty()) {
        if let Some(title) = line.strip_prefix("# ") {
            rows.push((title, Vec::new()));
            continue;
        }
        let panels = &mut rows.last_mut().expect("a row comes first").1;
        if let Some(text) = line.strip_prefix("    ") {
            let (text, legend) = text.rsplit_once(" | ").expect("a query has a legend");
            panels.last_mut().expect("a panel comes first").queries.push((query(text), legend));
            continue;
        }
        let [title, kind, unit] =
            line.split(" | ").collect::<Vec<_>>().try_into().expect("a panel has three parts");
        panels.push(Panel { title, kind, unit, queries: Vec::new() });
    }
    rows
}

fn source() -> Value {
    json!({ "type": "prometheus", "uid": "${source}" })
}

fn panels() -> Vec<Value> {
    let (mut panels, mut y) = (Vec::new(), 0);
    for (title, row) in rows() {
        panels.push(json!({ "id": panels.len() + 1, "type": "row", "title": title,
            "gridPos": { "h": 1, "w": WIDTH, "x": 0, "y": y }, "collapsed": false, "panels": [] }));
        y += 1;
        let width = WIDTH / row.len().min(3);
        for (at, panel) in row.iter().enumerate() {
            let targets = panel.queries.iter().zip('A'..).map(|((query, legend), id)| {
                json!({ "refId": id, "expr": query, "legendFormat": legend, "datasource": source() })
            });
            let place = json!({ "h": 8, "w": width, "x": at % 3 * width, "y": y + at / 3 * 8 });
            panels.push(json!({ "id": panels.len() + 1, "type": panel.kind, "title": panel.title,
                "datasource": source(), "gridPos": place,
                "fieldConfig": { "defaults": { "unit": panel.unit, "min": 0 }, "overrides": [] },
                "targets": targets.collect::<Vec<_>>() }));
        }
        y += row.len().div_ceil(3) * 8;
    }
    panels
}

fn dashboard() -> Value {
    let variable = |name: &str, title: &str, values: &str| {
        json!({ "name": name, "label": title, "type": "query", "datasource": source(),
            "query": query(values), "refresh": 2, "multi": true, "includeAll": true,
            "allValue": ".*", "current": { "text": "All", "value": "$__all" } })
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
        "annotations": { "list": [{ "name": "Changes of state and settings",
            "datasource": source(), "enable": true, "iconColor": "orange", "expr": query(EVENTS),
            "titleFormat": "{{resilience_event_name}} {{resilience_strategy_name}}" }] },
        "templating": { "list": [
            { "name": "source", "label": "Data source", "type": "datasource", "query": "prometheus" },
            variable("protection", "Protection",
                "label_values(<seawall.calls>, resilience_pipeline_name)"),
            variable("layer", "Layer",
                "label_values(<seawall.layer.calls>, resilience_strategy_name)"),
        ] },
        "panels": panels(),
    })
}

#[test]
fn the_dashboard_is_up_to_date_and_every_panel_has_data() {
    let text = serde_json::to_string_pretty(&dashboard()).expect("valid") + "\n";
    compare("../../../docs/grafana.json", &text);
    let panels = rows().into_iter().flat_map(|(_, panels)| panels);
    let queries = panels.flat_map(|panel| panel.queries).map(|(query, _)| query);
    let queries: Vec<_> = queries.chain([query(EVENTS)]).collect();
    assert_eq!(problems_in_a_scenario(&queries), Vec::<String>::new());
}

#[test]
fn every_instrument_is_on_the_dashboard() {
    let text = dashboard().to_string();
    let names = INSTRUMENTS.iter().map(|known| known.prometheus());
    let missing: Vec<_> = names.filter(|name| !text.contains(name.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new());
}
