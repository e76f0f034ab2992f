use std::future::Future;

use super::{Act, Dummy, DummyError};
use crate::yield_times;

/// A simulated connection, created by a [`Dummy`].
#[derive(Debug)]
pub struct Connection {
    id: u64,
    is_midway: bool,
    is_clean: bool,
    dummy: Dummy,
}

impl Connection {
    pub(super) fn new(id: u64, dummy: Dummy) -> Self {
        Self { id, is_midway: false, is_clean: true, dummy }
    }

    /// Returns its number; a [`Dummy`] counts its connections from 1.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// Returns true if it has not been used since it was created or reset.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.is_clean
    }

    /// Returns true if the last operation on it was cut or dropped before it ended, so that its
    /// state is unknown.
    #[must_use]
    pub const fn is_midway(&self) -> bool {
        self.is_midway
    }

    /// Returns true if its server was restarted after it was created.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.dummy.is_dead(self.id)
    }

    /// Sends a request with this number of awaits. Returns the connection's number.
    ///
    /// # Errors
    /// If it is dead.
    ///
    /// # Panics
    /// If it is [midway](Self::is_midway) through something else.
    pub async fn request(&mut self, awaits: usize) -> Result<u64, DummyError> {
        self.is_clean = false;
        self.work(async move {
            yield_times(awaits).await;
            Ok(())
        })
        .await?;
        Ok(self.id)
    }

    pub(super) fn clean(&mut self) {
        self.is_clean = true;
    }

    /// Runs `work` on it; it is midway until that has ended.
    pub(super) async fn work(
        &mut self,
        work: impl Future<Output = Result<(), DummyError>>,
    ) -> Result<(), DummyError> {
        assert!(!self.is_midway, "connection {} is used though it is midway", self.id);
        self.is_midway = true;
        let worked = work.await;
        self.is_midway = false;
        if self.is_dead() {
            return Err(DummyError("connection reset by peer"));
        }
        worked
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.dummy.buried(self.id);
        let _told_nobody = self.dummy.play_at_once(Act::Drop);
    }
}
