use crate::{Deadline, Tick};

/// What a caller accepts for a checkout.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Terms<'c> {
    /// By when it has to be over.
    pub deadline: Deadline<'c>,
    /// When it was asked for, where that is known; else that is when it begins.
    pub since: Option<Tick>,
    /// May it wait for a place? If not, a pool with none is full at once.
    pub may_wait: bool,
}

impl<'c> Terms<'c> {
    /// A checkout by `deadline` that may wait for a place.
    #[must_use]
    pub const fn by(deadline: Deadline<'c>) -> Self {
        Self { deadline, since: None, may_wait: true }
    }

    /// The same without waiting for a place.
    #[must_use]
    pub const fn without_waiting(mut self) -> Self {
        self.may_wait = false;
        self
    }
}
