/// The rule that opens a circuit once `failures` of the last `calls` calls have failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecentFailures {
    pub(crate) failures: u32,
    pub(crate) calls: u32,
}
