use std::time::Duration;

use seawall_core::Tick;

use super::Wakes;
use super::waiters::Waiters;
use crate::leased::Renew;
use crate::leases::Leases;
use crate::link::Link;
use crate::pace::Pace;
use crate::terms::Terms;

/// What is known of a key, under its lock.
#[derive(Debug)]
pub(super) struct State {
    pub(super) terms: Terms,
    pub(super) leases: Leases,
    pub(super) waiters: Waiters,
    /// The average of demand, as of the last request that was answered.
    pub(super) own: f64,
    pub(super) own_at: Tick,
    /// The tokens that calls asked for since then.
    pub(super) demand: u64,
    /// The tokens that were used without the store.
    pub(super) debit: u64,
    /// What was left in the store, from 0 to 1, and when.
    pub(super) fill: f64,
    pub(super) filled_at: Tick,
    pub(super) stage: Stage,
    /// A call has found that more tokens are needed.
    pub(super) renew: bool,
    /// All tokens in the store are to be taken.
    pub(super) exhaust: bool,
    /// The tokens that calls asked for, ever.
    pub(super) asked: u64,
    /// The same when it was last looked whether tokens are left over, and when that was.
    pub(super) looked: (u64, Tick),
    /// When the next request may be sent.
    pub(super) pace: Pace,
    /// The largest average of demand not long ago, and when that was.
    pub(super) peak: (f64, Tick),
    /// When it is to be looked whether tokens are left over.
    pub(super) trim_at: Option<Tick>,
    /// After the store was away: until when the key asks for nothing.
    pub(super) not_before: Tick,
    /// The recovery of the store that `not_before` was drawn for.
    pub(super) recovered_at: Tick,
    /// When the next token of the key's share is there, while the store is away.
    pub(super) share_at: Tick,
    /// When a call last asked for tokens that were not here.
    pub(super) asked_at: Tick,
    /// The number of answers in a row that came too late for the store's clock.
    pub(super) stale: u32,
}

/// Where the request of a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Idle,
    /// The background work has been told.
    Queued,
    Sent,
}

impl State {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            terms,
            leases: Leases::default(),
            waiters: Waiters::default(),
            own: 0.0,
            own_at: Tick::ZERO,
            demand: 0,
            asked: 0,
            looked: (0, Tick::ZERO),
            pace: Pace::default(),
            peak: (0.0, Tick::ZERO),
            debit: 0,
            fill: 1.0,
            filled_at: Tick::ZERO,
            stage: Stage::Idle,
            renew: false,
            exhaust: false,
            trim_at: None,
            not_before: Tick::ZERO,
            recovered_at: Tick::ZERO,
            share_at: Tick::ZERO,
            asked_at: Tick::ZERO,
            stale: 0,
        }
    }

    /// Counts tokens that calls asked for.
    pub(super) fn add_demand(&mut self, tokens: u64) {
        self.demand += tokens;
        self.asked += tokens;
    }

    /// Returns true if the background work has to be told, and will be.
    pub(super) fn enqueue(&mut self) -> bool {
        let is_first = self.stage == Stage::Idle;
        if is_first {
            self.stage = Stage::Queued;
        }
        is_first
    }

    /// Returns true if no call waits and no request is under way or due.
    pub(super) fn is_quiet(&self) -> bool {
        self.waiters.is_empty() && self.stage == Stage::Idle && self.debit == 0
    }

    /// Has calls that wait take what there is. Where each call asks for its own tokens, the store has decided
    /// about it, and counts it from then on: it may start for as long as calls wait for the store.
    pub(super) fn serve(&mut self, now: Tick, link: &Link) -> Wakes {
        let is_direct = self.terms.is_direct(link.round_trip());
        let end = if is_direct { now + link.patience() } else { Tick::ZERO };
        Wakes(self.serve_until(u64::MAX, end))
    }

    /// Does so for calls that joined until the waiter `last`, which may start until `end` at least.
    pub(super) fn serve_until(&mut self, last: u64, end: Tick) -> Vec<std::task::Waker> {
        self.waiters.serve(&mut self.leases, last, end)
    }

    /// Returns the average of demand at `now`, as the store counts it.
    pub(super) fn own(&self, now: Tick) -> f64 {
        let Some(rate) = self.terms.rate else { return 0.0 };
        let passed = now.since(self.own_at).as_secs_f64() / rate.life().as_secs_f64();
        self.own * (1.0 - passed).max(0.0) + self.demand as f64
    }

    /// Returns the tokens that are likely in the store at `now`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of the burst"
    )]
    pub(super) fn in_store(&self, now: Tick) -> u64 {
        let Some(rate) = self.terms.rate else { return 0 };
        let burst = rate.burst() as f64;
        let there = self.fill * burst + rate.tokens_in(now.since(self.filled_at));
        // A millionth for what the fraction lost.
        (there + 1e-6).min(burst) as u64
    }

    /// Returns when calls are to ask for the next lease, by the end of this one: when two round trips of
    /// demand are left, or three round trips before it ends.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of tokens"
    )]
    pub(super) fn renewal(&self, link: &Link) -> impl FnOnce(Tick) -> Renew + use<> {
        let (idle, round_trip) = (self.stage == Stage::Idle && !self.renew, link.round_trip());
        let life = self.terms.rate.map_or(Duration::MAX, |rate| rate.life());
        let direct = self.terms.is_direct(round_trip);
        let expected = self.own * (2 * round_trip).as_secs_f64() / life.as_secs_f64();
        let below = expected.ceil() as u64 + u64::from(self.own >= MANY);
        move |end: Tick| {
            if !idle || direct {
                return Renew::NEVER;
            }
            let early =
                Tick::from_nanos(end.as_nanos().saturating_sub(crate::link::nanos(3 * round_trip)));
            Renew { below, at: early }
        }
    }
}

/// Fewer tokens a life come so unevenly that the average says little.
pub(super) const MANY: f64 = 16.0;
