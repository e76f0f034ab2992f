use std::time::Duration;

use seawall_bench::{Batch, on_tokio};
use tower::{Layer, Service, service_fn};
use tower_resilience::circuitbreaker::CircuitBreakerLayer;

use crate::subject::{Situation, Subject, work};

pub const SUBJECTS: [Subject; 1] = [Subject { name: "tower-resilience/calls-100, async", start }];

fn start(situation: Situation) -> Option<Box<dyn Batch>> {
    let layer = CircuitBreakerLayer::builder()
        .failure_rate_threshold(0.5)
        .sliding_window_size(100)
        .minimum_number_of_calls(20)
        .wait_duration_in_open(Duration::from_secs(3600))
        .build()
        .expect("valid options");
    let service = layer.layer(service_fn(|_: ()| async { work() }));
    if situation == Situation::Open {
        on_tokio(service.force_open());
    }
    Some(Box::new(Calls(service)))
}

/// Its clones share the circuit. It uses Tokio's mutex, so two threads have to wait in earnest.
struct Calls<S>(S);

impl<S> Batch for Calls<S>
where
    S: Service<(), Response = u64> + Clone + Send + Sync,
{
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
