use std::sync::Arc;
use std::time::Duration;

use layered::{Execute, Service, Stack};
use seatbelt::breaker::Breaker;
use seatbelt::timeout::Timeout;
use seatbelt::{RecoveryInfo, ResilienceContext};
use seawall_bench::on_tokio;
use tick::Clock;

use super::{Caller, TIMEOUT};
use crate::operation::Operation;

pub struct Seatbelt(Clock);

pub fn start() -> Seatbelt {
    Seatbelt(on_tokio(async { Clock::new_tokio() }))
}

impl Caller for Seatbelt {
    async fn call<O: Operation>(self: Arc<Self>, calls: u64) -> u64 {
        let context = ResilienceContext::new(&self.0);
        let stack = (
            Breaker::layer("bench", &context)
                .recovery_with(|result: &Result<u64, u64>, _| match result {
                    Ok(_) => RecoveryInfo::never(),
                    Err(_) => RecoveryInfo::retry(),
                })
                .rejected_input_error(|_, _| 3)
                .failure_threshold(0.5)
                .min_throughput(20)
                .sampling_duration(Duration::from_secs(10))
                .break_duration(Duration::from_secs(5)),
            Timeout::layer("timeout", &context).timeout_error(|_| 4).timeout(TIMEOUT),
            Execute::new(|()| async { O::run().await.map_err(|_| 2) }),
        );
        let service = stack.into_service();
        let mut through = 0;
        for _ in 0..calls {
            through += u64::from(service.execute(()).await.is_ok());
        }
        through
    }
}
