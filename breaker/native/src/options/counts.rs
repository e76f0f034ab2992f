/// What a call counts as that ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Counts {
    /// Counts as nothing: it says nothing about the service.
    Nothing,
    /// Counts as a failure.
    Failure,
}
