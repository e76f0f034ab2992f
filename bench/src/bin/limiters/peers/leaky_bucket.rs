use std::time::Duration;

use leaky_bucket::RateLimiter;
use seawall_bench::{Subject, each, on_tokio};

use crate::unkeyed::Situation;

pub const UNKEYED: Subject<Situation> = Subject {
    name: "leaky-bucket, `try_acquire`",
    start: |situation| {
        let tokens = if situation == Situation::Denied { 0 } else { 1_000_000_000_000 };
        // Creating the clock needs a runtime; `try_acquire` does not.
        let limiter = on_tokio(async {
            RateLimiter::builder()
                .initial(tokens)
                .max(tokens.max(1))
                .refill(1)
                .interval(Duration::from_secs(3600))
                .build()
        });
        each(move || limiter.try_acquire(1))
    },
};
