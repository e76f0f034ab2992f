/// What becomes of a key that comes when as many are kept as the rule allows, all of which have
/// spent something.
///
/// A key that has nothing to its account is always forgotten first, which forgives nobody anything.
///
/// | an attacker with a million fresh keys | can | cannot |
/// |---|---|---|
/// | [`Shared`](Self::Shared) | use up what all further newcomers share | touch a key that is kept |
/// | [`Reject`](Self::Reject) | keep further newcomers out, until kept keys have nothing to their account | touch a key that is kept |
/// | [`EvictColdest`](Self::EvictColdest) | have keys forgotten that spent less than the attacker's | have a key forgotten that is used up |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// It shares one count with all others that have no room.
    #[default]
    Shared,
    /// Its calls are refused.
    Reject,
    /// The keys that have spent least are forgotten, and what they spent is forgiven; but never one
    /// that has nothing left. Where all have nothing left, it shares as in
    /// [`Shared`](Self::Shared).
    EvictColdest,
}
