use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Exit, Tick, Verdict};

use crate::keyed::evictable::Evictable;
use crate::keyed::ticket::Ticket;
use crate::machine::{Answer, Ended, Machine, Moment, Refused};
use crate::phase::Phase;
use crate::transition::Transition;
use crate::{BreakerOptions, BreakerStatus, CallStats, State};

/// The circuit of one key, which one thread at a time uses: the machine and its statistics.
///
/// It does what an [`Engine`](crate::engine::Engine) does for threads that share one, in a tenth of the
/// memory.
#[derive(Debug)]
pub(crate) struct Circuit {
    machine: Machine,
    calls: CallStats,
}

/// What comes of a call that asks to be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The generation and the number that the call brings back as it ends.
    pub(crate) answer: Result<(u64, u64), Refused>,
    pub(crate) transition: Option<Transition>,
}

impl Circuit {
    /// Creates a closed circuit. Its generations come after those of its predecessor in the same place.
    pub(crate) fn new(options: Arc<BreakerOptions>, random: u64, generation: u64) -> Self {
        let begin = Moment { now: Tick::ZERO, successes: 0 };
        let machine = Machine::new(options, random, begin).numbered_from(generation);
        Self { machine, calls: CallStats::default() }
    }

    pub(crate) fn state(&self) -> State {
        self.machine.state()
    }

    pub(crate) fn calls(&self) -> &CallStats {
        &self.calls
    }

    /// Returns the first generation that no call has brought back.
    pub(crate) fn next_generation(&self) -> u64 {
        self.machine.generation() + 1
    }

    /// Returns what keeps its key from being forgotten while no call is in flight; `None` if it is under
    /// manual control, and stays for ever.
    pub(crate) fn evictable(&self, now: Tick) -> Option<Evictable> {
        match self.machine.state() {
            State::Closed if self.machine.is_clear(self.at(now)) => Some(Evictable::Clear),
            State::Closed => Some(Evictable::Counted),
            state if state.is_manual() => None,
            _ => Some(Evictable::Held),
        }
    }

    pub(crate) fn is_due(&self, now: Tick) -> bool {
        self.machine.is_due(now)
    }

    /// All successes so far. Unlike those of an engine, they are not counted anew in each generation.
    fn at(&self, now: Tick) -> Moment {
        Moment { now, successes: self.calls.ended(Verdict::Success) }
    }

    /// Answers a call that asks to be admitted.
    pub(crate) fn enter(&mut self, now: Tick) -> Asked {
        let phase = self.machine.phase();
        let (answer, transition) = if phase.admits_without_lock() {
            let entered = if phase.has_slow_calls() { now.as_nanos() } else { 0 };
            (Answer::Admit(entered), None)
        } else {
            self.machine.enter(self.at(now))
        };
        let answer = match answer {
            Answer::Admit(number) => {
                self.calls.admitted += 1;
                Ok((self.machine.generation(), number))
            }
            Answer::Refuse(refused) => {
                self.calls.refused += 1;
                Err(refused)
            }
        };
        Asked { answer, transition }
    }

    /// Ends the call that was admitted with `ticket`.
    pub(crate) fn exit(
        &mut self,
        ticket: &Ticket,
        now: Tick,
        exit: &Exit<'_>,
    ) -> Option<Transition> {
        let (verdict, phase) = (exit.verdict(), self.machine.phase());
        let ended = Ended::new(ticket.number, exit, self.machine.options());
        if !ticket.is_of(phase.generation()) || !self.machine.counts(&ended) {
            self.calls.late += 1;
            return None;
        }
        self.calls.end(verdict);
        if verdict == Verdict::Success && self.is_plain(phase, ticket.number, now) {
            return None;
        }
        self.machine.exit(self.at(now), ended)
    }

    /// Returns true if a success only increments the counter.
    fn is_plain(&self, phase: Phase, entered: u64, now: Tick) -> bool {
        let is_slow = || {
            let slow_call = self.machine.options().slow_call.unwrap_or(Duration::MAX);
            phase.has_slow_calls() && now.since(Tick::from_nanos(entered)) >= slow_call
        };
        phase.succeeds_without_lock() && now < self.machine.next_move() && !is_slow()
    }

    /// Does something by manual control.
    pub(crate) fn control<T>(
        &mut self,
        now: Tick,
        act: impl FnOnce(&mut Machine, Moment) -> T,
    ) -> T {
        let at = self.at(now);
        act(&mut self.machine, at)
    }

    pub(crate) fn describe(&self, now: Tick) -> BreakerStatus {
        self.machine.describe(self.at(now), self.calls)
    }
}
