use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_bench::{Batch, Subject, on_tokio};
use tower::limit::RateLimit;
use tower::limit::rate::Rate;
use tower::{Service, service_fn};

use crate::unkeyed::Situation;

pub const UNKEYED: Subject<Situation> = Subject {
    name: "tower, async",
    start: |situation| {
        let rate = Rate::new(1_000_000_000_000, Duration::from_secs(3600));
        let service = service_fn(|()| std::future::ready(Ok::<(), ()>(())));
        // Its timer needs a runtime.
        let limit = on_tokio(async { RateLimit::new(service, rate) });
        (situation == Situation::Allowed).then(|| Box::new(Calls(Mutex::new(limit))) as _)
    },
};

/// Locked once per batch.
struct Calls<S>(Mutex<RateLimit<S>>);

impl<S: Service<()> + Send> Batch for Calls<S> {
    fn run(&self, calls: u64) -> u64 {
        let limit = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        on_tokio(async {
            let mut through = 0;
            for _ in 0..calls {
                let ready = limit.poll_ready(&mut Context::from_waker(Waker::noop()));
                if matches!(ready, Poll::Ready(Ok(()))) {
                    through += u64::from(limit.call(()).await.is_ok());
                }
            }
            through
        })
    }
}
