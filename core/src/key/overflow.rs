/// What a store does with a new key when it is full: it keeps as many keys as it may, and each has used
/// something (spent tokens, counted failures).
///
/// A key that has used nothing is always evicted first; that forgives nothing.
///
/// | an attacker with a million fresh keys | can | cannot |
/// |---|---|---|
/// | [`Shared`](Self::Shared) | use up, or open, what all further new keys share | touch a key that is kept |
/// | [`Reject`](Self::Reject) | keep further new keys out, until kept keys have used nothing | touch a key that is kept |
/// | [`EvictColdest`](Self::EvictColdest) | evict keys that have used less, or were used less recently, than the attacker's | evict a key that is refused now: one that is used up, or whose circuit is not closed |
///
/// Exhaustive on purpose: a store has to handle each policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeyOverflow {
    /// The key is counted together with all other keys without room.
    #[default]
    Shared,
    /// Calls with the key are refused.
    Reject,
    /// The keys that have used the least are evicted, which forgives what they used; but never a key
    /// that is refused now. If all are refused, the key shares as in [`Shared`](Self::Shared).
    EvictColdest,
}
