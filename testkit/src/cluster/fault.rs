use std::time::Duration;

/// Something that goes wrong at a time, and for a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// When it begins, from the start of the simulation.
    pub at: Duration,
    /// How long it lasts. No matter for what happens at once.
    pub lasts: Duration,
    /// What it is.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The instance stops at once, and is started anew when the fault ends.
    Crash(usize),
    /// Neither requests nor replies of the instance arrive.
    Partition(usize),
    /// Requests of the instance arrive, and replies to it are lost.
    LoseReplies(usize),
    /// Requests of the instance are lost.
    LoseRequests(usize),
    /// Requests of the instance take this much longer to arrive, also after the client gave up.
    Delay(usize, Duration),
    /// The store refuses connections.
    Down,
    /// The store answers nothing, and does later what it was asked in that time.
    Stop,
    /// A replica that misses the writes of this last time becomes the store, at once.
    FailOver(Duration),
    /// The store loses all data, at once, and knows that it does.
    RestartEmpty,
    /// The store's clock goes back by this much, at once.
    ClockBack(Duration),
    /// The store's clock goes forward by this much, at once. The store's time is what limits are made of, so
    /// no bound in true time holds across this.
    ClockForward(Duration),
    /// The store forgets all keys, at once, without knowing. No bound holds across this.
    Evict,
}

impl Fault {
    /// Creates a fault.
    #[must_use]
    pub const fn new(at: Duration, lasts: Duration, kind: FaultKind) -> Self {
        Self { at, lasts, kind }
    }

    /// Returns true if it lasts at `at`.
    pub(super) fn covers(&self, at: Duration) -> bool {
        self.at <= at && at < self.at + self.lasts
    }

    /// Returns the instance that it is about; `None` for the store.
    pub(super) const fn instance(&self) -> Option<usize> {
        match self.kind {
            FaultKind::Crash(instance)
            | FaultKind::Partition(instance)
            | FaultKind::LoseReplies(instance)
            | FaultKind::LoseRequests(instance)
            | FaultKind::Delay(instance, _) => Some(instance),
            _ => None,
        }
    }
}
