use std::time::Duration;

use seawall::{Component, Infrastructure, Verdict};

use crate::journal::percentile;
use crate::phase::Phase;
use crate::rest::is_at_rest;
use crate::side::Record;
use crate::telemetry::Telemetry;

mod customers;
mod layers;

/// Checks what the example claims to show.
pub(crate) struct Claims<'r> {
    infra: &'r Infrastructure,
    telemetry: &'r Telemetry,
    with: &'r Record,
    without: &'r Record,
    all_hold: bool,
}

impl<'r> Claims<'r> {
    pub(crate) fn new(
        infra: &'r Infrastructure,
        telemetry: &'r Telemetry,
        with: &'r Record,
        without: &'r Record,
    ) -> Self {
        Self { infra, telemetry, with, without, all_hold: true }
    }

    /// Prints which claims hold and which do not, those about the counts of the `audit` and the number of
    /// charges in the metrics too; returns true if all do.
    pub(crate) fn check(mut self, audit: &[usize], charges: u64) -> bool {
        println!("\nDO THE CLAIMS HOLD?");
        self.rate_limit();
        self.bulkhead();
        self.breaker();
        self.recovery();
        self.customers();
        self.orders();
        self.counters();
        self.audit(audit);
        self.metrics(charges);
        let healthy = self.without.samples.iter().filter(|s| s.phase() == Phase::Healthy);
        let healthy = percentile(healthy, 50);
        if !self.all_hold && healthy > Duration::from_millis(250) {
            println!(
                "\nThis machine is too busy: an answer took {healthy:.0?} while all was well."
            );
        }
        self.all_hold
    }

    /// Prints whether `claim` holds, and if it does not, `hint`, which says where to look.
    fn claim(&mut self, holds: bool, claim: &str, hint: &str) {
        self.all_hold &= holds;
        match holds {
            true => println!("  ok     {claim}"),
            false => println!("  WRONG  {claim}\n         {hint}"),
        }
    }

    fn audit(&mut self, counts: &[usize]) {
        let orders = self.with.orders.len();
        self.claim(
            counts.iter().all(|count| *count == orders),
            &format!(
                "the audit counted {orders} orders by name, handle and composition, under one \
                 protection and two, in tasks and on a thread"
            ),
            &format!("[protection.audit]: {counts:?}"),
        );
    }

    /// Each charge asks the rate limit first, so that this counts them all.
    fn metrics(&mut self, charges: u64) {
        let layers = self.infra.status("charge_card").unwrap_or_default();
        let limit = layers.iter().find(|layer| layer.layer.component() == Component::RateLimiter);
        let asked = limit.map_or(0, |limit| {
            ["admitted", "refused"].iter().filter_map(|name| limit.reading(name)).sum()
        });
        self.claim(
            charges == asked,
            &format!("the metrics have the outcome of each of {charges} charges, once"),
            &format!("the rate limit was asked {asked} times"),
        );
    }

    fn counters(&mut self) {
        for status in self.infra.components() {
            let claim = match status.layer.component() {
                Component::CircuitBreaker => {
                    let [admitted, worked, failed, late] =
                        ["admitted", Verdict::Success.as_str(), Verdict::Failure.as_str(), "late"]
                            .map(|name| status.reading(name).unwrap_or(0));
                    format!(
                        "let {admitted} calls through: {worked} worked, {failed} failed, {late} \
                         ended too late to count"
                    )
                }
                Component::Bulkhead => "has all its permits back".to_owned(),
                Component::ConnectionPool => "has all its connections back".to_owned(),
                _ => continue,
            };
            let hint = format!("{:?}", status.readings);
            self.claim(is_at_rest(&status), &format!("{} {claim}", status.layer), &hint);
        }
    }
}
