/// The rule of failures among the last calls: so many failures of so many calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecentFailures {
    pub(crate) failures: u32,
    pub(crate) calls: u32,
}
