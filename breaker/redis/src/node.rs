use std::time::Duration;

use seawall_breaker::{Advice, Advised, Origin, State};
use seawall_core::Tick;
use seawall_store::circuit::{Answer, ClusterView, Exchange, Phase, Probe};

use crate::SharedOptions;
use crate::recent::{Calls, Recent};

/// What this instance knows of the others, and what it does about it. It sends nothing and reads no clock.
#[derive(Debug)]
pub(crate) struct Node {
    options: SharedOptions,
    id: u64,
    /// The number of the last request.
    number: u64,
    recent: Recent,
    /// What the circuit had counted at the last exchange.
    counted: Option<Advised>,
    /// When calls were last refused.
    refused: Option<Tick>,
    /// What the last answer said, if the store is in contact.
    view: Option<ClusterView>,
    /// The period of the last view, which calls are counted in.
    period: u64,
    /// The period whose opening the circuit has followed. It does so once: manual control may have ended it.
    followed: Option<u64>,
    /// The generation that opened on the advice of others, not by the circuit's own rules.
    advised: Option<u64>,
    lease: Option<Lease>,
    /// The store's clock in microseconds, and a time of ours that is not later.
    store_time: Option<(u64, Tick)>,
}

/// This instance's lease to probe.
#[derive(Clone, Copy, Debug)]
struct Lease {
    fence: u64,
    since: Tick,
    /// The generation that the circuit was in then; `None` if it could not be probed.
    generation: Option<u64>,
}

/// The longest time between probes that is shared.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

impl Node {
    pub(crate) const fn new(options: SharedOptions, id: u64) -> Self {
        Self {
            options,
            id,
            number: 0,
            recent: Recent::new(),
            counted: None,
            refused: None,
            view: None,
            period: 0,
            followed: None,
            advised: None,
            lease: None,
            store_time: None,
        }
    }

    /// Goes on under other options.
    pub(crate) fn reconfigure(&mut self, options: &SharedOptions) {
        if self.options != *options {
            self.options = options.clone();
        }
    }

    /// Returns what instances share, if the store is in contact.
    pub(crate) const fn view(&self) -> Option<ClusterView> {
        self.view
    }

    /// Returns the next request.
    pub(crate) fn ask(&mut self, advice: Advice<'_>, now: Tick) -> Exchange {
        let circuit = advice.read();
        self.count(circuit, now);
        self.number += 1;
        let Calls { succeeded, failed } = self.recent.sum();
        let is_open = matches!(circuit.state, State::Open | State::HalfOpen);
        let is_own = circuit.origin != Origin::Manual && self.advised != Some(circuit.generation);
        let failed_probes = match self.view {
            Some(view) if view.phase == Phase::Open => view.failed_probes.saturating_add(1),
            _ => 0,
        };
        Exchange {
            terms: self.options.terms(),
            wait: advice.wait_after(failed_probes).min(LONGEST_WAIT),
            node: self.id,
            number: self.number,
            period: self.period,
            succeeded,
            failed,
            is_open: is_open && is_own,
            probe: self.probe(circuit, now),
            deadline: self.deadline(now),
        }
    }

    /// Counts the calls since the last exchange.
    fn count(&mut self, circuit: Advised, now: Tick) {
        let before = self.counted.replace(circuit).unwrap_or(circuit);
        let calls = Calls {
            succeeded: circuit.succeeded.saturating_sub(before.succeeded),
            failed: circuit.failed.saturating_sub(before.failed),
        };
        self.recent.add(calls, now, self.options.view_window);
        if circuit.refused > before.refused {
            self.refused = Some(now);
        }
    }

    /// Returns what the instance says about the probe.
    fn probe(&self, circuit: Advised, now: Tick) -> Probe {
        let Some(lease) = self.lease else {
            // Without calls there is nothing to probe with.
            let has_calls = self.refused.is_some_and(|at| now.since(at) < self.options.view_window);
            let wants = self.is_shared_open() && circuit.state == State::Open && has_calls;
            return if wants { Probe::Wanted } else { Probe::None };
        };
        let fence = lease.fence;
        let has_moved = lease.generation != Some(circuit.generation);
        match circuit.state {
            _ if lease.generation.is_none() => Probe::GivenUp(fence),
            // Manual control concerns this instance alone.
            State::Closed | State::Recovering if circuit.origin == Origin::Probes => {
                Probe::Succeeded(fence)
            }
            State::Open if has_moved && circuit.origin != Origin::Manual => Probe::Failed(fence),
            // A probe that does not end keeps no other instance from probing.
            State::HalfOpen if now < circuit.overdue_at => Probe::Running(fence),
            // No call has come to be the probe.
            State::Open if !has_moved && now.since(lease.since) < self.options.probe_lease => {
                Probe::Running(fence)
            }
            _ => Probe::GivenUp(fence),
        }
    }

    fn is_shared_open(&self) -> bool {
        self.view.is_some_and(|view| view.phase == Phase::Open)
    }

    /// Returns the store's time after which the caller no longer waits for the answer.
    fn deadline(&self, now: Tick) -> u64 {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX / 4);
        self.store_time.map_or(0, |(time, at)| time + micros(now.since(at) + self.timeout()))
    }

    /// Returns the time that an exchange may take.
    pub(crate) const fn timeout(&self) -> Duration {
        self.options.exchange_every.saturating_mul(2)
    }

    /// Takes the answer to a request that was sent at `sent`.
    pub(crate) fn answered(&mut self, answer: Answer, advice: Advice<'_>, sent: Tick, now: Tick) {
        match answer {
            Answer::View(view) => {
                self.store_time = Some((view.now, sent));
                self.follow(view, advice, now);
            }
            // The clocks differ by more than before. The next request has the right deadline.
            Answer::TooLate { now } => self.store_time = Some((now, sent)),
        }
    }

    fn follow(&mut self, view: ClusterView, advice: Advice<'_>, now: Tick) {
        let was_open = self.is_shared_open();
        let is_new = std::mem::replace(&mut self.period, view.period) != view.period;
        self.view = Some(view);
        self.take_lease(&view, advice, now);
        match view.phase {
            Phase::Open => {
                if self.followed != Some(view.period) && self.agrees() {
                    self.advised = advice.open().or(self.advised);
                }
                if advice.read().state == State::Open {
                    self.followed = Some(view.period);
                }
                if self.lease.is_none_or(|lease| lease.generation.is_none()) {
                    advice.hold_until(now + view.probe_in.max(self.options.life()));
                }
            }
            Phase::Closed if is_new => {
                self.recent.clear();
                // A circuit that opened while the store was away stays as it is.
                if was_open {
                    advice.close();
                }
            }
            _ if was_open => advice.hold_until(Tick::ZERO),
            _ => {}
        }
    }

    fn take_lease(&mut self, view: &ClusterView, advice: Advice<'_>, now: Tick) {
        if self.lease.map(|lease| lease.fence) == view.fence {
            return;
        }
        self.lease = view.fence.map(|fence| {
            let generation = advice.probe().then(|| advice.read().generation);
            Lease { fence, since: now, generation }
        });
    }

    /// Returns true if the instance's own calls do not speak against an open circuit.
    fn agrees(&self) -> bool {
        !self.recent.sum().are_good(self.options.terms().failure_rate)
    }

    /// Notes that the store is not in contact: the circuit is this instance's alone.
    pub(crate) fn alone(&mut self, advice: Advice<'_>) {
        self.view = None;
        advice.hold_until(Tick::ZERO);
    }
}
