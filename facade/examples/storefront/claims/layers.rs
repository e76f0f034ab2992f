use std::time::Duration;

use seawall::Component;

use super::Claims;
use crate::journal::Sample;
use crate::phase::Phase;
use crate::summary::served_slowly;

/// Claims about what each layer did.
impl Claims<'_> {
    pub(super) fn rate_limit(&mut self) {
        let limited = |s: &Sample| s.is_refused_by(Component::RateLimiter);
        let all = self.with.count(limited);
        let greedy = self.with.count(|s| limited(s) && s.order.is_greedy());
        self.claim(
            greedy > 0 && greedy * 10 >= all * 9,
            &format!(
                "the rate limit held back the greedy customer ({greedy} of its {all} refusals)"
            ),
            "[rate_limit.per_customer]: the greedy customer sends 20 orders a second, others 3",
        );
    }

    pub(super) fn bulkhead(&mut self) {
        let components = self.infra.components();
        let limit = components.iter().find_map(|status| status.reading("max_concurrent"));
        let (limit, max) = (limit.unwrap_or(0), self.with.max_charges);
        let without = self.without.max_charges;
        self.claim(
            max as u64 <= limit,
            &format!(
                "at most {max} charges ran at once, as the bulkhead says (without: {without})"
            ),
            &format!("the limit is {limit}: is there a bulkhead in [protection.charge_card]?"),
        );
        let [with, without] = [self.with, self.without].map(served_slowly);
        self.claim(
            with >= without,
            &format!("so a slow payment service still served {with} orders (without: {without})"),
            "[bulkhead.payments] `max_concurrent`: if it is too small the payment service idles, if \
             it is too large orders queue there",
        );
    }

    pub(super) fn breaker(&mut self) {
        let refused = |phase| {
            let by_breaker = |s: &Sample| s.is_refused_by(Component::CircuitBreaker);
            self.with.count(|s| s.phase() == phase && by_breaker(s))
        };
        let [healthy, failing, killed] =
            [Phase::Healthy, Phase::Failing, Phase::Killed].map(refused);
        self.claim(
            healthy == 0,
            "the circuit stayed closed while all was well",
            "[breaker.payments] `failures`, or [protection.charge_card] `timeout`: too strict",
        );
        for (refused, payments) in [(failing, "failed"), (killed, "were gone")] {
            self.claim(
                refused > 0,
                &format!("the circuit was open while payments {payments} ({refused} refusals)"),
                "[breaker.payments] `failures` in `window`: about 25 charges a second fail",
            );
        }
    }

    pub(super) fn recovery(&mut self) {
        let last = self.telemetry.changes_since(0).pop();
        self.claim(
            last.is_some_and(|last| last.change.to == "closed"),
            "a probe closed the circuit when payments were back",
            "[breaker.payments] `reset_after`: the run ends six seconds after the restart",
        );
        let in_the_end = Duration::from_secs(Phase::all_seconds() - 3);
        let ordinary = |s: &Sample| s.arrival >= in_the_end && !s.order.is_greedy();
        let came = self.with.count(ordinary);
        let served = self.with.count(|s| ordinary(s) && s.is_served());
        self.claim(
            served * 10 >= came * 8,
            &format!(
                "then all was as before: {served} of the last {came} ordinary orders were served"
            ),
            "the last lines of the table show which layer refused them",
        );
    }
}
