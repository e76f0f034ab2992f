use std::collections::HashMap;

use seawall_core::KeyHash;

/// What counts which key: one meter for all, but for those that have their own.
#[derive(Debug)]
pub(crate) struct Rules<M> {
    all: M,
    own: HashMap<KeyHash, M>,
}

impl<M> Rules<M> {
    pub(crate) fn new(all: M, own: HashMap<KeyHash, M>) -> Self {
        Self { all, own }
    }

    /// What counts `key`.
    #[inline]
    pub(crate) fn of(&self, key: KeyHash) -> &M {
        if self.own.is_empty() {
            return &self.all; // as nearly always, so nothing else is made ready
        }
        self.own_of(key)
    }

    #[inline(never)]
    fn own_of(&self, key: KeyHash) -> &M {
        self.own.get(&key).unwrap_or(&self.all)
    }

    /// What counts all keys, if none has its own.
    pub(crate) fn for_all(&self) -> Option<&M> {
        self.own.is_empty().then_some(&self.all)
    }

    /// What counts all keys that have none of their own.
    pub(crate) fn of_all(&self) -> &M {
        &self.all
    }

    pub(crate) fn set_own(&mut self, key: KeyHash, own: Option<M>) {
        match own {
            Some(own) => self.own.insert(key, own),
            None => self.own.remove(&key),
        };
    }
}
