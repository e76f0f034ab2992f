use std::collections::BTreeMap;

use seawall_core::{KeyHash, Tick};

use super::Flaw;
use super::account::Account;
use super::rate::Rate;

/// The key of an account; none for calls without a key.
pub(super) type Name = Option<KeyHash>;

/// The accounts that are kept.
pub(super) struct Accounts {
    all: BTreeMap<Name, Account>,
    max: usize,
    flaw: Option<Flaw>,
}

impl Accounts {
    pub(super) fn new(max_keys: u32, flaw: Option<Flaw>) -> Self {
        let max = match flaw {
            Some(Flaw::KeepsOneKeyTooMany) => max_keys + 1,
            Some(Flaw::KeepsHalfTheKeys) => max_keys / 2,
            _ => max_keys,
        };
        Self { all: BTreeMap::new(), max: max as usize, flaw }
    }

    pub(super) fn get(&self, name: Name) -> Option<&Account> {
        self.all.get(&name)
    }

    pub(super) fn get_mut(&mut self, name: Name) -> Option<&mut Account> {
        self.all.get_mut(&name)
    }

    /// Returns the number of keys kept.
    pub(super) fn keys(&self) -> usize {
        self.all.len() - usize::from(self.all.contains_key(&None))
    }

    /// Returns when there is room for `name`.
    pub(super) fn room_at(&self, name: Name, rate: &Rate, now: Tick) -> Tick {
        let is_kept = name.is_none() || self.all.contains_key(&name);
        if is_kept || self.keys() < self.max || self.flaw == Some(Flaw::ForgetsTheFirst) {
            return now;
        }
        if self.flaw == Some(Flaw::NeverForgets) {
            return Tick::MAX;
        }
        let keys = self.all.iter().filter(|(name, _)| name.is_some());
        keys.map(|(_, account)| account.full_at(rate, now)).min().unwrap_or(now)
    }

    /// Returns the account of `name`, for which there is room.
    pub(super) fn open(&mut self, name: Name, rate: &Rate, now: Tick) -> &mut Account {
        if !self.all.contains_key(&name) && self.keys() >= self.max {
            self.all.retain(|name, account| name.is_none() || !account.is_full(rate, now));
            if self.keys() >= self.max {
                let first = self.all.keys().find(|name| name.is_some()).copied();
                first.map(|first| self.all.remove(&first));
            }
        }
        self.all.entry(name).or_default()
    }

    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut Account> {
        self.all.values_mut()
    }

    pub(super) fn forget(&mut self, name: Name) {
        self.all.remove(&name);
    }

    pub(super) fn forget_all(&mut self) {
        self.all.clear();
    }
}
