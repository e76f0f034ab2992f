use seawall_core::Tick;

use crate::meter::Denied;

/// Takes tokens for a call.
#[derive(Clone, Copy)]
pub(crate) struct Take {
    pub(crate) now: Tick,
    pub(crate) cost: u32,
    /// How long the call may wait.
    pub(crate) until: Tick,
    /// Whether that is its deadline, which its driver sees to while it waits.
    pub(crate) is_deadline: bool,
}

/// What comes of taking tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The call starts, with tokens that it has since then.
    At(Tick),
    /// The call waits, and can start at `at` if nothing changes.
    Queued { id: u64, at: Tick },
    /// None were taken. There are `burst` at most, or none at all for a key without room.
    Not { why: Denied, burst: Option<u32> },
}
