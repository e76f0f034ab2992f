//! Simulates instances that share a limit of 1,000 a second, and prints what they admit: the table of the
//! README.
//!
//! `cargo run --release -p seawall-ratelimit-redis --example simulate [-- SECONDS]`

use std::time::Duration;

mod grid;

const LOADS: [f64; 3] = [0.5, 1.0, 2.0];

/// What came of the same with some numbers of instances.
#[derive(Default)]
struct Row {
    above: f64,
    requests: f64,
    /// For each load: the part that was refused though a single bucket would not have.
    refused: [Vec<f64>; LOADS.len()],
}

fn main() {
    let seconds = std::env::args().nth(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(60);
    let length = Duration::from_secs(seconds);
    let mut rows: Vec<((String, &str), Row)> = Vec::new();
    for cell in grid::cells(length, &[1, 4, 16, 64], &LOADS) {
        let (report, limit) = (cell.run(), f64::from(grid::LIMIT));
        let away = if format!("{:?}", cell.away) == "Deny" { "deny" } else { "local_share" };
        let name = (format!("`{away}`"), cell.name);
        let at = rows.iter().position(|(found, _)| *found == name).unwrap_or_else(|| {
            rows.push((name, Row::default()));
            rows.len() - 1
        });
        let row = &mut rows[at].1;
        row.above = row.above.max(report.most_above(limit, limit));
        row.requests = row.requests.max(report.requests_per_second(length));
        let load = LOADS.iter().position(|load| *load == cell.load).expect("one of these");
        let refused = 100.0 * report.shortfall(limit, limit, Duration::ZERO).max(0.0);
        row.refused[load].push(refused);
    }
    println!(
        "| store away | what happens | above the limit | refused though free: load 0.5 | load 1 | load 2 | most requests/s |"
    );
    println!("|---|---|---|---|---|---|---|");
    for ((away, name), row) in rows {
        let [half, one, two] = row.refused.map(|parts| range(&parts));
        let (above, requests) = (row.above, row.requests);
        println!("| {away} | {name} | {above:.0} | {half} | {one} | {two} | {requests:.1} |");
    }
}

fn range(parts: &[f64]) -> String {
    let least = parts.iter().copied().fold(f64::INFINITY, f64::min);
    let most = parts.iter().copied().fold(0.0, f64::max);
    match (format!("{least:.1}"), format!("{most:.1}")) {
        (least, most) if least == most => format!("{most} %"),
        (least, most) => format!("{least} to {most} %"),
    }
}
