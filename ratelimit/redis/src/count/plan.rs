use std::time::Duration;

use seawall_core::Tick;
use seawall_store::Random;
use seawall_store::tokens::{Lease, Rate};

use super::state::{Stage, State};
use super::trim::Trim;
use super::{Count, Outcome, Wakes, Which};
use crate::Away;
use crate::link::{self, Link};

/// What the background work is to do for a key next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Send this request.
    Send(Box<Sent>),
    /// Look again at this time.
    At(Tick),
    Idle,
}

/// A request that is under way.
#[derive(Debug)]
pub(crate) struct Sent {
    /// When it was sent.
    pub(crate) at: Tick,
    /// When it is given up.
    pub(crate) until: Tick,
    pub(super) purpose: Purpose,
    pub(super) own: f64,
    pub(super) demand: u64,
    pub(super) debit: u64,
    /// The last call that waited then.
    pub(super) last_waiter: u64,
    /// The request itself.
    pub(crate) lease: Lease,
    /// Whether it is about the instance's share.
    pub(super) confirms: bool,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Tokens for the time of a lease.
    Lease,
    /// Exactly the tokens of the calls that wait.
    Direct,
    /// Nothing: it tells the store something.
    Tell,
    /// All tokens, to throw them away.
    Exhaust,
}

/// What a request asks for, and gives back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) purpose: Purpose,
    pub(super) want: u64,
    pub(super) least: u64,
    pub(super) surplus: u64,
}

impl Ask {
    pub(super) const fn new(purpose: Purpose) -> Self {
        Self { purpose, want: 0, least: 0, surplus: 0 }
    }
}

impl Count {
    /// Returns what is to be done for the key at `now`, by the background work. While a request is under way,
    /// nothing is: its answer has the key looked at again.
    pub(crate) fn plan(&self, now: Tick, link: &Link, random: &mut Random) -> (Step, Wakes) {
        let mut state = self.lock();
        if state.stage == Stage::Sent {
            return (Step::Idle, Wakes(Vec::new()));
        }
        state.stage = Stage::Idle;
        self.collect(&mut state, now);
        let mut wakes = state.serve(now, link);
        let step = self.step(&mut state, now, link, random, &mut wakes);
        if matches!(step, Step::Send(_)) {
            state.stage = Stage::Sent;
        }
        self.put(&mut state, link);
        (step, wakes)
    }

    fn step(
        &self,
        state: &mut State,
        now: Tick,
        link: &Link,
        random: &mut Random,
        wakes: &mut Wakes,
    ) -> Step {
        let Some(rate) = state.terms.rate else {
            wakes.0.extend(state.waiters.decide(|_, _| Some(Outcome::Blocked)));
            return Step::Idle;
        };
        let burst = state.terms.burst();
        let costly = |cost, _| (cost > burst).then_some(Outcome::TooCostly);
        wakes.0.extend(state.waiters.decide(costly));
        state.draw_start(&rate, link, random);
        if now < state.not_before {
            let until = state.not_before;
            wakes.0.extend(state.refuse_impatient(Outcome::Away));
            return if state.wants_something() { Step::At(until) } else { Step::Idle };
        }
        let shares = self.shares(state);
        let due = if shares { link.share_due() } else { None };
        let first = shares && state.demand > 0 && link.has_no_share();
        if first || due.is_some_and(|at| at <= now) {
            return self.send(state, now, link, random, Ask::new(Purpose::Tell));
        }
        if state.exhaust {
            let ask = Ask { want: burst.into(), ..Ask::new(Purpose::Exhaust) };
            return self.send(state, now, link, random, ask);
        }
        if let Some(least) = state.waiters.first() {
            if let Some(until) = self.denied(least, now) {
                return Step::At(until);
            }
            let (cost, own) = (state.waiters.cost(), state.own(now));
            let large = least > 1 && f64::from(least) > own / 2.0;
            let purpose = match large || state.terms.is_direct(link.round_trip()) {
                true => Purpose::Direct,
                false => Purpose::Lease,
            };
            let missing = cost.saturating_sub(state.leases.held());
            let want = match purpose {
                Purpose::Direct => missing,
                _ => missing.max(state.expected(now)),
            };
            let least = u64::from(least).saturating_sub(state.leases.held());
            if purpose == Purpose::Lease {
                let mut ready = state.pace.next(rate.life());
                if ready > now {
                    if state.in_store(now) < cost {
                        ready = ready.max(now + link::interval(rate.per_second()));
                    }
                    self.deny(ready, 1, Duration::ZERO);
                    wakes.0.extend(self.refuse_denied(state, now));
                    return Step::At(ready);
                }
            }
            return self.send(state, now, link, random, Ask { want, least, ..Ask::new(purpose) });
        }
        if std::mem::take(&mut state.renew) && self.denied(1, now).is_none() {
            let want = state.expected(now);
            if want > 0 {
                let ready = state.pace.next(rate.life());
                if ready > now {
                    state.renew = true;
                    return Step::At(ready);
                }
                let ask = Ask { want, ..Ask::new(Purpose::Lease) };
                return self.send(state, now, link, random, ask);
            }
        }
        if state.debit > 0 {
            return self.send(state, now, link, random, Ask::new(Purpose::Tell));
        }
        match self.trim(state, now, link, &rate) {
            Trim::Send(ask) => self.send(state, now, link, random, ask),
            Trim::At(at) => Step::At(due.map_or(at, |due| at.min(due))),
            Trim::Nothing => due.map_or(Step::Idle, Step::At),
        }
    }

    /// Returns true if instances use a share of the rate while the store is away, which it assigns.
    pub(super) fn shares(&self, state: &State) -> bool {
        state.terms.away == Away::LocalShare && self.which == Which::Unkeyed
    }

    fn send(
        &self,
        state: &mut State,
        now: Tick,
        link: &Link,
        random: &mut Random,
        Ask { purpose, want, least, surplus }: Ask,
    ) -> Step {
        let Some(rate) = state.terms.rate else { return Step::Idle };
        let until = now + link.timeout();
        let is_of_all = matches!(purpose, Purpose::Direct | Purpose::Exhaust);
        let (own, demand) = (state.own(now), state.demand);
        let mut lease = Lease::new(rate);
        lease.want = want.min(rate.burst());
        lease.least = least.min(lease.want);
        if !is_of_all {
            (lease.own, lease.demand) = (own, demand);
        }
        lease.random = random.part();
        lease.deadline = link.store_time(until);
        lease.debit = state.debit;
        lease.shares = self.shares(state);
        // Where each call asks for its own tokens, they are of use to no other call; and what a call took
        // that has not started is not spent.
        let (waiters, direct) = (&state.waiters, state.terms.is_direct(link.round_trip()));
        let is_spent = |number| !direct && !waiters.has_taken(number);
        lease.reports = state.leases.report(surplus, is_spent);
        if purpose != Purpose::Direct {
            state.pace.sent(now, rate.life());
        }
        let has_demand = demand > 0 || link.share_due().is_some();
        let confirms = lease.shares && !is_of_all && has_demand;
        if confirms {
            // Not nothing, which would ask for all there is.
            lease.own = lease.own.max(1e-9);
            lease.held = link.give_up_share(now, until);
            lease.member = link.member;
        }
        Step::Send(Box::new(Sent {
            at: now,
            until,
            purpose,
            own,
            demand,
            debit: lease.debit,
            last_waiter: state.waiters.last(),
            lease,
            confirms,
        }))
    }
}

impl State {
    /// After the store was away, draws a time within a life before which the key asks for nothing, so that
    /// not all instances ask at once.
    fn draw_start(&mut self, rate: &Rate, link: &Link, random: &mut Random) {
        let Some(recovery) = link.recovery().filter(|r| r.at > self.recovered_at) else { return };
        self.recovered_at = recovery.at;
        let most: Duration = rate.life().min(recovery.outage);
        self.not_before = recovery.at + most.mul_f64(random.part());
    }

    pub(super) fn wants_something(&self) -> bool {
        self.waiters.is_waiting() || self.renew || self.debit > 0 || self.exhaust
    }

    /// Decides about the calls that wait only for the store.
    pub(super) fn refuse_impatient(&mut self, outcome: Outcome) -> Vec<std::task::Waker> {
        self.waiters.decide(|_, patience| patience.is_none().then_some(outcome))
    }
}
