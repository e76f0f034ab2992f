use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use seawall_core::{Clock, Tick};

/// Wakes the background work. Rung twice before anyone hears it, it has rung once.
#[derive(Default)]
pub(crate) struct Bell {
    has_rung: AtomicBool,
    listening: Mutex<Vec<Waker>>,
}

impl Bell {
    pub(crate) fn ring(&self) {
        if !self.has_rung.swap(true, Ordering::AcqRel) {
            let listening = std::mem::take(&mut *self.listening());
            listening.into_iter().for_each(Waker::wake);
        }
    }

    /// Waits until it rings, or has rung since somebody last waited; until `until` at most.
    pub(crate) async fn wait(&self, clock: &Clock, until: Option<Tick>) {
        let mut alarm = until.map(|until| clock.sleep_until(until));
        poll_fn(|cx| {
            if self.has_rung.swap(false, Ordering::AcqRel) {
                return Poll::Ready(());
            }
            // Listens first, and looks again after.
            let mut listening = self.listening();
            if !listening.iter().any(|waker| waker.will_wake(cx.waker())) {
                listening.push(cx.waker().clone());
            }
            drop(listening);
            if self.has_rung.swap(false, Ordering::AcqRel) {
                return Poll::Ready(());
            }
            match &mut alarm {
                Some(alarm) => Pin::new(alarm).poll(cx),
                None => Poll::Pending,
            }
        })
        .await;
    }

    fn listening(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
