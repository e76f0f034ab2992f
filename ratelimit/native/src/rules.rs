use std::collections::HashMap;
use std::sync::Arc;

use seawall_core::KeyHash;

/// What counts which key: one meter for all, but for those that have their own. Small, and the one for
/// all is shared, so that where it lies is known to the processor whichever shard is asked.
#[derive(Debug)]
pub(crate) struct Rules<M> {
    all: Arc<M>,
    /// Never an empty one.
    #[allow(clippy::box_collection, reason = "one word where there is none, instead of six")]
    own: Option<Box<HashMap<KeyHash, M>>>,
}

impl<M> Rules<M> {
    pub(crate) fn new(all: &Arc<M>, own: HashMap<KeyHash, M>) -> Self {
        Self { all: Arc::clone(all), own: (!own.is_empty()).then(|| Box::new(own)) }
    }

    /// What counts `key`.
    #[inline]
    pub(crate) fn of(&self, key: KeyHash) -> &M {
        match &self.own {
            // As nearly always, so nothing else is made ready.
            None => &self.all,
            Some(own) => self.own_of(own, key),
        }
    }

    #[inline(never)]
    fn own_of<'m>(&'m self, own: &'m HashMap<KeyHash, M>, key: KeyHash) -> &'m M {
        own.get(&key).unwrap_or(&self.all)
    }

    /// What counts all keys, if none has its own.
    pub(crate) fn for_all(&self) -> Option<&M> {
        self.own.is_none().then_some(&*self.all)
    }

    /// What counts all keys that have none of their own.
    pub(crate) fn of_all(&self) -> &M {
        &self.all
    }

    pub(crate) fn set_own(&mut self, key: KeyHash, own: Option<M>) {
        let mut all = self.own.take().unwrap_or_default();
        match own {
            Some(own) => all.insert(key, own),
            None => all.remove(&key),
        };
        self.own = (!all.is_empty()).then_some(all);
    }
}
