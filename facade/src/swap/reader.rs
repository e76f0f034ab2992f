use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::later::Later;
use super::slot::{Same, Slot};
use super::sync::{AtomicUsize, Ordering};

/// A copy of a slot's value. Reading it costs one load and counts no reference, also after the value
/// was replaced a few times: then the reader keeps what it has found. It goes to the slot for each
/// reading only after fifteen different values; a clone begins anew with the current one.
#[derive(Debug)]
pub(crate) struct Reader<T> {
    value: T,
    /// A version of the slot at which `value` is its value; [`UNASKED`] until code asks.
    at: AtomicUsize,
    later: OnceLock<Box<Later<T>>>,
    slot: Arc<Slot<T>>,
}

const UNASKED: usize = usize::MAX;

/// The current value: that of the reader, or a clone.
#[derive(Debug)]
pub(crate) enum Seen<'r, T> {
    Kept(&'r T),
    Cloned(T),
}

impl<T> Deref for Seen<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Kept(value) => value,
            Self::Cloned(value) => value,
        }
    }
}

impl<T: Same> Reader<T> {
    /// Creates a reader for code that relies on the name.
    pub(crate) fn new(slot: Arc<Slot<T>>) -> Self {
        slot.ask();
        Self::unasked(slot)
    }

    /// Creates a reader in a table of names: code relies on the name once it reads it.
    pub(crate) fn unasked(slot: Arc<Slot<T>>) -> Self {
        let (value, version) = slot.current();
        let at = AtomicUsize::new(if slot.is_asked() { version } else { UNASKED });
        Self { value, at, later: OnceLock::new(), slot }
    }

    pub(crate) fn slot(&self) -> &Arc<Slot<T>> {
        &self.slot
    }

    /// Returns the value that the reader was made with, if that is current.
    #[inline(always)]
    pub(crate) fn current(&self) -> Option<&T> {
        self.slot.is_at(self.at.load(Ordering::Relaxed)).then_some(&self.value)
    }

    /// Returns the current value.
    #[inline(always)]
    pub(crate) fn get(&self) -> Seen<'_, T> {
        self.current().map_or_else(|| self.later(), Seen::Kept)
    }

    /// Returns the current value, where it is not that which the reader was made with.
    // Out of line, with a result that fits two registers.
    #[inline(never)]
    fn later(&self) -> Seen<'_, T> {
        match self.later.get().and_then(|later| later.find(self.slot.version())) {
            Some(found) => Seen::Kept(found),
            None => self.follow(),
        }
    }

    #[cold]
    fn follow(&self) -> Seen<'_, T> {
        self.slot.ask();
        let (value, version) = self.slot.current();
        if value.is(&self.value) {
            self.at.store(version, Ordering::Relaxed);
            return Seen::Kept(&self.value);
        }
        let later = self.later.get_or_init(|| Box::new(Later::new()));
        later.keep(&value, version).map_or_else(|| Seen::Cloned(value), Seen::Kept)
    }

    /// Returns the value that the reader was made with.
    pub(crate) const fn first(&self) -> &T {
        &self.value
    }
}

impl<T: Same> Clone for Reader<T> {
    fn clone(&self) -> Self {
        match self.current() {
            Some(value) => {
                let at = AtomicUsize::new(self.at.load(Ordering::Relaxed));
                let (later, slot) = (OnceLock::new(), Arc::clone(&self.slot));
                Self { value: value.clone(), at, later, slot }
            }
            None => Self::new(Arc::clone(&self.slot)),
        }
    }
}
