use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Change, Clock, Component, ComponentClock, Entry, Exit, KeyHash, Layer, Refusal,
    RefusalKind, Status, Tick, Token, Verdict,
};

use crate::call_stats::Counters;
use crate::machine::{Answer, Ended, Machine, Moment, Refused};
use crate::phase::Phase;
use crate::stripes::Stripes;
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering, lock};
use crate::transition::{ChangeNumbers, Transition};
use crate::{Advised, BreakerOptions, BreakerStatus, State};

mod manual;

/// A circuit that many threads share.
///
/// The machine is behind a lock. What it decides is published in three words: with them, a call enters
/// a closed circuit, a success is counted, a call ends that decides nothing, and a call is refused,
/// without the lock and without allocating. A failure takes the lock.
#[derive(Debug)]
pub(crate) struct Engine {
    layer: Layer,
    /// The phase, as bits. Written under the lock, after the two below.
    phase: AtomicU64,
    /// Until when an open circuit refuses calls: nanoseconds of a tick.
    open_until: AtomicU64,
    /// From when on a success needs the lock, as the window moves: nanoseconds of a tick.
    next_move: AtomicU64,
    /// From how long on a call is slow: nanoseconds.
    slow_call: AtomicU64,
    stripes: Stripes,
    counters: Counters,
    clock: ComponentClock,
    numbers: Arc<ChangeNumbers>,
    /// What its changes are reported under, if there are other circuits without a key.
    key: Option<KeyHash>,
    locked: Mutex<Locked>,
}

/// What the lock is for.
#[derive(Debug)]
struct Locked {
    machine: Machine,
    /// The clock that its ticks are of, if it was controlled before the breaker settled on one.
    provisional: Option<Clock>,
    /// A call has entered. The first one settles the clock, so it takes the slow path.
    is_called: bool,
    /// The last turn of a [`Control`](crate::Control) that it has followed.
    turn: u64,
}

impl Engine {
    pub(crate) fn new(options: BreakerOptions, random: u64, numbers: Arc<ChangeNumbers>) -> Self {
        let layer = Layer::new(Component::CircuitBreaker, options.name.clone());
        // Its clock is not known yet; the origin of time is common to all.
        let begin = Moment { now: Tick::ZERO, successes: 0 };
        let machine = Machine::new(Arc::new(options), random, begin);
        let engine = Self {
            layer,
            phase: AtomicU64::new(0),
            open_until: AtomicU64::new(0),
            next_move: AtomicU64::new(0),
            slow_call: AtomicU64::new(0),
            stripes: Stripes::default(),
            counters: Counters::new(),
            clock: ComponentClock::new(),
            numbers,
            key: None,
            locked: Mutex::new(Locked { machine, provisional: None, is_called: false, turn: 0 }),
        };
        engine.publish(&engine.lock());
        engine
    }

    /// Reports its changes under `key`.
    pub(crate) fn with_key(mut self, key: KeyHash) -> Self {
        self.key = Some(key);
        self
    }

    #[inline]
    fn phase(&self) -> Phase {
        Phase::from_bits(self.phase.load(Ordering::Acquire))
    }

    fn lock(&self) -> MutexGuard<'_, Locked> {
        lock(&self.locked)
    }

    /// Does something with the machine and publishes what comes of it.
    fn with<T>(
        &self,
        locked: &mut Locked,
        now: Tick,
        act: impl FnOnce(&mut Machine, Moment) -> T,
    ) -> T {
        let machine = &mut locked.machine;
        let counting = |machine: &Machine| (machine.generation(), machine.needs_successes());
        let before = counting(machine);
        let at = self.moment(machine, now);
        let result = act(machine, at);
        if counting(machine) != before {
            // Successes that stand under the new generation now are not its own: it is published
            // below. They are thousands of generations old, or older than the rule that needs them.
            let at = self.moment(machine, now);
            machine.rebase(at.successes);
        }
        self.publish(locked);
        result
    }

    /// Publishes what the machine has decided.
    ///
    /// A thread that sees the new phase sees the other words that belong to it. One that sees the old
    /// phase with new words asks again under the lock, or refuses for a time that is as good.
    fn publish(&self, locked: &Locked) {
        let machine = &locked.machine;
        let slow_call = machine.options().slow_call.unwrap_or(Duration::MAX);
        store(&self.slow_call, u64::try_from(slow_call.as_nanos()).unwrap_or(u64::MAX));
        store(&self.open_until, machine.open_until().as_nanos());
        store(&self.next_move, machine.next_move().as_nanos());
        let phase = machine.phase().with(Phase::ENTRY_LOCKS, !locked.is_called);
        store(&self.phase, phase.to_bits());
    }

    fn moment(&self, machine: &Machine, now: Tick) -> Moment {
        let count = || self.stripes.successes_in(machine.generation());
        Moment { now, successes: if machine.needs_successes() { count() } else { 0 } }
    }

    /// Slow path of `enter`: takes the lock.
    #[cold]
    #[inline(never)]
    fn ask(&self, call: &Call<'_>) -> Result<Token, Refusal> {
        if self.phase().state() == State::ForcedOpen {
            self.stripes.refuse();
            return Err(Refused::FORCED_OPEN.by(&self.layer));
        }
        // Read before the lock is taken.
        _ = call.now();
        let mut locked = self.lock();
        if !locked.is_called {
            self.first_call(&mut locked, call);
            if self.phase().admits_without_lock() {
                return Ok(self.admit(call, self.phase()));
            }
        }
        let now = self.clock.now_of(call);
        let (answer, change, generation) = self.with(&mut locked, now, |machine, at| {
            let (answer, transition) = machine.enter(at);
            (answer, self.number(transition), machine.generation())
        });
        drop(locked);
        if let Some(change) = change {
            call.note(change);
        }
        match answer {
            Answer::Admit(number) => {
                self.stripes.admit();
                Ok(Token(generation, number))
            }
            Answer::Refuse(refused) => {
                self.stripes.refuse();
                Err(refused.by(&self.layer))
            }
        }
    }

    /// Settles the clock, and opens the fast path.
    fn first_call(&self, locked: &mut Locked, call: &Call<'_>) {
        locked.is_called = true;
        if self.clock.settle_by(call) {
            self.move_to_settled(locked);
        }
        self.publish(locked);
    }

    /// Admits a call without the machine.
    #[inline(always)]
    fn admit(&self, call: &Call<'_>, phase: Phase) -> Token {
        let entered = if phase.has_slow_calls() { self.clock.now_of(call).as_nanos() } else { 0 };
        self.stripes.admit();
        Token(phase.generation(), entered)
    }

    /// Path of all ends but a success that only increments a counter.
    #[cold]
    #[inline(never)]
    fn end(&self, token: Token, exit: &Exit<'_>, phase: Phase) {
        if self.decides_nothing(token, exit, phase) {
            return self.counters.end(exit.verdict());
        }
        // Read before the lock is taken.
        _ = exit.now();
        let Token(generation, number) = token;
        let verdict = exit.verdict();
        let mut locked = self.lock();
        let now = self.clock.now_at(exit);
        let (is_late, change) = self.with(&mut locked, now, |machine, mut at| {
            let ended = Ended::new(number, exit, machine.options());
            if machine.generation() != generation || !machine.counts(&ended) {
                return (true, None);
            }
            if verdict == Verdict::Success {
                self.stripes.succeed(generation, || generation);
                at.successes += 1;
            } else {
                self.counters.end(verdict);
            }
            (false, self.number(machine.exit(at, ended)))
        });
        drop(locked);
        if is_late {
            self.counters.late();
        }
        if let Some(change) = change {
            exit.note(change);
        }
    }

    /// Returns true if the call ends in a closed circuit, says nothing about the service and no rule
    /// has to be checked: it needs no lock.
    fn decides_nothing(&self, token: Token, exit: &Exit<'_>, phase: Phase) -> bool {
        let says_nothing = match exit.verdict() {
            Verdict::Ignored | Verdict::Superseded | Verdict::Unused => true,
            Verdict::Abandoned => !phase.abandoned_fails(),
            _ => false,
        };
        says_nothing
            && phase.admits_without_lock()
            && phase.generation() == token.0
            && !(phase.has_timed_window() && self.window_moves(self.clock.now_at(exit)))
    }

    #[inline]
    fn window_moves(&self, now: Tick) -> bool {
        now.as_nanos() >= self.next_move.load(Ordering::Relaxed)
    }

    fn number(&self, transition: Option<Transition>) -> Option<Change> {
        transition.map(|transition| self.numbers.number(transition, self.key))
    }

    /// Returns its status and, under the same lock, what `read` returns.
    pub(crate) fn read<T>(&self, clock: &Clock, read: impl FnOnce(&Machine, Tick) -> T) -> T {
        let locked = self.lock();
        let clock = self.clock.get().or(locked.provisional.as_ref()).unwrap_or(clock);
        read(&locked.machine, clock.now())
    }

    /// Returns its status by its own clock.
    pub(crate) fn describe(&self, clock: &Clock) -> BreakerStatus {
        self.read(clock, |machine, now| self.describe_machine(machine, now))
    }

    /// Returns what a view that instances share sees of it.
    pub(crate) fn advised(&self) -> Advised {
        let machine = &self.lock().machine;
        let calls = self.counters.read(&self.stripes);
        let (succeeded, failed) = machine.judged(&calls);
        let (state, generation) = (machine.state(), machine.generation());
        Advised {
            state,
            generation,
            origin: machine.origin(),
            overdue_at: machine.overdue_at(),
            succeeded,
            failed,
            refused: calls.refused,
        }
    }

    /// Returns its status at `now`.
    pub(crate) fn describe_at(&self, now: Tick) -> BreakerStatus {
        self.describe_machine(&self.lock().machine, now)
    }

    fn describe_machine(&self, machine: &Machine, now: Tick) -> BreakerStatus {
        machine.describe(self.moment(machine, now), self.counters.read(&self.stripes))
    }
}

/// Writes only what is new, so that words which all threads read stay in their caches.
fn store(word: &AtomicU64, value: u64) {
    if word.load(Ordering::Relaxed) != value {
        word.store(value, Ordering::Release);
    }
}

impl Backend for Engine {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    // Always inlined, as is the exit: see the driver, for which a token in memory is a slow one.
    #[inline(always)]
    fn enter(&self, call: &Call<'_>) -> Entry {
        let phase = self.phase();
        if phase.admits_without_lock() {
            return Entry::Go(self.admit(call, phase));
        }
        if phase.state() == State::Open {
            let now = self.clock.now_of(call);
            let until = Tick::from_nanos(self.open_until.load(Ordering::Acquire));
            if until > now {
                self.stripes.refuse();
                let refusal = Refusal::new(RefusalKind::CircuitOpen, &self.layer);
                return Entry::Refuse(refusal.with_retry_at(until, now));
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
        let plain = phase.succeeds_without_lock() && phase.generation() == token.0;
        if !plain || exit.verdict() != Verdict::Success {
            return self.end(token, exit, phase);
        }
        if phase.has_timed_window() || phase.has_slow_calls() {
            let now = self.clock.now_at(exit);
            let slow = phase.has_slow_calls()
                && now.as_nanos().saturating_sub(token.1) >= self.slow_call.load(Ordering::Relaxed);
            if slow || self.window_moves(now) {
                return self.end(token, exit, phase);
            }
        }
        self.stripes.succeed(token.0, || self.phase().generation());
    }

    fn accepts_extra(&self, _call: &Call<'_>) -> bool {
        self.phase().state().accepts_extra()
    }

    fn status(&self, now: Tick) -> Status {
        self.describe_at(now).into_status(&self.layer)
    }
}
