use std::panic::Location;

use crate::{Deadline, Tick};

/// The terms of a checkout.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Terms<'c> {
    /// The time by which it has to end.
    pub deadline: Deadline<'c>,
    /// The time by which the use has to end too, if that has a limit. A waiter whose use cannot end in
    /// time need not be served.
    pub use_until: Option<Tick>,
    /// The time at which it was requested; `None` for its beginning.
    pub since: Option<Tick>,
    /// Whether it may wait for a permit. If not, a pool without a free one refuses as full.
    pub may_wait: bool,
    /// The place in the code that asked, for reports of resources that do not come back.
    pub caller: &'static Location<'static>,
}

impl<'c> Terms<'c> {
    /// Creates the terms of a checkout with `deadline` that may wait for a permit.
    #[must_use]
    #[track_caller]
    pub const fn by(deadline: Deadline<'c>) -> Self {
        Self { deadline, use_until: None, since: None, may_wait: true, caller: Location::caller() }
    }

    /// Refuses to wait for a permit.
    #[must_use]
    pub const fn without_waiting(mut self) -> Self {
        self.may_wait = false;
        self
    }
}
