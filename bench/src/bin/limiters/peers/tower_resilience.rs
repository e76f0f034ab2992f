use std::time::Duration;

use seawall_bench::{Batch, Subject, on_tokio};
use tower::{Layer, Service, service_fn};
use tower_resilience::ratelimiter::RateLimiterLayer;

use crate::unkeyed::Situation;

pub const UNKEYED: Subject<Situation> = Subject {
    name: "tower-resilience, async",
    start: |situation| {
        let (limit, period) = match situation {
            Situation::Denied => (1, Duration::from_secs(3600)),
            Situation::Allowed | Situation::Shared => (1_000_000_000, Duration::from_secs(1)),
        };
        let layer = RateLimiterLayer::builder()
            .limit_for_period(limit)
            .refresh_period(period)
            .timeout_duration(Duration::ZERO)
            .build()
            .expect("valid options");
        let service = service_fn(|()| async { Ok::<(), ()>(()) });
        let calls = Calls(layer.layer(service));
        if situation == Situation::Denied {
            assert_eq!(calls.run(1), 1, "the first one is let through");
        }
        Some(Box::new(calls))
    },
};

/// Its clones share the limit.
struct Calls<S>(S);

impl<S: Service<()> + Clone + Send + Sync> Batch for Calls<S> {
    fn run(&self, calls: u64) -> u64 {
        let mut service = self.0.clone();
        on_tokio(async {
            let mut through = 0;
            for _ in 0..calls {
                if std::future::poll_fn(|cx| service.poll_ready(cx)).await.is_ok() {
                    through += u64::from(service.call(()).await.is_ok());
                }
            }
            through
        })
    }
}
