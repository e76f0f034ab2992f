use std::sync::PoisonError;

use super::sync::{AtomicUsize, Ordering, RwLock, RwLockReadGuard, fence};

/// Lets several slots change in one step: a reader of some of them sees all of a change or nothing.
///
/// Code that asks for a name for the first time passes it as well, so that no name is removed while it
/// is asked for.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The number of changes, twice. It is odd during one.
    version: AtomicUsize,
    changing: RwLock<()>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { version: AtomicUsize::new(0), changing: RwLock::new(()) }
    }

    /// Returns what `read` reads, none of which has changed meanwhile. Reads again if it has.
    #[inline]
    pub(crate) fn read<T>(&self, mut read: impl FnMut() -> T) -> T {
        loop {
            let before = self.version.load(Ordering::Acquire);
            if before.is_multiple_of(2) {
                let value = read();
                // A value of a later version was stored after that version began.
                fence(Ordering::Acquire);
                if self.version.load(Ordering::Relaxed) == before {
                    return value;
                }
            }
            drop(self.wait());
        }
    }

    /// Waits until no change is under way. None begins while the result is held.
    pub(crate) fn wait(&self) -> RwLockReadGuard<'_, ()> {
        self.changing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `change`, which readers see all of or nothing. One runs at a time.
    pub(crate) fn change<T>(&self, change: impl FnOnce() -> T) -> T {
        let _changing = self.changing.write().unwrap_or_else(PoisonError::into_inner);
        let _odd = Odd::new(&self.version);
        change()
    }
}

/// Keeps a version odd, also if a change panics.
struct Odd<'g>(&'g AtomicUsize);

impl<'g> Odd<'g> {
    fn new(version: &'g AtomicUsize) -> Self {
        version.fetch_add(1, Ordering::Relaxed);
        // What is stored from now on is of the new version.
        fence(Ordering::Release);
        Self(version)
    }
}

impl Drop for Odd<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}
