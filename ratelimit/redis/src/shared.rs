use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use seawall_core::{
    CallStats, ComponentClock, InvalidOption, Key, KeyHash, KeySeed, Layer, Limit, Tick,
};
use seawall_store::tokens::TOKENS;
use seawall_store::{Random, Store, StoreKey};

use crate::Rule;
use crate::count::{Count, Which};
use crate::inbox::Inbox;
use crate::keys::{Keys, NoRoom};
use crate::link::Link;
use crate::terms::Terms;
use crate::token::{Took, Whose};

/// What the handles of a limiter, its calls that wait and its background work share.
pub(crate) struct Shared {
    pub(crate) layer: Layer,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: ComponentClock,
    pub(crate) stats: CallStats,
    pub(crate) link: Link,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) keys: Keys,
    pub(crate) unkeyed: Arc<Count>,
    overflow: Arc<Count>,
    settings: RwLock<Settings>,
    /// Calls that were refused because the store had no more.
    pub(crate) denied: AtomicU64,
    /// Calls that were admitted without the store.
    pub(crate) passed: AtomicU64,
    /// Where the random numbers of the background work begin.
    pub(crate) seed: AtomicU64,
    next_id: AtomicU64,
    key_seed: KeySeed,
    key_parts: Option<usize>,
}

/// What the limiter was told last.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) rule: Rule,
    pub(crate) own: HashMap<KeyHash, Limit>,
}

impl Settings {
    /// Returns what `key` is counted by.
    pub(crate) fn terms(&self, key: Option<KeyHash>) -> Result<Terms, InvalidOption> {
        let own = key.and_then(|key| self.own.get(&key));
        let rate = match own {
            Some(own) => self.rule.rate_of(own)?,
            None => Some(self.rule.rate()?),
        };
        Ok(Terms { rate, away: self.rule.away, instances: self.rule.instances })
    }
}

/// What is hashed for the count of keys without room.
const OVERFLOW: (&str, bool) = ("keys without room", true);

impl Shared {
    pub(crate) fn new(
        rule: &Rule,
        store: Arc<dyn Store>,
        seed: u64,
    ) -> Result<Self, InvalidOption> {
        rule.validate()?;
        let mut random = Random::new(seed);
        let member = 1 + (random.number() >> 12);
        let mut key_seed = [0; 16];
        key_seed[..8].copy_from_slice(&random.number().to_le_bytes());
        key_seed[8..].copy_from_slice(&random.number().to_le_bytes());
        let settings = Settings { rule: rule.clone(), own: HashMap::new() };
        let terms = settings.terms(None)?;
        let overflow = Key::new(&OVERFLOW);
        let (unkeyed, overflow) = (name(rule, None), name(rule, Some(overflow)));
        Ok(Self {
            layer: rule.layer(),
            store,
            clock: ComponentClock::new(),
            stats: CallStats::new(),
            link: Link::new(member),
            inbox: Arc::new(Inbox::default()),
            keys: Keys::new(rule.max_keys, rule.overflow),
            unkeyed: Arc::new(Count::new(1, Which::Unkeyed, unkeyed, terms)),
            overflow: Arc::new(Count::new(2, Which::Overflow, overflow, terms)),
            settings: RwLock::new(settings),
            denied: AtomicU64::new(0),
            passed: AtomicU64::new(0),
            seed: AtomicU64::new(random.number()),
            next_id: AtomicU64::new(3),
            key_seed: KeySeed::from_bytes(key_seed),
            key_parts: rule.key_parts,
        })
    }

    pub(crate) fn settings(&self) -> RwLockReadGuard<'_, Settings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings_mut(&self) -> RwLockWriteGuard<'_, Settings> {
        self.settings.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the hash under which the key is counted; `None` if all calls are counted together.
    #[inline]
    pub(crate) fn find(&self, key: Key<'_>) -> Option<KeyHash> {
        match self.key_parts {
            Some(0) => None,
            None => Some(key.hash(&self.key_seed)),
            Some(parts) => Some(key.hash_prefix(parts, &self.key_seed)),
        }
    }

    /// Returns the count of `key`, which is made if it is not kept.
    ///
    /// # Errors
    /// If there is no room for it, and it is not to share one.
    pub(crate) fn count(
        &self,
        key: Key<'_>,
        hash: KeyHash,
        now: Tick,
    ) -> Result<Arc<Count>, NoRoom> {
        if let Some(count) = self.keys.with(hash, Arc::clone) {
            return Ok(count);
        }
        let (terms, own, name) = {
            let settings = self.settings();
            let Ok(terms) = settings.terms(Some(hash)) else { return Err(NoRoom) };
            (terms, settings.own.contains_key(&hash), name(&settings.rule, Some(key)))
        };
        let make = || {
            let id = self.next_id.fetch_add(1, Ordering::Relaxed);
            Count::new(id, Which::Key(hash), name, terms)
        };
        match self.keys.get_or_add(hash, own, now, make) {
            Err(NoRoom) if !self.keys.room().rejects() => Ok(Arc::clone(&self.overflow)),
            found => found,
        }
    }

    /// Returns the count of `key` if it is kept, or shares one.
    pub(crate) fn kept(&self, key: Option<KeyHash>) -> Option<Arc<Count>> {
        match key {
            None => Some(Arc::clone(&self.unkeyed)),
            Some(key) => self.keys.with(key, Arc::clone),
        }
    }

    /// Returns the count that a token is of, if it is still kept.
    pub(crate) fn count_of(&self, took: &Took) -> Option<Arc<Count>> {
        let count = match took.whose {
            Whose::Unkeyed => Arc::clone(&self.unkeyed),
            Whose::Overflow => Arc::clone(&self.overflow),
            Whose::Key(half) => self.keys.by_half(half)?,
        };
        took.is_of(&count).then_some(count)
    }

    /// Changes the rule, and the limits of some keys.
    ///
    /// # Errors
    /// If one of them is invalid. Nothing has changed then.
    pub(crate) fn change(
        &self,
        rule: &Rule,
        limits: HashMap<KeyHash, Option<Limit>>,
        now: Tick,
    ) -> Result<(), InvalidOption> {
        rule.validate()?;
        limits.values().flatten().try_for_each(|limit| rule.validate_own(limit))?;
        let mut settings = self.settings_mut();
        settings.own.values().try_for_each(|limit| rule.validate_own(limit))?;
        settings.rule = rule.clone();
        self.keys.room().change(rule.max_keys.into(), rule.overflow);
        for (key, limit) in limits {
            self.keys.set_own(key, limit.is_some());
            match limit {
                Some(limit) => settings.own.insert(key, limit),
                None => settings.own.remove(&key),
            };
        }
        for count in &self.counts() {
            let key = match count.which {
                Which::Key(key) => Some(key),
                Which::Unkeyed | Which::Overflow => None,
            };
            if count.change(settings.terms(key)?, now, &self.link) {
                self.inbox.push(count);
            }
        }
        Ok(())
    }

    /// Returns all counts that are kept.
    pub(crate) fn counts(&self) -> Vec<Arc<Count>> {
        let mut counts = self.keys.all();
        counts.extend([Arc::clone(&self.unkeyed), Arc::clone(&self.overflow)]);
        counts
    }
}

impl Drop for Shared {
    /// Ends the background work.
    fn drop(&mut self) {
        self.inbox.wake();
    }
}

/// Returns the name of a count in the store.
fn name(rule: &Rule, key: Option<Key<'_>>) -> StoreKey {
    let parts = rule.key_parts.unwrap_or(usize::MAX);
    rule.secret.name_prefix(TOKENS.name, rule.name.as_str(), key, parts)
}
