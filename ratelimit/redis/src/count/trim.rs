use seawall_core::Tick;
use seawall_store::tokens::Rate;

use super::Count;
use super::plan::{Ask, Purpose};
use super::size::CAUTIOUS;
use super::state::{MANY, State};
use crate::link::{Link, nanos};

/// How often leases are looked at for tokens that will be left over, in lives.
const LOOK: f64 = 0.25;
/// As many expected calls tell whether demand has changed.
const TELLING: f64 = 8.0;
/// Fewer tokens are not worth a request: a part of demand over a life, and of those held.
const WORTH: (f64, u64) = (0.0625, 4);

/// What comes of a look at the leases.
pub(super) enum Trim {
    Send(Ask),
    /// Look again at this time.
    At(Tick),
    Nothing,
}

impl Count {
    /// Looks whether the leases have tokens that others could use before they end.
    pub(super) fn trim(&self, state: &mut State, now: Tick, link: &Link, rate: &Rate) -> Trim {
        let Some(at) = state.trim_at else { return Trim::Nothing };
        if at > now {
            return Trim::At(at);
        }
        state.trim_at = None;
        let held = state.leases.held();
        let Some(end) = state.leases.end() else { return Trim::Nothing };
        if state.terms.is_direct(link.round_trip()) {
            return Trim::Send(Ask { surplus: held, ..Ask::new(Purpose::Tell) });
        }
        let last = last_look(end, link);
        let (surplus, want) = match now >= last && state.own(now) < MANY {
            // All of it: few calls may come while the store is asked for the next lease.
            true => (held, state.next_lease(now)),
            false => (state.surplus(now, end, rate), 0),
        };
        let ready = state.pace.next(rate.life());
        if surplus == 0 || ready <= now {
            state.looked = (state.asked, now);
        }
        if now < last {
            let next = state.next_look(now, last, rate);
            state.trim_at = Some(if surplus > 0 { next.max(ready).min(last) } else { next });
        }
        if surplus > 0 && ready <= now {
            let purpose = if want > 0 { Purpose::Lease } else { Purpose::Tell };
            return Trim::Send(Ask { want, surplus, ..Ask::new(purpose) });
        }
        state.trim_at.map_or(Trim::Nothing, Trim::At)
    }
}

/// Returns when leases that end at `end` are looked at last: while there is time to return tokens.
fn last_look(end: Tick, link: &Link) -> Tick {
    Tick::from_nanos(end.as_nanos().saturating_sub(nanos(3 * link.round_trip())))
}

impl State {
    /// Has the leases looked at for tokens that are left over, after one that ends at `end` was granted.
    pub(super) fn begin_trims(&mut self, now: Tick, end: Tick, link: &Link, rate: &Rate) {
        self.looked = (self.asked, now);
        self.trim_at = Some(self.next_look(now, last_look(end, link), rate));
    }

    fn next_look(&self, now: Tick, last: Tick, rate: &Rate) -> Tick {
        if self.own < MANY { last } else { (now + rate.life().mul_f64(LOOK)).min(last) }
    }

    /// Returns the tokens to ask for in place of those that are given back.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of tokens"
    )]
    fn next_lease(&self, now: Tick) -> u64 {
        let own = self.own(now);
        if own < 1.0 { 0 } else { (own * CAUTIOUS).ceil() as u64 }
    }

    /// Returns the tokens that will be left over when the last lease ends.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of tokens"
    )]
    fn surplus(&self, now: Tick, end: Tick, rate: &Rate) -> u64 {
        let lives = |time: std::time::Duration| time.as_secs_f64() / rate.life().as_secs_f64();
        let (own, passed) = (self.own(now), lives(now.since(self.looked.1)));
        let (seen, due) = ((self.asked - self.looked.0) as f64, own * passed);
        let mut demand = own;
        if seen.max(due) >= TELLING && (seen > due || seen < due / 2.0) {
            demand = (seen + 2.0) / passed;
        }
        let used = (demand * lives(end.since(now)) * 1.1).ceil() as u64 + 1;
        let held = self.leases.held();
        let surplus = held.saturating_sub(used);
        let is_worth_it = surplus * WORTH.1 >= held && surplus as f64 >= own * WORTH.0;
        if is_worth_it { surplus } else { 0 }
    }
}
