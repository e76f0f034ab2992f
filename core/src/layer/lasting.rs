use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::Named;

/// What layers are called that are kept for good: each once, and no more than there is room for, so
/// that a program which makes up names leaks no more than a megabyte.
#[derive(Debug)]
pub(super) struct Lasting {
    known: HashSet<&'static Named>,
    room: usize,
}

/// So many, of names of at most so many bytes.
const ROOM: usize = 4096;
const LONGEST: usize = 128;

impl Lasting {
    fn new(room: usize) -> Self {
        Self { known: HashSet::new(), room }
    }

    /// Those of this process.
    pub(super) fn shared() -> MutexGuard<'static, Self> {
        static SHARED: LazyLock<Mutex<Lasting>> = LazyLock::new(|| Mutex::new(Lasting::new(ROOM)));
        SHARED.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that says the same as `named` and lasts.
    ///
    /// # Errors
    /// Gives `named` back if it is new and there is no room for it.
    pub(super) fn keep(&mut self, named: Named) -> Result<&'static Named, Named> {
        if let Some(known) = self.known.get(&named) {
            return Ok(known);
        }
        if self.known.len() == self.room || named.name.len() > LONGEST {
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
    fn what_is_known_is_kept_once() {
        let mut lasting = Lasting::new(2);
        let first = lasting.keep(named("a")).expect("there is room");
        let second = lasting.keep(named("a")).expect("it is known");
        assert!(std::ptr::eq(first, second));
        let other = Named { component: Component::RateLimiter, ..named("a") };
        let other = lasting.keep(other).expect("there is room");
        assert!(!std::ptr::eq(first, other));
    }

    #[test]
    fn without_room_nothing_more_is_kept() {
        let mut lasting = Lasting::new(1);
        let kept = lasting.keep(named("a")).expect("there is room");
        assert_eq!(lasting.keep(named("b")), Err(named("b")));
        assert_eq!(lasting.keep(named("a")), Ok(kept));
    }

    #[test]
    fn a_name_that_is_too_long_is_not_kept() {
        let mut lasting = Lasting::new(2);
        let (longest, longer) = ("x".repeat(LONGEST), "x".repeat(LONGEST + 1));
        assert!(lasting.keep(named(&longest)).is_ok());
        assert!(lasting.keep(named(&longer)).is_err());
    }
}
