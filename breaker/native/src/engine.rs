use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Change, Component, Entry, Exit, Layer, Refusal, RefusalKind, Status, Tick,
    Token, Verdict,
};

use crate::machine::{Answer, Ended, Machine, Moment};
use crate::options::Counts;
use crate::phase::Phase;
use crate::stripes::Stripes;
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering, lock};
use crate::totals::Counters;
use crate::{BreakerOptions, BreakerStatus, State};

/// The machine as all threads see it.
///
/// The machine is behind a lock; what it decides is published in three words that need none. By them,
/// a call enters a closed circuit, a success is counted and a call is refused, without the lock and
/// without allocating. A failure takes the lock.
#[derive(Debug)]
pub(crate) struct Engine {
    layer: Layer,
    /// The phase, as bits. Written under the lock, after the two below.
    phase: AtomicU64,
    /// Until when calls are refused, in the phases that refuse: nanoseconds of a tick.
    until: AtomicU64,
    /// When a success has to look whether the window has moved: nanoseconds of a tick.
    next_move: AtomicU64,
    /// From how long on a call is slow: nanoseconds.
    slow_call: AtomicU64,
    stripes: Stripes,
    counters: Counters,
    machine: Mutex<Machine>,
}

impl Engine {
    pub(crate) fn new(options: BreakerOptions, chance: u64, now: Tick) -> Self {
        let layer = Layer::new(Component::CircuitBreaker, options.name.clone());
        let machine = Machine::new(Arc::new(options), chance, Moment { now, successes: 0 });
        let engine = Self {
            layer,
            phase: AtomicU64::new(machine.phase().to_bits()),
            until: AtomicU64::new(0),
            next_move: AtomicU64::new(0),
            slow_call: AtomicU64::new(0),
            stripes: Stripes::default(),
            counters: Counters::new(),
            machine: Mutex::new(machine),
        };
        engine.with(now, |_, _| ());
        engine
    }

    #[inline]
    fn phase(&self) -> Phase {
        Phase::from_bits(self.phase.load(Ordering::Acquire))
    }

    #[inline]
    fn until(&self) -> Tick {
        Tick::from_nanos(self.until.load(Ordering::Acquire))
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        lock(&self.machine)
    }

    /// Does something with the machine and publishes what comes of it.
    ///
    /// Who sees the new phase sees the other words that belong to it. Who sees the old phase with the
    /// new words asks again under the lock, or refuses for a time that is as good.
    pub(crate) fn with<T>(&self, now: Tick, act: impl FnOnce(&mut Machine, Moment) -> T) -> T {
        let mut machine = self.lock();
        let counting = |machine: &Machine| (machine.phase().episode(), machine.wants_successes());
        let before = counting(&machine);
        let at = self.moment(&machine, now);
        let result = act(&mut machine, at);
        if counting(&machine) != before {
            // What stands there now are not successes of a new generation, which is published below:
            // they are thousands of generations old, or older than the rule that wants them.
            let at = self.moment(&machine, now);
            machine.rebase(at.successes);
        }
        let slow_call = machine.options().slow_call.unwrap_or(Duration::MAX);
        let slow_call = u64::try_from(slow_call.as_nanos()).unwrap_or(u64::MAX);
        store(&self.slow_call, slow_call);
        store(&self.until, machine.until().as_nanos());
        store(&self.next_move, machine.next_move().as_nanos());
        let phase = machine.phase().to_bits();
        store(&self.phase, phase);
        result
    }

    fn moment(&self, machine: &Machine, now: Tick) -> Moment {
        let count = || self.stripes.successes_in(machine.phase().episode());
        Moment { now, successes: if machine.wants_successes() { count() } else { 0 } }
    }

    #[inline]
    fn refuse(&self) -> Refusal {
        self.stripes.refuse();
        Refusal::new(RefusalKind::CircuitOpen, &self.layer)
    }

    /// The way in for all that is not plain.
    #[cold]
    #[inline(never)]
    fn ask(&self, call: &Call<'_>) -> Result<Token, Refusal> {
        let now = call.now();
        if self.phase().state() == State::ForcedOpen {
            return Err(self.refuse());
        }
        let (answer, change, episode) = self.with(now, |machine, at| {
            let (answer, change) = machine.enter(at);
            (answer, change, machine.phase().episode())
        });
        if let Some(change) = change {
            call.note(change);
        }
        match answer {
            Answer::Go(number) => {
                self.stripes.admit();
                Ok(Token(episode, number))
            }
            Answer::Refuse(None) => Err(self.refuse()),
            Answer::Refuse(Some(wait)) => Err(self.refuse().with_retry_after(wait)),
        }
    }

    /// The way out for all that is not plain.
    #[cold]
    #[inline(never)]
    fn end(&self, token: Token, exit: &Exit<'_>) {
        let Token(episode, number) = token;
        let verdict = exit.verdict();
        let late = self.with(exit.now(), |machine, mut at| {
            if machine.phase().episode() != episode {
                return true;
            }
            let failed = judge(verdict, machine.options());
            let retry_after = exit.retry_after().filter(|_| verdict == Verdict::Overload);
            let ended = Ended { number, failed, retry_after };
            if verdict != Verdict::Success {
                let (counts, change) = machine.exit(at, ended);
                self.note(exit, change);
                if counts {
                    self.counters.end(verdict);
                }
                return !counts;
            }
            // Rules that count successes find it where all are counted; if it turns out not to
            // count, it goes among the ends that are not.
            if !machine.counts(&ended) {
                return true;
            }
            self.stripes.succeed(episode, || episode);
            at.successes += 1;
            let (_, change) = machine.exit(at, ended);
            self.note(exit, change);
            false
        });
        if late {
            self.counters.late();
        }
    }

    fn note(&self, exit: &Exit<'_>, change: Option<Change>) {
        if let Some(change) = change {
            exit.note(change);
        }
    }

    pub(crate) fn describe(&self, now: Tick) -> BreakerStatus {
        let machine = self.lock();
        let at = self.moment(&machine, now);
        BreakerStatus::new(&machine, at, self.counters.read(&self.stripes))
    }
}

/// Writes only what is new, so that words which all threads read stay in their caches.
fn store(word: &AtomicU64, value: u64) {
    if word.load(Ordering::Relaxed) != value {
        word.store(value, Ordering::Release);
    }
}

/// Does `verdict` count as a failure, as a success, or as nothing?
pub(crate) fn judge(verdict: Verdict, options: &BreakerOptions) -> Option<bool> {
    let counts = |counts| (counts == Counts::Failure).then_some(true);
    match verdict {
        Verdict::Success => Some(false),
        Verdict::Failure | Verdict::Overload => Some(true),
        Verdict::Panicked => counts(options.panicked),
        Verdict::Abandoned => counts(options.abandoned),
        Verdict::Ignored | Verdict::Superseded | Verdict::Unused => None,
    }
}

impl Backend for Engine {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    // Always inlined, as is the exit: see the driver, for which a token in memory is a slow one.
    #[inline(always)]
    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        let phase = self.phase();
        if phase.is_open_door() {
            let entered = if phase.minds_slow() { call.now().as_nanos() } else { 0 };
            self.stripes.admit();
            return Entry::Go(Token(phase.episode(), entered));
        }
        // A probe seldom takes its whole lease, so what is left of one is not the time to wait.
        if phase.state() == State::Open {
            let (now, until) = (call.now(), self.until());
            if until > now {
                return Entry::Refuse(self.refuse().with_retry_at(until, now));
            }
        }
        // The entry is made here in all cases, so that it need not be in memory in any.
        match self.ask(call) {
            Ok(token) => Entry::Go(token),
            Err(refusal) => Entry::Refuse(refusal),
        }
    }

    #[inline(always)]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        let phase = self.phase();
        let plain = phase.is_plain() && phase.episode() == token.0;
        if !plain || exit.verdict() != Verdict::Success {
            return self.end(token, exit);
        }
        if phase.minds_time() || phase.minds_slow() {
            let now = exit.now().as_nanos();
            let slow = phase.minds_slow()
                && now.saturating_sub(token.1) >= self.slow_call.load(Ordering::Relaxed);
            if slow || now >= self.next_move.load(Ordering::Relaxed) {
                return self.end(token, exit);
            }
        }
        self.stripes.succeed(token.0, || self.phase().episode());
    }

    fn status(&self, now: Tick) -> Status {
        self.describe(now).into_status(&self.layer)
    }
}
