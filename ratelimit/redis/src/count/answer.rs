use std::time::Duration;

use seawall_core::Tick;
use seawall_store::Random;
use seawall_store::tokens::{LeaseReply, Rate};

use super::ask::{DENIED_FOR, part};
use super::plan::{Purpose, Sent};
use super::state::{Stage, State};
use super::{Count, Outcome, Wakes};
use crate::link::Link;
use crate::sync::Ordering;

/// After as many answers in a row that came too late, calls are refused.
const MOST_STALE: u32 = 3;

impl Count {
    /// Takes what the store answered at `now`. The background work plans again then.
    pub(crate) fn answered(
        &self,
        sent: &Sent,
        reply: &LeaseReply,
        now: Tick,
        link: &Link,
        random: &mut Random,
    ) -> Wakes {
        let mut state = self.lock();
        state.stage = Stage::Idle;
        self.collect(&mut state, now);
        let mut wakes = Wakes(Vec::new());
        if reply.stale {
            state.stale += 1;
            if state.stale >= MOST_STALE {
                wakes.0 = state.refuse_impatient(Outcome::Away);
            }
            self.put(&mut state, link);
            return wakes;
        }
        state.settle(sent, reply, now);
        if sent.confirms {
            link.confirm_share(sent.at, reply.share);
        }
        let Some(rate) = state.terms.rate else {
            wakes.0 = state.waiters.decide(|_, _| Some(Outcome::Blocked));
            return wakes;
        };
        let tokens = reply.granted.map_or(0, |granted| granted.tokens);
        if sent.purpose == Purpose::Exhaust {
            state.exhaust = false;
        } else if let Some(granted) = reply.granted {
            let end = sent.at + sent.lease.rate.life();
            let tokens = u32::try_from(granted.tokens).unwrap_or(u32::MAX);
            if end > now {
                state.leases.add(tokens, end, granted.window);
            } else if state.terms.is_direct(link.round_trip()) {
                // The store has decided about the calls that waited then: these may start even now.
                state.leases.add(tokens, end, granted.window);
                let until = now + link.patience();
                wakes.0 = state.serve_until(sent.last_waiter, until);
                state.leases.forget_ended(now);
            }
            if reply.fill < 0.5 && sent.purpose == Purpose::Lease {
                state.begin_trims(now, end, link, &rate);
            }
        }
        wakes.0.extend(state.serve(now, link).0);
        if sent.lease.want > 0 {
            self.note_denial(&state, sent, reply, tokens, now, random);
            wakes.0.extend(self.refuse_denied(&mut state, now));
        }
        self.put(&mut state, link);
        wakes
    }

    /// Keeps in mind for how long the store has no more.
    fn note_denial(
        &self,
        state: &State,
        sent: &Sent,
        reply: &LeaseReply,
        tokens: u64,
        now: Tick,
        random: &mut Random,
    ) {
        let Some(rate) = &state.terms.rate else { return };
        if tokens >= sent.lease.want && sent.purpose != Purpose::Exhaust {
            return self.allow();
        }
        let life = rate.life();
        let about = |share: f64, random: &mut Random| part(life, share * random.between(0.9, 1.1));
        let each = match sent.purpose {
            Purpose::Direct => rate_time(rate),
            _ => Duration::ZERO,
        };
        let (wait, cost) = match sent.purpose {
            // Exact, since nothing is kept here.
            Purpose::Direct if tokens == 0 => (reply.retry_after, sent.lease.least.max(1)),
            Purpose::Direct => (rate_time(rate), 1),
            // The store counts from the next microsecond.
            Purpose::Exhaust => {
                (reply.retry_after.max(rate_time(rate) + Duration::from_micros(1)), 1)
            }
            _ if tokens == 0 => {
                let least = sent.lease.least.max(1);
                (reply.retry_after.max(about(DENIED_FOR, random)), least)
            }
            // Others have a larger share of the demand: the store has more soon.
            _ if reply.fill > 0.05 => (about(SHARE_FOR, random), 1),
            _ => (about(RUN_OUT_FOR, random), 1),
        };
        let until = match sent.purpose {
            Purpose::Direct => now + wait,
            // Earlier no request would be sent.
            _ => state.pace.next(life).max(now + wait),
        };
        self.deny(until, cost, each);
    }

    /// Refuses the calls that the store has no tokens for in time.
    pub(super) fn refuse_denied(&self, state: &mut State, now: Tick) -> Vec<std::task::Waker> {
        let Some(until) = self.denied_to_all(now) else { return Vec::new() };
        let mut others_wait = false;
        state.waiters.decide(|cost, patience| {
            let denied = self.denied(cost, now).or(others_wait.then_some(until));
            if let Some(until) = denied
                && patience.is_none_or(|patience| patience < until)
            {
                return Some(Outcome::Denied(until));
            }
            others_wait |= patience.is_some();
            None
        })
    }

    /// Notes that a request was not answered, or that the store is away. Calls that wait only for the store
    /// are decided without it.
    pub(crate) fn failed(&self) -> Wakes {
        let mut state = self.lock();
        state.stage = Stage::Idle;
        Wakes(state.refuse_impatient(Outcome::Away))
    }

    /// Has the background work look at the key again, if it is not to be told anyway. Returns false if there
    /// is nothing to do for it.
    pub(crate) fn requeue(&self, link: &Link) -> bool {
        let mut state = self.lock();
        state.renew |= self.is_low.swap(0, Ordering::AcqRel) != 0;
        let has_share = self.shares(&state) && link.share_due().is_some();
        (has_share || state.wants_something() || state.trim_at.is_some()) && state.enqueue()
    }

    /// Keeps the key until the store answers. Returns false if there is nothing to do for it then.
    pub(crate) fn park(&self) -> (bool, Wakes) {
        let mut state = self.lock();
        state.renew |= self.is_low.swap(0, Ordering::AcqRel) != 0;
        let wakes = Wakes(state.refuse_impatient(Outcome::Away));
        let waits = state.wants_something();
        if !waits {
            state.stage = Stage::Idle;
        }
        (waits, wakes)
    }

    /// Notes that the store has something else under the key: it is not asked again for a while.
    pub(crate) fn garbled(&self, now: Tick) -> Wakes {
        self.deny(now + GARBLED_FOR, 1, Duration::ZERO);
        self.failed()
    }
}

/// After a grant of a part of what was asked for: the time until the next request, in lives. The store keeps
/// meanwhile what flows in. When only this instance's share was granted, when the store has no more.
const SHARE_FOR: f64 = 0.15;
const RUN_OUT_FOR: f64 = 0.45;

/// The time for which a key is not asked for whose state in the store cannot be read.
const GARBLED_FOR: Duration = Duration::from_secs(1);

/// Returns the time in which a token flows in.
fn rate_time(rate: &Rate) -> Duration {
    crate::link::interval(rate.per_second())
}

impl State {
    /// Notes what an answered request has told the store, and what is left there.
    fn settle(&mut self, sent: &Sent, reply: &LeaseReply, now: Tick) {
        self.stale = 0;
        self.note_peak(sent.own, sent.at, &sent.lease.rate);
        (self.own, self.own_at) = (sent.own, sent.at);
        self.demand = self.demand.saturating_sub(sent.demand);
        self.debit = self.debit.saturating_sub(sent.debit);
        (self.fill, self.filled_at) = (reply.fill, now);
    }
}
