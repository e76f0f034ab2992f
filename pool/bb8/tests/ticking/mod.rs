use std::future::{Future, poll_fn};
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use seawall_core::pool::{Drained, Pool, PoolControl, PoolOptions, PoolStatus, Terms};
use seawall_core::{Exit, InvalidOption, Layer, Refusal, Status, Tick};
use seawall_testkit::pool::{Connection, Dummy, Setup};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

type Inner = seawall_pool_bb8::Pool<Dummy>;

/// A pool of bb8 whose tasks run whenever a checkout waits, so that they take no time.
pub(crate) struct Ticking {
    pool: Inner,
    runtime: Arc<Runtime>,
}

impl Ticking {
    pub(crate) fn new(setup: &Setup) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let options = setup.options.clone().with_check_after(Duration::ZERO);
        let entered = runtime.enter();
        let pool = seawall_pool_bb8::start(setup.name, setup.manager.clone(), &options)
            .expect("bb8 has these options")
            .with_driver(setup.driver.clone());
        drop(entered);
        Self { pool, runtime: Arc::new(runtime) }
    }
}

/// Lets the tasks of `runtime` do what they can do now.
fn tick(runtime: &Runtime) {
    runtime.block_on(async {
        for _ in 0..16 {
            yield_now().await;
        }
    });
}

struct Woken {
    flag: AtomicBool,
    outer: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.flag.store(true, SeqCst);
        self.outer.wake_by_ref();
    }
}

/// Runs `work`; wherever it waits, `runtime` runs until that wakes nothing more.
async fn ticking<F: Future>(runtime: &Runtime, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|cx| {
        tick(runtime);
        loop {
            let woken = Woken { flag: AtomicBool::new(false), outer: cx.waker().clone() };
            let woken = Arc::new(woken);
            let waker = Waker::from(Arc::clone(&woken));
            if let Poll::Ready(output) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(output);
            }
            tick(runtime);
            if !woken.flag.load(SeqCst) {
                return Poll::Pending;
            }
        }
    })
    .await
}

impl Pool for Ticking {
    type Resource = Connection;
    type Item = <Inner as Pool>::Item;

    fn layer(&self) -> &Layer {
        self.pool.layer()
    }

    fn checkout_timeout(&self) -> Duration {
        self.pool.checkout_timeout()
    }

    async fn checkout(&self, terms: Terms<'_>) -> Result<Self::Item, Refusal> {
        // bb8 connects in a task, which takes more than no time.
        let at = terms.deadline().at().max(terms.clock().now() + Duration::from_nanos(1));
        ticking(&self.runtime, Pool::checkout(&self.pool, terms.ending(at))).await
    }

    fn checkin(&self, item: Self::Item, exit: &Exit<'_>) {
        self.pool.checkin(item, exit);
    }

    fn status(&self, now: Tick) -> Status {
        Pool::status(&self.pool, now)
    }
}

impl PoolControl for Ticking {
    fn pool_status(&self) -> PoolStatus {
        self.pool.pool_status()
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        self.pool.resize(max_size)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        self.pool.reconfigure(options)
    }

    fn close(&self) {
        self.pool.close();
    }

    async fn drain(&self, patience: Duration) -> Drained {
        ticking(&self.runtime, self.pool.drain(patience)).await
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        let (work, runtime) = (self.pool.maintain(), Arc::clone(&self.runtime));
        async move { ticking(&runtime, work).await }
    }
}
