/// What a call counts as that has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// As nothing: it says nothing about what was called.
    Nothing,
    /// As a failure.
    Failure,
}
