//! Simulates instances that share a limit of 1,000 a second, and prints what they admit: see the README.
//!
//! `cargo run --release -p seawall-ratelimit-redis --example simulate [-- SECONDS]`

use std::time::Duration;

mod grid;

fn main() {
    let seconds = std::env::args().nth(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(60);
    let length = Duration::from_secs(seconds);
    println!(
        "| store away | load | instances | what happens | above the limit | refused though free | requests/s |"
    );
    println!("|---|---|---|---|---|---|---|");
    for cell in grid::cells(length, &[1, 4, 16, 64], &[0.5, 1.0, 2.0]) {
        let (report, limit) = (cell.run(), f64::from(grid::LIMIT));
        let above = report.most_above(limit, limit).max(0.0);
        let shortfall = 100.0 * report.shortfall(limit, limit, Duration::ZERO).max(0.0);
        let requests = report.requests_per_second(length);
        println!(
            "| {:?} | {} | {} | {} | {above:.0} | {shortfall:.1} % | {requests:.1} |",
            cell.away, cell.load, cell.plan.instances, cell.name,
        );
    }
}
