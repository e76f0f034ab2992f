use std::fmt;
use std::time::Duration;

/// An operation of a [`Dummy`](super::Dummy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Act {
    /// Creates a connection.
    Create,
    /// Checks that a connection is good.
    Check,
    /// Removes what the last borrower left.
    Reset,
    /// Asks whether a connection is known to be broken; it is if the step fails.
    IsBroken,
    /// Closes a connection gracefully.
    Close,
    /// Drops a connection.
    Drop,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Check => "check",
            Self::Reset => "reset",
            Self::IsBroken => "is_broken",
            Self::Close => "close",
            Self::Drop => "drop",
        })
    }
}

/// The scripted result of an [`Act`].
///
/// `is_broken` and `drop` cannot wait, so steps that would make them wait count as [`Step::Work`].
/// `close` and `drop` cannot report a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Succeeds at once.
    Work,
    /// Succeeds after this number of awaits.
    Yield(usize),
    /// Succeeds after this time.
    Take(Duration),
    /// Fails for this reason.
    Fail(&'static str),
    /// Never ends.
    Hang,
    /// Panics with the name of the act.
    Panic,
}

/// The error of a [`Dummy`](super::Dummy), with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DummyError(pub &'static str);

impl fmt::Display for DummyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for DummyError {}
