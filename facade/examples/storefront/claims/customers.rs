use std::collections::BTreeSet;

use seawall::Component;

use super::Claims;
use crate::journal::{Answer, Sample};
use crate::summary::outage;

/// Claims about what customers saw.
impl Claims<'_> {
    pub(super) fn customers(&mut self) {
        let (with, without) = (self.with, self.without);
        let told = |s: &Sample| matches!(s.answer, Answer::Refused { told_when: true, .. });
        let hinting = [Component::RateLimiter, Component::CircuitBreaker];
        let silent = with.count(|s| hinting.iter().any(|by| s.is_refused_by(*by)) && !told(s));
        self.claim(
            silent == 0,
            "each refusal by the rate limit or the circuit breaker said when to come back",
            &format!("{silent} answers lack a `Retry-After`"),
        );
        let counted = self.telemetry.refusals();
        let seen = with.count(Sample::is_refused);
        let unseen = with.count(Sample::is_failed);
        self.claim(
            (seen..=seen + unseen).contains(&counted),
            &format!("telemetry counted {counted} refusals, and customers saw {seen}"),
            "the numbers differ by customers that stopped waiting only",
        );
        self.claim(
            outage(with, 99) < outage(without, 99),
            "in the outage, customers had their answer sooner than without",
            "[bulkhead.payments] `max_wait` and [protection.charge_card] `timeout`",
        );
        self.claim(
            with.sent_when_sick * 2 < without.sent_when_sick,
            "the sick payment service got less than half the calls",
            "[breaker.payments] and [bulkhead.payments] let nearly everything through",
        );
    }

    pub(super) fn orders(&mut self) {
        let with = self.with;
        let number = |sample: &Sample| match sample.answer {
            Answer::Placed(number) => Some(number),
            _ => None,
        };
        let confirmed: BTreeSet<i64> = with.samples.iter().filter_map(number).collect();
        // An order that was cut may be in the database or not.
        let (in_database, cut) = (with.orders.len(), with.count(Sample::is_failed));
        self.claim(
            confirmed.len() == with.count(Sample::is_placed)
                && confirmed.is_subset(&with.orders)
                && in_database <= confirmed.len() + cut,
            &format!(
                "{in_database} orders are in the database, {} were confirmed",
                confirmed.len()
            ),
            "an order was lost, or it was not confirmed",
        );
        let charged = with.charged;
        self.claim(
            (in_database as u64..=(in_database + cut) as u64).contains(&charged),
            &format!("{charged} cards were charged for {in_database} orders"),
            "[pool.orders] `checkout_timeout` and [protection.place_order] `deadline`",
        );
    }
}
