use std::sync::Arc;

use super::Fallible;
use super::run::drop_caught;

/// Starts some work, anew if it failed or panicked, or if the future that ran it was dropped. A panic in its drop
/// ends no other work.
#[derive(Clone)]
pub(super) struct Start(Option<Arc<dyn Fn() -> Fallible + Send + Sync>>);

impl Start {
    pub(super) fn new(start: impl Fn() -> Fallible + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(start)))
    }

    pub(super) fn start(&self) -> Fallible {
        self.0.as_ref().expect("BUG: it was dropped")()
    }
}

impl Drop for Start {
    fn drop(&mut self) {
        drop_caught(self.0.take());
    }
}
