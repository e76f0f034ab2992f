mod deadlines;
mod front;
mod places;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use seawall_core::{Clock, Deadline, Tick};

use super::*;

/// A gate of whose gifts those are dropped that nobody wants.
fn gate(places: u32) -> Arc<Gate<u8>> {
    Gate::new(places, None, drop)
}

/// Waits as long as it takes.
fn enter<'g>(gate: &'g Gate<u8>, clock: &'g Clock) -> Turn<'g, u8> {
    gate.enter(Deadline::new(clock, Tick::MAX), Tick::ZERO)
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn poll<F: Future + Unpin>(self: &Arc<Self>, future: &mut F) -> Poll<F::Output> {
        Pin::new(future).poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
