use std::collections::VecDeque;

use super::accounts::Name;

/// What only flaws remember.
#[derive(Default)]
pub(super) struct Habits {
    /// Looks that nothing came between.
    pub(super) looks: u32,
    /// Calls that ended well, one after the other.
    pub(super) successes: u32,
    /// Was more refunded than was spent?
    pub(super) owes_one: bool,
    /// Has anybody waited?
    pub(super) has_waited: bool,
    /// Has anything been reset?
    pub(super) has_reset: bool,
    /// Who asked last: three at most, who all differ.
    recent: VecDeque<Name>,
}

impl Habits {
    /// Who pays for `name`, where each fourth key in a row is taken for the third.
    pub(super) fn payer(&mut self, name: Name) -> Name {
        if let Some(place) = self.recent.iter().position(|known| *known == name) {
            self.recent.drain(..=place);
        }
        let payer = if self.recent.len() == 3 { self.recent.back() } else { None };
        let payer = payer.copied().unwrap_or(name);
        self.recent.push_back(name);
        if self.recent.len() > 3 {
            self.recent.pop_front();
        }
        payer
    }
}
