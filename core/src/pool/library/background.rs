use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::shared::Shared;
use super::{Keeper, Library, LibraryStats};
use crate::pool::Drained;
use crate::sync::{Mutex, lock};
use crate::{BoxFuture, Clock, Driver};

/// The ends of cut uses that take time. Each holds its item, and so its place in the library's pool.
#[derive(Default)]
pub(super) struct Cancels {
    begun: Mutex<Vec<BoxFuture<'static, ()>>>,
    /// Number of background works that run them.
    runners: AtomicU32,
}

impl Cancels {
    /// Runs `cancel` as far as it comes without waiting; the background work does the rest. Without
    /// any, it is dropped.
    pub(super) fn begin(&self, mut cancel: BoxFuture<'static, ()>) {
        let polled = poll_end(&mut cancel, &mut Context::from_waker(Waker::noop()));
        if polled.is_pending() && self.runners.load(SeqCst) > 0 {
            lock(&self.begun).push(cancel);
        }
    }
}

/// Continues the end of a cut use. A panic, which the panic hook has reported, ends it: it must neither end the
/// work for all nor abort a thread that unwinds.
fn poll_end(end: &mut BoxFuture<'static, ()>, cx: &mut Context<'_>) -> Poll<()> {
    let poll = || end.as_mut().poll(cx);
    catch_unwind(AssertUnwindSafe(poll)).unwrap_or(Poll::Ready(()))
}

/// Counts as a runner of cancels until it is dropped.
struct Runner(Arc<LibraryStats>);

impl Runner {
    fn new(stats: &Arc<LibraryStats>) -> Self {
        stats.cancels.runners.fetch_add(1, SeqCst);
        Self(Arc::clone(stats))
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if self.0.cancels.runners.fetch_sub(1, SeqCst) == 1 {
            let left = std::mem::take(&mut *lock(&self.0.cancels.begun));
            drop(left);
        }
    }
}

/// How often the background work looks whether the owner of the library's pool has closed it. Libraries tell
/// only their waiters.
const OWNER_EVERY: Duration = Duration::from_secs(1);

/// Runs the background work of a pool, which it does not keep alive.
pub(super) fn maintain<L: Library>(
    pool: Weak<Shared<L>>,
    stats: &Arc<LibraryStats>,
    driver: Driver,
) -> impl Future<Output = ()> + Send + 'static {
    let stats = Arc::clone(stats);
    async move {
        let (runner, mut listener) = (Runner::new(&stats), stats.wakeup.listen());
        let (mut running, mut sleep) = (Vec::new(), None);
        if let Some(shared) = pool.upgrade() {
            shared.library.start();
        }
        poll_fn(|cx| {
            listener.register(cx);
            running.append(&mut lock(&runner.0.cancels.begun));
            running.retain_mut(|cancel| poll_end(cancel, cx).is_pending());
            let Some(shared) = pool.upgrade() else { return Poll::Ready(()) };
            if shared.is_closed() && running.is_empty() {
                return Poll::Ready(());
            }
            shared.report_health(&driver);
            let clock = driver.clock();
            let ages = shared.library.keeper().and_then(Keeper::look_every);
            let sleep = sleep.get_or_insert_with(|| clock.sleep_until(clock.now()));
            while Pin::new(&mut *sleep).poll(cx).is_ready() {
                if shared.is_closed() && running.is_empty() {
                    return Poll::Ready(());
                }
                let now = clock.now();
                if ages.is_some() {
                    shared.library.close_old(now);
                }
                *sleep = clock.sleep_until(now + ages.unwrap_or(OWNER_EVERY));
            }
            Poll::Pending
        })
        .await;
    }
}

/// How often a drain looks for resources that were returned past Seawall.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Closes the pool and waits until everything has come back, for at most `patience`.
pub(super) async fn drain<L: Library>(
    shared: &Shared<L>,
    clock: &Clock,
    patience: Duration,
) -> Drained {
    let (end, mut listener) = (clock.now() + patience, shared.stats.wakeup.listen());
    shared.close();
    let mut sleep = None;
    poll_fn(|cx| {
        listener.register(cx);
        loop {
            let (left, now) = (shared.status().borrowed, clock.now());
            if left == 0 || now >= end {
                return Poll::Ready(Drained::new(left));
            }
            let look = || clock.sleep_until((now + LOOK_EVERY).min(end));
            if Pin::new(sleep.get_or_insert_with(look)).poll(cx).is_pending() {
                return Poll::Pending;
            }
            sleep = None;
        }
    })
    .await
}
