use std::time::Duration;

use layered::{Execute, Service, Stack};
use seatbelt::breaker::Breaker;
use seatbelt::{RecoveryInfo, ResilienceContext};
use seawall_bench::{Batch, each, on_tokio, poll};
use tick::Clock;

use crate::subject::{Situation, Subject, work};

pub const SUBJECTS: [Subject; 1] = [Subject { name: "seatbelt/rate, async", start }];

fn start(situation: Situation) -> Option<Box<dyn Batch>> {
    // Creating the clock needs a runtime; the calls do not.
    let clock = on_tokio(async { Clock::new_tokio() });
    let context = ResilienceContext::new(&clock);
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
            .break_duration(Duration::from_secs(3600)),
        Execute::new(|fail: bool| async move { if fail { Err(2) } else { work() } }),
    );
    let service = stack.into_service();
    if situation == Situation::Open {
        for _ in 0..100 {
            _ = poll(service.execute(true));
        }
    }
    each(move || poll(service.execute(false)).is_ok())
}
