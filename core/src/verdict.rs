crate::__named! {
    /// How an admitted call ended, as far as the protections are concerned.
    ///
    /// Exhaustive on purpose: a backend must decide what each of them means.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Verdict {
        /// The operation worked.
        Success = "success",
        /// The operation failed, or was cut by its timeout.
        Failure = "failure",
        /// The service is overloaded: it failed the call, and may have said when to come back.
        Overload = "overload",
        /// The operation ended in a way that says nothing about the service.
        Ignored = "ignored",
        /// The caller went away while the operation ran.
        Abandoned = "abandoned",
        /// Another attempt at the same work was faster: the loser of a [`Hedge`](crate::policy::Hedge) or of a
        /// [`Race`](crate::Race), or a permit that code which sends several attempts settles with it.
        Superseded = "superseded",
        /// The operation panicked.
        Panicked = "panicked",
        /// The operation never ran: a later layer refused, the deadline passed, or the caller went away
        /// while it waited. What was taken is returned.
        Unused = "unused",
    }
}

impl Verdict {
    /// Returns the verdict's index in [`Verdict::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_is_the_position_in_all() {
        for (position, verdict) in Verdict::ALL.iter().enumerate() {
            assert_eq!(verdict.index(), position, "{verdict:?}");
        }
    }
}
