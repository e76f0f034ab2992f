use std::fmt;
use std::time::Duration;

/// What a [`Dummy`](super::Dummy) is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Act {
    /// To make a connection.
    Create,
    /// Whether a connection is good.
    Check,
    /// To wipe away what the last borrower left.
    Reset,
    /// Whether a connection is known to be broken: it is if the step is to fail.
    IsBroken,
    /// To take leave of a connection.
    Close,
    /// Nothing: a connection is dropped.
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

/// What happens when a [`Dummy`](super::Dummy) gets to an [`Act`].
///
/// `is_broken` and `drop` cannot wait: what would make them is as good as [`Step::Work`]. `close` and
/// `drop` have nobody to tell that they failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// It works at once.
    Work,
    /// It works after so many awaits.
    Yield(usize),
    /// It works after so long.
    Take(Duration),
    /// It fails for this reason.
    Fail(&'static str),
    /// It never ends.
    Hang,
    /// It panics.
    Panic,
}

/// Why a [`Dummy`](super::Dummy) failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DummyError(pub &'static str);

impl fmt::Display for DummyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for DummyError {}
