use std::collections::VecDeque;

use super::accounts::Name;

/// State that only flaws use.
#[derive(Default)]
pub(super) struct Habits {
    /// Number of peeks in a row.
    pub(super) looks: u32,
    /// Number of successes in a row.
    pub(super) successes: u32,
    /// Whether more was refunded than was spent.
    pub(super) owes_one: bool,
    /// Whether any call has waited.
    pub(super) has_waited: bool,
    /// Whether any key has been reset.
    pub(super) has_reset: bool,
    /// The last three different keys.
    recent: VecDeque<Name>,
}

impl Habits {
    /// Returns the key that pays for `name`, where each fourth key in a row is taken for the third.
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
