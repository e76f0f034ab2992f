use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Change, Exit, Tick, Verdict};

use crate::engine::judge;
use crate::keyed::standing::Standing;
use crate::keyed::ticket::Ticket;
use crate::machine::{Answer, Ended, Machine, Moment};
use crate::phase::Phase;
use crate::{BreakerOptions, BreakerStatus, State, Totals};

/// The circuit of one key, which one thread at a time uses: the machine and its books.
///
/// It does what an [`Engine`](crate::engine::Engine) does for threads that share one, without its
/// stripes, in a tenth of the room.
#[derive(Debug)]
pub(crate) struct Circuit {
    machine: Machine,
    totals: Totals,
}

/// What comes of a call that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked<T = (u64, u64)> {
    /// What it brings back, as a generation and a number; or for how long it is refused, if that is
    /// known.
    pub(crate) answer: Result<T, Option<Duration>>,
    pub(crate) change: Option<Change>,
}

impl Circuit {
    /// A closed one, whose generations come after those of the one before it in the same place.
    pub(crate) fn new(options: Arc<BreakerOptions>, chance: u64, generation: u64) -> Self {
        // It counts from the clock's origin, as one does that is started by itself.
        let begin = Moment { now: Tick::ZERO, successes: 0 };
        let machine = Machine::new(options, chance, begin).numbered_from(generation);
        Self { machine, totals: Totals::default() }
    }

    pub(crate) fn state(&self) -> State {
        self.machine.state()
    }

    pub(crate) fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The first generation that no call has brought back.
    pub(crate) fn next_generation(&self) -> u64 {
        self.machine.phase().episode() + 1
    }

    /// What stands against its key; `None` if it is in somebody's hand, who alone can say.
    pub(crate) fn standing(&self, now: Tick) -> Option<Standing> {
        match self.machine.state() {
            State::Closed if self.machine.is_clear(self.at(now)) => Some(Standing::Clear),
            State::Closed => Some(Standing::Counted),
            state if state.is_manual() => None,
            _ => Some(Standing::Held),
        }
    }

    /// All successes there were: unlike those of an engine, they are not counted anew with each
    /// generation, since nobody has to be told of a new one.
    fn at(&self, now: Tick) -> Moment {
        Moment { now, successes: self.totals.ended(Verdict::Success) }
    }

    /// A call asks to be let through.
    pub(crate) fn enter(&mut self, now: Tick) -> Asked {
        let phase = self.machine.phase();
        if phase.is_open_door() {
            self.totals.admitted += 1;
            let entered = if phase.minds_slow() { now.as_nanos() } else { 0 };
            return Asked { answer: Ok((phase.episode(), entered)), change: None };
        }
        let (answer, change) = self.machine.enter(self.at(now));
        let answer = match answer {
            Answer::Go(number) => {
                self.totals.admitted += 1;
                Ok((self.machine.phase().episode(), number))
            }
            Answer::Refuse(wait) => {
                self.totals.refused += 1;
                Err(wait)
            }
        };
        Asked { answer, change }
    }

    /// The call that was let through with `ticket` has ended.
    pub(crate) fn exit(&mut self, ticket: &Ticket, exit: &Exit<'_>) -> Option<Change> {
        let (now, verdict, phase) = (exit.now(), exit.verdict(), self.machine.phase());
        if !ticket.is_of(phase.episode()) {
            self.totals.late += 1;
            return None;
        }
        let ended = Ended {
            number: ticket.number,
            failed: judge(verdict, self.machine.options()),
            retry_after: exit.retry_after().filter(|_| verdict == Verdict::Overload),
        };
        if !self.machine.counts(&ended) {
            self.totals.late += 1;
            return None;
        }
        self.totals.ended[verdict.index()] += 1;
        if verdict == Verdict::Success && self.is_plain(phase, ticket.number, now) {
            return None;
        }
        self.machine.exit(self.at(now), ended).1
    }

    /// Is a success no more than one more?
    fn is_plain(&self, phase: Phase, entered: u64, now: Tick) -> bool {
        let is_slow = || {
            let slow_call = self.machine.options().slow_call.unwrap_or(Duration::MAX);
            phase.minds_slow() && now.since(Tick::from_nanos(entered)) >= slow_call
        };
        phase.is_plain() && now < self.machine.next_move() && !is_slow()
    }

    /// Does something by hand.
    pub(crate) fn act<T>(&mut self, now: Tick, act: impl FnOnce(&mut Machine, Moment) -> T) -> T {
        let at = self.at(now);
        act(&mut self.machine, at)
    }

    pub(crate) fn describe(&self, now: Tick) -> BreakerStatus {
        BreakerStatus::new(&self.machine, self.at(now), self.totals)
    }
}
