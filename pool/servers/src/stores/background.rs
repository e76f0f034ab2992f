use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

use seawall_core::BoxFuture;

/// The background work of a component, which a test does itself: whenever it says so, or a call waits.
#[derive(Clone)]
pub struct Background {
    work: Arc<Mutex<BoxFuture<'static, ()>>>,
    wakers: Arc<Wakers>,
}

/// Wakes the calls that wait, which do the background work then.
#[derive(Default)]
struct Wakers(Mutex<Vec<Waker>>);

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        let wakers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Background {
    /// Takes over the background work.
    #[must_use]
    pub fn new(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { work: Arc::new(Mutex::new(Box::pin(work))), wakers: Arc::default() }
    }

    /// Does what can be done now.
    ///
    /// # Panics
    /// If the work has ended, or has panicked before.
    pub fn work(&self) {
        let waker = Waker::from(Arc::clone(&self.wakers));
        let mut cx = Context::from_waker(&waker);
        let ended = self.work.lock().expect("no panic").as_mut().poll(&mut cx);
        assert!(ended.is_pending(), "the component is there");
    }

    /// Does what can be done now, for a call that waits: `waker` is woken when there is more.
    ///
    /// # Panics
    /// As [`work`](Self::work).
    pub fn work_for(&self, waker: &Waker) {
        self.wakers.0.lock().expect("no panic").push(waker.clone());
        self.work();
    }
}
