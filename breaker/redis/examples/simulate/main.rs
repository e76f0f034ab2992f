//! Simulates instances that call one service, and prints how much fails while it is away: see the README.
//!
//! `cargo run --release -p seawall-breaker-redis --example simulate`

use std::time::Duration;

use outage::Outage;

mod outage;

fn main() {
    println!(
        "| instances | breakers | calls that failed | probes | recovery | refused after the outage | requests/s |"
    );
    println!("|---|---|---|---|---|---|---|");
    for instances in [1, 4, 16, 64] {
        for (name, is_shared) in [("alone", false), ("shared", true)] {
            let outage = Outage::new(instances, 10.0 * instances as f64);
            let figures = Outage { is_shared, ..outage.clone() }.run();
            let (failed, probes, refused) = (figures.failed, figures.probes, figures.refused_after);
            let recovery = figures.recovery.as_secs_f64();
            let requests = figures.report.requests_per_second(outage.plan.length);
            println!(
                "| {instances} | {name} | {failed} | {probes} | {recovery:.1} s | {refused} | {requests:.1} |"
            );
        }
    }
    println!("\n| instances | the service fails for | healthy instances that refuse calls |");
    println!("|---|---|---|");
    for bad in [1, 20, 40] {
        let never = (Duration::MAX, Duration::MAX);
        let figures = Outage { bad, fails: never, ..Outage::new(64, 640.0) }.run();
        println!("| 64 | {bad} | {} |", figures.blocked);
    }
}
