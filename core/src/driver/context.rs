use crate::{Key, Layer};

/// What all events of one call have in common.
#[derive(Clone, Copy, Default)]
pub(crate) struct Context<'e> {
    /// The named protection that the call goes through.
    pub(crate) protection: Option<&'e Layer>,
    /// The call's key, which events have only if the driver puts keys in events.
    pub(crate) key: Option<Key<'e>>,
}
