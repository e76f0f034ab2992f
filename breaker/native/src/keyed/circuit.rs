use std::sync::Arc;

use seawall_core::{Exit, Tick, Verdict};

use crate::keyed::evictable::Evictable;
use crate::keyed::ticket::Ticket;
use crate::machine::{Answer, Ended, Machine, Moment};
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

    pub(crate) fn generation(&self) -> u64 {
        self.machine.generation()
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
    #[inline]
    pub(crate) fn enter(&mut self, now: Tick) -> (Answer, Option<Transition>) {
        let (answer, transition) = match self.machine.plain_number(now) {
            Some(number) => (Answer::Admit(number), None),
            None => self.machine.enter(self.at(now)),
        };
        match answer {
            Answer::Admit(_) => self.calls.admitted += 1,
            Answer::Refuse(_) => self.calls.refused += 1,
        }
        (answer, transition)
    }

    /// Ends the call that was admitted with `ticket`.
    #[inline]
    pub(crate) fn exit(
        &mut self,
        ticket: &Ticket,
        now: Tick,
        exit: &Exit<'_>,
    ) -> Option<Transition> {
        let is_current = ticket.is_of(self.machine.generation());
        let entered = Tick::from_nanos(ticket.number);
        let is_success = exit.verdict() == Verdict::Success;
        if is_current && is_success && self.machine.counts_plainly(entered, now) {
            self.calls.end(Verdict::Success);
            return None;
        }
        let ended = Ended::new(ticket.number, exit, self.machine.options());
        if !is_current || !self.machine.counts(&ended) {
            self.calls.late += 1;
            return None;
        }
        self.calls.end(exit.verdict());
        self.machine.exit(self.at(now), ended)
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
