use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::Named;

/// Interns layers: each one that is kept is stored once and never freed. The number is limited, so
/// a program that makes up names leaks a megabyte at most.
#[derive(Debug)]
pub(super) struct Interner {
    known: HashSet<&'static Named>,
    max: usize,
}

/// Maximum number of interned layers of a process.
const MAX_INTERNED: usize = 4096;
/// Longer names are not interned; in bytes.
const MAX_NAME_LEN: usize = 128;

impl Interner {
    fn new(max: usize) -> Self {
        Self { known: HashSet::new(), max }
    }

    /// Returns the interner of this process.
    pub(super) fn shared() -> MutexGuard<'static, Self> {
        static SHARED: LazyLock<Mutex<Interner>> =
            LazyLock::new(|| Mutex::new(Interner::new(MAX_INTERNED)));
        SHARED.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the interned layer equal to `named`.
    ///
    /// # Errors
    /// Gives `named` back if it is new and cannot be interned.
    pub(super) fn intern(&mut self, named: Named) -> Result<&'static Named, Named> {
        if let Some(known) = self.known.get(&named) {
            return Ok(known);
        }
        if self.known.len() == self.max || named.name.len() > MAX_NAME_LEN {
            return Err(named);
        }
        let named: &'static Named = Box::leak(Box::new(named));
        self.known.insert(named);
        Ok(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Component, Name};

    fn named(name: &str) -> Named {
        Named { component: Component::Bulkhead, name: Name::new(name) }
    }

    #[test]
    fn equal_layers_are_interned_once() {
        let mut interner = Interner::new(2);
        let first = interner.intern(named("a")).expect("there is room");
        let second = interner.intern(named("a")).expect("it is known");
        assert!(std::ptr::eq(first, second));
        let other = Named { component: Component::RateLimiter, ..named("a") };
        let other = interner.intern(other).expect("there is room");
        assert!(!std::ptr::eq(first, other));
    }

    #[test]
    fn a_full_interner_returns_new_layers() {
        let mut interner = Interner::new(1);
        let kept = interner.intern(named("a")).expect("there is room");
        assert_eq!(interner.intern(named("b")), Err(named("b")));
        assert_eq!(interner.intern(named("a")), Ok(kept));
    }

    #[test]
    fn a_long_name_is_not_interned() {
        let mut interner = Interner::new(2);
        let (longest, longer) = ("x".repeat(MAX_NAME_LEN), "x".repeat(MAX_NAME_LEN + 1));
        assert!(interner.intern(named(&longest)).is_ok());
        assert!(interner.intern(named(&longer)).is_err());
    }
}
