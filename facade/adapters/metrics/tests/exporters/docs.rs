//! The page of metrics, `docs/metrics.md`, made of the table.

use std::collections::BTreeSet;
use std::fmt::Write;

use seawall::breaker::State;
use seawall::{Component, Topic};
use seawall_telemetry::attribute::{ATTRIBUTES, NAMESPACE};
use seawall_telemetry::{CIRCUIT_STATES, INSTRUMENTS};

use crate::golden::compare;
use crate::peers::PEERS;

fn page() -> String {
    let mut page = include_str!("metrics_head.md").to_owned();
    write(&mut page).expect("a text takes all");
    page
}

fn write(page: &mut String) -> std::fmt::Result {
    writeln!(
        page,
        "\n## Instruments\n\n| instrument | in Prometheus | type | unit | attributes |"
    )?;
    writeln!(page, "|---|---|---|---|---|")?;
    for known in INSTRUMENTS {
        let attributes = known.attributes.iter().filter(|name| **name != NAMESPACE);
        let attributes: Vec<_> = attributes.map(|name| format!("`{name}`")).collect();
        let (name, prometheus) = (known.name, known.prometheus());
        let (kind, attributes) = (known.kind.as_str(), attributes.join(", "));
        writeln!(page, "| `{name}` | `{prometheus}` | {kind} | `{}` | {attributes} |", known.unit)?;
    }
    writeln!(page, "\n| instrument | says |\n|---|---|")?;
    INSTRUMENTS
        .iter()
        .try_for_each(|known| writeln!(page, "| `{}` | {} |", known.name, known.about))?;
    writeln!(page, "\n## Attributes\n\n| attribute | is | values |\n|---|---|---|")?;
    for (name, is, values) in ATTRIBUTES {
        writeln!(page, "| `{name}` | {is} | {values} |")?;
    }
    writeln!(
        page,
        "\nPools have `db.client.connection.pool.name` in place of the two of a layer. In Prometheus, dots are\n\
         underscores.\n\n## Events\n\nThe names that `seawall.events` has, of everything that is rare:\n"
    )?;
    events().iter().try_for_each(|name| writeln!(page, "- `{name}`"))?;
    writeln!(page, "\n## From other libraries\n\n| library | its metric | ours |\n|---|---|---|")?;
    for (peer, theirs, ours) in PEERS {
        let ours = match ours {
            Ok(name) => format!("`{name}`"),
            Err(reason) => format!("none: {reason}"),
        };
        writeln!(page, "| {peer} | `{theirs}` | {ours} |")?;
    }
    Ok(())
}

/// The names of events that are counted: all but those that are calls of a layer or of a protection.
fn events() -> BTreeSet<String> {
    let states = CIRCUIT_STATES.iter().map(|state| match *state {
        "open" => "circuit_opened".to_owned(),
        "half_open" => "circuit_half_opened".to_owned(),
        state => format!("circuit_{state}"),
    });
    let is_call = |(topic, component, name): &&(Topic, Component, &str)| {
        let calls =
            ["executed", "rejected", "timed_out", "waited", "allowed", "denied", "state_change"];
        let is_refusal = *component == Component::ConnectionPool
            && ["checkout_timeout", "pool_full", "resource_unavailable"].contains(name);
        let is_call =
            calls.iter().any(|end| name.ends_with(end)) && *topic != Topic::ConfigRejected;
        is_call || is_refusal
    };
    let topics = Topic::ALL.iter().filter(|topic| !is_call(topic)).map(|topic| topic.2.to_owned());
    states.chain(topics).chain(["fallback_failed".to_owned()]).collect()
}

#[test]
fn the_page_of_metrics_is_up_to_date() {
    compare("../../../docs/metrics.md", &page());
}

#[test]
fn every_attribute_of_an_instrument_is_described() {
    let described: BTreeSet<_> = ATTRIBUTES.iter().map(|(name, ..)| *name).collect();
    let used: BTreeSet<_> =
        INSTRUMENTS.iter().flat_map(|known| known.attributes.iter().copied()).collect();
    assert_eq!(described, used);
}

#[test]
fn names_that_others_are_compared_with_are_in_the_table() {
    let names: BTreeSet<_> = INSTRUMENTS.iter().map(|known| known.name).collect();
    assert_eq!(names.len(), INSTRUMENTS.len(), "each once");
    let unknown: Vec<_> = PEERS
        .iter()
        .filter_map(|(_, _, ours)| ours.ok())
        .filter(|name| !names.contains(name))
        .collect();
    assert_eq!(unknown, Vec::<&str>::new());
}

#[test]
fn circuits_have_the_states_of_the_breaker() {
    assert_eq!(State::ALL.iter().map(|state| state.as_str()).collect::<Vec<_>>(), CIRCUIT_STATES);
}
