//! The example, run as a user runs it.

use std::process::Command;

#[test]
fn the_example_prints_calls_and_the_state_of_the_circuit() {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "scrape"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let [text, errors] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    for part in [
        "seawall_calls_total{resilience_pipeline_name=\"charge_card\",outcome=\"circuit_open\",error_type=\"circuit_open\"} 1",
        "resilience_strategy_type=\"circuit_breaker\",resilience_circuit_breaker_state=\"open\"} 1",
    ] {
        assert!(text.contains(part), "{part}: {text}{errors}");
    }
}
