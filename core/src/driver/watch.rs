use crate::policy::Policy;

/// What is wanted of calls beside their outcome. Each level includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watch {
    /// Calls are neither observed nor measured.
    #[default]
    Nothing,
    /// The times of calls are measured, or observers receive refusals and changes: an admitted call emits
    /// nothing unless it changes a state or is cut.
    Ends,
    /// Observers receive all calls.
    Calls,
}

impl Watch {
    /// Returns what is wanted of calls under `policy` too.
    #[inline(always)]
    pub(super) fn measuring(self, policy: &Policy) -> Self {
        if policy.measured().is_some() { self.max(Self::Ends) } else { self }
    }
}
