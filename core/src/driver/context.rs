use crate::{Key, Layer};

/// What all events of one call have in common.
#[derive(Clone, Copy)]
pub(crate) struct Context<'e> {
    /// The named protection that the call goes through.
    pub(crate) protection: Option<&'e Layer>,
    /// The call's key, which events have only if the driver puts keys in events.
    pub(crate) key: Option<Key<'e>>,
    /// The number of the attempt, from 1.
    pub(crate) attempt: u32,
}

impl Context<'_> {
    /// The context of what no call caused.
    pub(crate) const NONE: Self = Self { protection: None, key: None, attempt: 1 };
}
