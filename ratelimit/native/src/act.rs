use std::task::Waker;

use seawall_core::{KeyStatus, Tick};

use crate::meter::{Denied, Meter};
use crate::queue::{Queue, Start};
use crate::take::{Take, Taken};
use crate::wakes::Wakes;

/// What is done to one account, whatever its algorithm.
pub(crate) trait Act {
    type Outcome;

    /// Returns true if this outcome, after which nothing is kept of a new key, holds only where the key
    /// would have a count of its own.
    fn needs_place(_outcome: &Self::Outcome) -> bool {
        false
    }

    /// Acts on an account that no call waits for. May be called again, if another thread was first.
    fn on<M: Meter>(&self, meter: &M, state: M::State) -> Done<M::State, Self::Outcome>;

    /// Acts on an account that calls may wait for.
    fn on_queue<M: Meter>(
        &self,
        meter: &M,
        queue: &mut Queue<M>,
        wakes: &mut Wakes,
    ) -> Self::Outcome;
}

/// What comes of an act on an account that no call waits for.
pub(crate) enum Done<S, T> {
    /// The state stays as it is.
    Keep(T),
    /// The state is another.
    Set(S, T),
    /// The account needs a queue: [`Act::on_queue`] does the act.
    Queue,
}

impl Act for Take {
    type Outcome = Taken;

    fn needs_place(taken: &Taken) -> bool {
        matches!(taken, Taken::Not { why: Denied::Until(_), .. })
    }

    #[inline]
    fn on<M: Meter>(&self, meter: &M, state: M::State) -> Done<M::State, Taken> {
        match meter.take(state, self.now, self.cost) {
            Ok(_) if meter.late(state, self.now, self.cost, self.until).is_some() => Done::Queue,
            Ok(state) => Done::Set(state, Taken::At(meter.since(self.now, self.cost))),
            Err(Denied::Until(at)) if self.until > self.now && at < Tick::MAX => Done::Queue,
            Err(why) => Done::Keep(Taken::Not { why, burst: Some(meter.burst()) }),
        }
    }

    fn on_queue<M: Meter>(&self, meter: &M, queue: &mut Queue<M>, wakes: &mut Wakes) -> Taken {
        queue.take(meter, self, wakes)
    }
}

/// Asks for a waiter when it may start.
pub(crate) struct Poll<'w> {
    pub(crate) id: u64,
    pub(crate) now: Tick,
    pub(crate) waker: &'w Waker,
}

impl Act for Poll<'_> {
    type Outcome = Start;

    fn on<M: Meter>(&self, _: &M, _: M::State) -> Done<M::State, Start> {
        Done::Queue
    }

    fn on_queue<M: Meter>(&self, meter: &M, queue: &mut Queue<M>, wakes: &mut Wakes) -> Start {
        queue.poll(meter, self.id, self.now, self.waker, wakes)
    }
}

/// Takes a waiter out of the queue.
pub(crate) struct Leave {
    pub(crate) id: u64,
    pub(crate) now: Tick,
    pub(crate) unused: bool,
}

impl Act for Leave {
    type Outcome = ();

    fn on<M: Meter>(&self, _: &M, _: M::State) -> Done<M::State, ()> {
        Done::Queue
    }

    fn on_queue<M: Meter>(&self, meter: &M, queue: &mut Queue<M>, wakes: &mut Wakes) {
        queue.leave(meter, self.id, self.now, self.unused, wakes);
    }
}

/// Gives back what a call took and did not use.
pub(crate) struct GiveBack {
    pub(crate) now: Tick,
    pub(crate) cost: u32,
    /// When it was taken.
    pub(crate) since: Tick,
}

/// Gives back `cost` tokens, whether they were taken or not.
pub(crate) struct Refund {
    pub(crate) now: Tick,
    pub(crate) cost: u32,
}

/// Takes `cost` tokens, whether they are there or not.
pub(crate) struct Charge {
    pub(crate) now: Tick,
    pub(crate) cost: u32,
}

/// Forgets what was used.
pub(crate) struct Reset {
    pub(crate) now: Tick,
}

/// An act that only changes the state, the same with waiters and without.
macro_rules! changes {
    ($($act:ident, needs_place: $needs:literal, delays: $delays:literal, ($self:ident, $meter:ident, $state:ident, $now:ident) => $then:expr;)*) => {$(
        impl $act {
            fn state<M: Meter>(&$self, $meter: &M, $state: M::State, $now: Tick) -> M::State {
                $then
            }
        }

        impl Act for $act {
            type Outcome = ();

            fn needs_place((): &()) -> bool {
                $needs
            }

            fn on<M: Meter>(&self, meter: &M, state: M::State) -> Done<M::State, ()> {
                Done::Set(self.state(meter, state, self.now), ())
            }

            fn on_queue<M: Meter>(&self, meter: &M, queue: &mut Queue<M>, wakes: &mut Wakes) {
                let change = |state, now| self.state(meter, state, now);
                queue.change(meter, self.now, $delays, wakes, change);
            }
        }
    )*};
}

changes! {
    GiveBack, needs_place: false, delays: false, (self, meter, state, now) =>
        meter.give_back(state, now, self.cost, self.since);
    Refund, needs_place: true, delays: false, (self, meter, state, now) =>
        meter.refund(state, now, self.cost);
    Charge, needs_place: true, delays: true, (self, meter, state, now) =>
        meter.charge(state, now, self.cost);
    Reset, needs_place: false, delays: false, (self, _meter, _state, _now) => M::FULL;
}

/// Takes all tokens that are left, and returns their number.
pub(crate) struct Exhaust {
    pub(crate) now: Tick,
}

impl Act for Exhaust {
    type Outcome = u64;

    fn on<M: Meter>(&self, meter: &M, state: M::State) -> Done<M::State, u64> {
        let left = meter.left(state, self.now).remaining;
        match u32::try_from(left).unwrap_or(u32::MAX) {
            0 => Done::Keep(0),
            cost => Done::Set(meter.charge(state, self.now, cost), left),
        }
    }

    fn on_queue<M: Meter>(&self, meter: &M, queue: &mut Queue<M>, wakes: &mut Wakes) -> u64 {
        queue.exhaust(meter, self.now, wakes)
    }
}

/// Takes nothing, and returns the status.
pub(crate) struct Look {
    pub(crate) now: Tick,
    pub(crate) cost: u32,
}

impl Act for Look {
    type Outcome = KeyStatus;

    fn needs_place(_: &KeyStatus) -> bool {
        true
    }

    fn on<M: Meter>(&self, meter: &M, state: M::State) -> Done<M::State, KeyStatus> {
        Done::Keep(meter.look(state, self.now, self.cost))
    }

    fn on_queue<M: Meter>(&self, meter: &M, queue: &mut Queue<M>, _: &mut Wakes) -> KeyStatus {
        queue.look(meter, self.now, self.cost)
    }
}
