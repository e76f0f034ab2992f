/// How an admitted call ended, as far as the protections are concerned.
///
/// Exhaustive on purpose: a backend has to say what it makes of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The operation worked.
    Success,
    /// The operation failed, or was cut by its timeout.
    Failure,
    /// What was called has too much to do: it failed, and may have said when to come back.
    Overload,
    /// The operation ended in a way that says nothing about what it called.
    Ignored,
    /// The caller went away while the operation ran.
    Abandoned,
    /// Another attempt at the same work won.
    Superseded,
    /// The operation panicked.
    Panicked,
    /// The operation never ran: a later layer refused, or the caller went away while waiting.
    /// What was taken goes back.
    Unused,
}

impl Verdict {
    /// All verdicts, in the order of [`Verdict::index`].
    pub const ALL: [Self; 8] = [
        Self::Success,
        Self::Failure,
        Self::Overload,
        Self::Ignored,
        Self::Abandoned,
        Self::Superseded,
        Self::Panicked,
        Self::Unused,
    ];

    /// The name telemetry uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Overload => "overload",
            Self::Ignored => "ignored",
            Self::Abandoned => "abandoned",
            Self::Superseded => "superseded",
            Self::Panicked => "panicked",
            Self::Unused => "unused",
        }
    }

    /// The verdict's place in [`Verdict::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_a_place_in_the_list() {
        for (place, verdict) in Verdict::ALL.into_iter().enumerate() {
            assert_eq!(verdict.index(), place, "{verdict:?}");
        }
    }
}
