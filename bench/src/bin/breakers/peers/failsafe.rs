use std::time::Duration;

use failsafe::failure_policy::{self, FailurePolicy};
use failsafe::{CircuitBreaker, Config, backoff};
use seawall_bench::{Batch, each};

use crate::subject::{Situation, Subject, work};

pub const SUBJECTS: [Subject; 2] = [
    Subject {
        name: "failsafe/consecutive",
        start: |situation| start(failure_policy::consecutive_failures(5, wait()), situation),
    },
    Subject {
        name: "failsafe/success-rate",
        start: |situation| {
            let window = Duration::from_secs(10);
            let policy = failure_policy::success_rate_over_time_window(0.5, 20, window, wait());
            (situation == Situation::Closed).then(|| start(policy, situation))?
        },
    },
];

fn wait() -> backoff::Constant {
    backoff::constant(Duration::from_secs(3600))
}

fn start(
    policy: impl FailurePolicy + Send + Sync + 'static,
    situation: Situation,
) -> Option<Box<dyn Batch>> {
    let breaker = Config::new().failure_policy(policy).build();
    if situation == Situation::Open {
        for _ in 0..5 {
            drop(breaker.call(|| Err::<(), ()>(())));
        }
    }
    each(move || breaker.call(work).is_ok())
}
