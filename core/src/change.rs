use crate::KeyHash;

/// A component's change from one state to another.
///
/// A backend notes it with [`Call::note`](crate::Call::note) or [`Exit::note`](crate::Exit::note)
/// while it still holds the lock under which the state changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The state that the component left.
    pub from: &'static str,
    /// The state that the component is in now.
    pub to: &'static str,
    /// The cause of the change, in a few words.
    pub cause: &'static str,
    /// The number of this change among all changes of the component: 1 for the first, without gaps;
    /// 0 if the backend does not number its changes.
    ///
    /// Observers may receive changes out of order when several threads report at once. An observer
    /// that keeps the last state keeps the one with the highest number.
    pub sequence: u64,
    /// The hash of the key whose state changed, if the component keeps one state per key. It tells
    /// keys apart without revealing them.
    pub key_hash: Option<KeyHash>,
}

impl Change {
    /// Creates a change without a number, of a component that keeps one state for all keys.
    #[must_use]
    pub const fn new(from: &'static str, to: &'static str, cause: &'static str) -> Self {
        Self { from, to, cause, sequence: 0, key_hash: None }
    }

    /// Sets the number of the change. Numbers begin at 1 and have no gaps.
    #[must_use]
    pub const fn with_sequence(mut self, sequence: u64) -> Self {
        self.sequence = sequence;
        self
    }

    /// Sets the hash of the key whose state changed.
    #[must_use]
    pub const fn with_key_hash(mut self, key_hash: KeyHash) -> Self {
        self.key_hash = Some(key_hash);
        self
    }
}
