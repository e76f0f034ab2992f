/// What a call counts as that ended neither as a success nor as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Counts {
    /// Counts as nothing: it says nothing about the service.
    Nothing,
    /// Counts as a failure.
    Failure,
}
