/// What becomes of a key that comes when as many are kept as the options allow, each of which has
/// something to its account: tokens that it spent, failures that count.
///
/// A key that has nothing to its account is always forgotten first, which forgives nobody anything.
///
/// | an attacker with a million fresh keys | can | cannot |
/// |---|---|---|
/// | [`Shared`](Self::Shared) | use up, or have opened, what all further newcomers share | touch a key that is kept |
/// | [`Reject`](Self::Reject) | keep further newcomers out, until kept keys have nothing to their account | touch a key that is kept |
/// | [`EvictColdest`](Self::EvictColdest) | have keys forgotten that have less to their account, or were used less lately, than the attacker's | have a key forgotten that is refused now: one that is used up, or whose circuit is not closed |
///
/// Exhaustive on purpose: a store has to say what it makes of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeyOverflow {
    /// It is counted together with all others that have no room.
    #[default]
    Shared,
    /// Its calls are refused.
    Reject,
    /// The keys that have least to their account are forgotten, and it is forgiven; but never one that
    /// is refused now. Where all are, it shares as in [`Shared`](Self::Shared).
    EvictColdest,
}
