//! Seawall's breaker over failsafe.

use std::time::Duration;

use seawall_bench::each;
use seawall_breaker_failsafe::{FailsafeBreaker, FailsafeOptions};
use seawall_core::{Clock, Driver};

use crate::subject::{Situation, Subject, work};

pub const SUBJECT: Subject = Subject {
    name: "seawall-failsafe/consecutive",
    start: |situation| {
        let hour = Duration::from_secs(3600);
        let options = FailsafeOptions::new("bench").failures(5).reset_after(hour);
        let breaker = FailsafeBreaker::start(&options).expect("valid options");
        let breaker = breaker.with_driver(Driver::new().with_clock(Clock::quanta()));
        if situation == Situation::Open {
            for _ in 0..5 {
                _ = breaker.execute_blocking(|| Err::<(), _>(()));
            }
        }
        each(move || breaker.execute_blocking(work).is_ok())
    },
};
