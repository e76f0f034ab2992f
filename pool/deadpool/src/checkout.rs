use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use deadpool::managed::{Object, PoolError, Timeouts};
use seawall_core::pool::{Manage, Stage, TooSlow};
use seawall_core::{Deadline, Refusal, RefusalKind};

use crate::adapter::Adapter;
use crate::item::Item;
use crate::pool::Shared;
use crate::watch::Watch;

/// Take a place that is free or say that there is none.
const AT_ONCE: Timeouts = Timeouts { wait: Some(Duration::ZERO), create: None, recycle: None };

type Got<M> = Result<Object<Adapter<M>>, PoolError<Arc<<M as Manage>::Error>>>;

impl<M: Manage> Shared<M> {
    /// Lends a resource by `deadline`, or says why not.
    pub(crate) async fn checkout(&self, deadline: Deadline<'_>) -> Result<Item<M>, Refusal> {
        let mut get = pin!(self.get());
        let mut closing = pin!(self.closing.acquire());
        let mut watch = Watch::new(deadline.clock(), &self.adapter().books);
        let checkout = poll_fn(|cx| {
            if self.closing.is_closed() {
                return Poll::Ready(Err(PoolError::Closed));
            }
            match watch.poll(get.as_mut(), cx) {
                // deadpool itself wakes those who wait for a place.
                Poll::Pending if watch.stage() != Stage::Waiting => {
                    closing.as_mut().poll(cx).map(|_closed| Err(PoolError::Closed))
                }
                polled => polled,
            }
        });
        match deadline.cut(checkout).await {
            Some(Ok(object)) => Ok(Item::new(object)),
            Some(Err(error)) => Err(self.refusal(error)),
            None => Err(self.too_slow(watch.stage(), watch.since(deadline.at()))),
        }
    }

    /// A place that is free is taken before anything else: joining the queue for it asks Tokio's
    /// scheduler, which may put a task off although it need not wait. Nobody is overtaken, since
    /// places come free only when nobody is in the queue.
    async fn get(&self) -> Got<M> {
        match self.objects.timeout_get(&AT_ONCE).await {
            Err(PoolError::Timeout(_)) => self.objects.get().await,
            got => got,
        }
    }

    fn refusal(&self, error: PoolError<Arc<M::Error>>) -> Refusal {
        match error {
            PoolError::Backend(error) => {
                self.refuse(RefusalKind::ResourceUnavailable).with_source(error)
            }
            PoolError::Closed => self.refuse(RefusalKind::ShuttingDown),
            PoolError::Timeout(_)
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => {
                unreachable!("deadpool is given no timeouts and no hooks")
            }
        }
    }

    /// The deadline came when `stage` had lasted for `after`.
    fn too_slow(&self, stage: Stage, after: Duration) -> Refusal {
        let trouble = &self.adapter().trouble;
        let last_error = trouble.connect_error().map(|error| error as Arc<_>);
        if stage == Stage::Waiting {
            let refusal = self.refuse(RefusalKind::CheckoutTimeout);
            let refusal = refusal.with_limit(self.options.max_size.get().into());
            return match last_error {
                Some(error) => refusal.with_source(error),
                None => refusal,
            };
        }
        if stage == Stage::Connecting {
            trouble.not_connected(None);
        }
        let slow = TooSlow::new(stage, after).with_last_error(last_error);
        self.refuse(RefusalKind::ResourceUnavailable).with_source(Arc::new(slow))
    }

    fn refuse(&self, kind: RefusalKind) -> Refusal {
        Refusal::new(kind, &self.layer)
    }
}
