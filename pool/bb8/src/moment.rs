use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Handle, Runtime};

/// Never runs. It has no threads, and what it is made of asks nothing of the system.
static STANDSTILL: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.expect("BUG: a runtime without threads failed to start")
});

/// Makes ready what the first call of [`at_once`] would have to.
pub(crate) fn prepare() {
    LazyLock::force(&STANDSTILL);
}

/// What `future` gives at once, if it does.
///
/// bb8 starts one of Tokio's timers before it looks what it has, and panics where there is no runtime.
/// It is shown one that stands still, so that a pool can be used on any thread; the timer goes before
/// it is ever set. Nothing can be shown to a thread that ends, where Tokio has ended already: it is
/// given nothing.
pub(crate) fn at_once<F: Future>(future: F) -> Option<F::Output> {
    if Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed()) {
        return None;
    }
    let _shown = STANDSTILL.enter();
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use seawall_core::pool::{Manage, PoolOptions};

    use super::*;
    use crate::Pool;

    struct Units;

    impl Manage for Units {
        type Resource = ();
        type Error = Infallible;

        async fn create(&self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    /// A task of bb8's would connect, and wait for ever in a runtime that stands still.
    #[test]
    fn no_task_is_ever_spawned() {
        let pool = Pool::new("pool", Units, PoolOptions::new());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for turn in 0..100 {
                        let lend = pool.lend().deadline(Duration::from_secs(9));
                        let lent = lend.checkout_blocking().expect("there are ten");
                        if turn % 3 == 0 {
                            lent.discard();
                        }
                    }
                });
            }
        });
        assert!(pool.status().closed.abandoned > 0, "many came when none was idle");
        assert_eq!(STANDSTILL.metrics().num_alive_tasks(), 0);
    }

    #[test]
    fn what_is_not_there_at_once_is_not_waited_for() {
        assert_eq!(at_once(std::future::ready(1)), Some(1));
        assert_eq!(at_once(std::future::pending::<()>()), None);
    }
}
