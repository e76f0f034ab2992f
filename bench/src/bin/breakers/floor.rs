//! The least that a breaker can do: read the time, count the call and its success.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use seawall_bench::each;

use crate::subject::{Situation, Subject, work};

pub const FLOOR: Subject = Subject {
    name: "floor",
    start: |situation| {
        let clock = quanta::Clock::new();
        let counters = Box::new([AtomicU64::new(0), AtomicU64::new(0)]);
        each(move || {
            black_box(clock.raw());
            counters[0].fetch_add(1, Ordering::Relaxed);
            counters[1].fetch_add(1, Ordering::Relaxed);
            work().is_ok() && situation == Situation::Closed
        })
    },
};
