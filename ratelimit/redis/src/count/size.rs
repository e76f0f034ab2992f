use seawall_core::Tick;
use seawall_store::tokens::Rate;

use super::state::{MANY, State};

/// The part of a life's expected demand that is asked for, where tokens are scarce or demand is uneven.
pub(super) const CAUTIOUS: f64 = 0.5;
/// The same otherwise.
const USUAL: f64 = 0.9;
/// How many times the average a request may assume of demand that begins: the first calls say little.
const STEEPEST: f64 = 8.0;
/// The part of an earlier peak that demand which begins again is expected to reach.
const RESUMED: f64 = 0.2;
/// The number of lives after which a peak is forgotten.
const REMEMBERED: f64 = 12.0;

impl State {
    /// Returns the tokens to ask for beyond those held: expected demand over a life, less the more
    /// uncertain it is.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of tokens"
    )]
    pub(super) fn expected(&self, now: Tick) -> u64 {
        let (own, Some(rate)) = (self.own(now), self.terms.rate) else { return 0 };
        let life = rate.life().as_secs_f64();
        let passed = now.since(self.own_at).as_secs_f64().max(1e-9) / life;
        let mut demand = own.max(self.peak(now, &rate) * RESUMED);
        if self.demand >= 2 && passed < 1.0 {
            demand = demand.max((self.demand as f64 / passed).min(own * STEEPEST));
        }
        let part = if self.fill < 0.5 || own < MANY { CAUTIOUS } else { USUAL };
        // Of few tokens one more, or each call would need a request of its own.
        let want = if demand < MANY { (demand * part).ceil() + 1.0 } else { demand * part };
        (want as u64).saturating_sub(self.leases.usable(now, own / life))
    }

    /// Returns the largest average of demand not long ago, less what has been forgotten of it.
    fn peak(&self, now: Tick, rate: &Rate) -> f64 {
        let (peak, at) = self.peak;
        let passed = now.since(at).as_secs_f64() / rate.life().as_secs_f64();
        peak * (1.0 - passed / REMEMBERED).max(0.0)
    }

    /// Keeps `own`, the average of demand at `at`, if it is the largest not long ago.
    pub(super) fn note_peak(&mut self, own: f64, at: Tick, rate: &Rate) {
        if own >= self.peak(at, rate) {
            self.peak = (own, at);
        }
    }
}
