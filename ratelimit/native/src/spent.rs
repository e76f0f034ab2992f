/// What an account has used and what has not flowed in again, in a unit that every rule understands:
/// 2⁻⁶⁴ tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Of the burst.
    pub(crate) level: u128,
    /// Beyond the burst, by charges.
    pub(crate) debt: u128,
}

impl Spent {
    pub(crate) const TOKEN: u128 = 1 << 64;

    /// All of it.
    pub(crate) fn total(self) -> u128 {
        self.level.saturating_add(self.debt)
    }
}
