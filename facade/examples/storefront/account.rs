use std::sync::Arc;
use std::time::Duration;

use seawall::{Component, Infrastructure, Status, Tick};

use crate::journal::{Journal, Sample, percentile};
use crate::phase::Phase;
use crate::side::Side;
use crate::telemetry::Telemetry;

/// Prints what happens, a line a second.
pub(crate) struct Account {
    infra: Infrastructure,
    telemetry: Arc<Telemetry>,
    with: Arc<Journal>,
    without: Arc<Journal>,
    start: Tick,
    printed: Printed,
}

/// How much was printed already.
#[derive(Default)]
struct Printed {
    with: usize,
    without: usize,
    changes: usize,
    refusals: [usize; 4],
}

/// The kinds of layers that can refuse, in the order in which they are asked.
const LAYERS: [Component; 4] = [
    Component::RateLimiter,
    Component::Bulkhead,
    Component::CircuitBreaker,
    Component::ConnectionPool,
];

impl Account {
    /// Prints the heads of the columns.
    pub(crate) fn open(
        infra: &Infrastructure,
        telemetry: &Arc<Telemetry>,
        with: &Side,
        without: &Side,
    ) -> Self {
        println!("\n{:14}WITH SEAWALL{:45}| WITHOUT", "", "");
        println!("{:22}refused by{:39}|", "", "");
        println!(
            "{} |{}",
            left(["s", "payments", "served", "limit", "bulkhead", "breaker", "failed", "circuit"])
                + &times(["p50", "p99 ms"]),
            right(["served", "failed", "waiting"]) + &times(["p50", "p99 ms"]),
        );
        Self {
            infra: infra.clone(),
            telemetry: Arc::clone(telemetry),
            with: Arc::clone(&with.journal),
            without: Arc::clone(&without.journal),
            start: infra.clock().now(),
            printed: Printed::default(),
        }
    }

    /// Prints that a phase begins.
    pub(crate) fn phase(&self, phase: Phase) {
        println!("    -- {}", phase.story());
    }

    /// Prints the line of the second that began `second` seconds after the start.
    pub(crate) fn second(&mut self, second: u64) {
        let with = self.with.since(self.printed.with);
        let without = self.without.since(self.printed.without);
        self.printed.with += with.len();
        self.printed.without += without.len();
        let [limit, bulkhead, breaker, pool] = self.refusals();
        let left = left([
            &(second + 1).to_string(),
            Phase::at(Duration::from_secs(second)).name(),
            &count(&with, Sample::is_served),
            &limit.to_string(),
            &bulkhead.to_string(),
            &breaker.to_string(),
            &count(&with, Sample::is_failed),
            self.circuit(),
        ]);
        let right = right([
            &count(&without, Sample::is_served),
            &count(&without, Sample::is_failed),
            &self.without.waiting.now().to_string(),
        ]);
        println!("{left}{} |{right}{}", answered(&with), answered(&without));
        if pool > 0 {
            println!("    -> the pool of connections had none for {pool} orders");
        }
        self.changes();
    }

    /// Returns the number of calls that each kind of layer refused in the last second.
    fn refusals(&mut self) -> [usize; 4] {
        let refusals = LAYERS.map(|layer| self.telemetry.refusals_by(layer));
        let before = std::mem::replace(&mut self.printed.refusals, refusals);
        std::array::from_fn(|layer| refusals[layer] - before[layer])
    }

    /// Returns the state of the circuit breaker, if there is one.
    fn circuit(&self) -> &'static str {
        let is_breaker = |status: &Status| status.layer.component() == Component::CircuitBreaker;
        let breaker = self.infra.components().into_iter().find(is_breaker);
        breaker.map_or("none", |status| status.state)
    }

    /// Prints when a circuit opened and closed, but not each probe that failed.
    fn changes(&mut self) {
        let changes = self.telemetry.changes_since(self.printed.changes);
        self.printed.changes += changes.len();
        for changed in changes {
            let (change, at) = (changed.change, changed.at.since(self.start).as_secs_f64());
            if change.from == "closed" || change.to == "closed" {
                println!("    -> {at:.1} s: {} {}: {}", changed.layer, change.to, change.cause);
            }
        }
    }
}

fn left([s, phase, served, limit, bulkhead, breaker, failed, circuit]: [&str; 8]) -> String {
    format!(
        "{s:>3} {phase:9} {served:>6} {limit:>6} {bulkhead:>8} {breaker:>7} {failed:>7}  {circuit:9}"
    )
}

fn right([served, failed, waiting]: [&str; 3]) -> String {
    format!("{served:>7} {failed:>6} {waiting:>7}")
}

fn times([half, nearly_all]: [&str; 2]) -> String {
    format!(" {half:>4} {nearly_all:>6}")
}

fn count(samples: &[Sample], which: fn(&Sample) -> bool) -> String {
    samples.iter().filter(|sample| which(sample)).count().to_string()
}

fn answered(samples: &[Sample]) -> String {
    let time = |percent| match samples.is_empty() {
        true => "-".to_owned(),
        false => percentile(samples, percent).as_millis().to_string(),
    };
    times([&time(50), &time(99)])
}
