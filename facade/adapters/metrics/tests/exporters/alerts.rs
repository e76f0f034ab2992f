//! Rules for alerts, `docs/alerts.yml`, made of `alerts.txt` and the table.

use std::fmt::Write;

use crate::golden::compare;
use crate::queries::{problems_in_a_scenario, query};

/// Returns the head, the query and the summary of each alert.
fn alerts() -> Vec<[String; 3]> {
    let lines: Vec<_> = include_str!("alerts.txt").lines().collect();
    let alert = |lines: &[&str]| match *lines {
        [head, text, summary] => [head.to_owned(), query(text.trim()), summary.trim().to_owned()],
        _ => panic!("an alert has three lines"),
    };
    lines.chunks(3).map(alert).collect()
}

fn rules() -> String {
    let mut text = String::from(
        "# Alert rules for Prometheus, made of the table of instruments: see metrics.md.\n\
         # Change the thresholds to your needs.\ngroups:\n  - name: seawall\n    rules:\n",
    );
    for [head, query, summary] in alerts() {
        let [name, lasts, severity] =
            head.split(" | ").collect::<Vec<_>>().try_into().expect("a head has three parts");
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
    let queries: Vec<_> = alerts().into_iter().map(|[_, query, _]| query).collect();
    assert_eq!(problems_in_a_scenario(&queries), Vec::<String>::new());
}
