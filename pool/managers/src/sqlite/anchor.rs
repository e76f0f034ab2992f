use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Result};

/// A connection that nobody uses, since a database in memory is there for as long as there is one.
#[derive(Clone, Default)]
pub(super) struct Anchor(Arc<Mutex<Option<Connection>>>);

impl Anchor {
    /// Has one, which `open` opens if there is none yet.
    pub(super) fn hold(&self, open: impl FnOnce() -> Result<Connection>) -> Result<()> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            *held = Some(open()?);
        }
        Ok(())
    }
}
