/// What a limiter does while it does not reach its store, once its leased tokens are spent.
///
/// Exhaustive on purpose: it is a decision that each limit has to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Away {
    /// Calls are refused, so that the limit holds.
    #[default]
    Deny,
    /// Each instance admits its share of the rate, evenly and without a burst, at a cost of one token.
    ///
    /// For calls without a key the store has assigned the shares, and withholds them from the others
    /// meanwhile, so that the limit holds. An instance begins a second after its last request can have been
    /// carried out, and ends six seconds after the last one that was answered. All instances must choose this,
    /// or none.
    ///
    /// For keys the share is the rate divided by [`instances`](crate::Rule::instances), for as long as the
    /// store is away; what was used is taken from the key when the store is back.
    LocalShare,
    /// Calls are admitted. The limit does not hold meanwhile.
    Allow,
}
