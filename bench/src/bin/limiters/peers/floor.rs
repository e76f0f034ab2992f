//! The least that a limiter can do: one read of the cycle counter and one update of a number. With
//! keys, it only reads the text, which is the cost of the benchmark itself.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seawall_bench::{Subject, each};

use crate::keys::Keys;
use crate::unkeyed::Situation;

pub const UNKEYED: Subject<Situation> = Subject {
    name: "floor",
    start: |situation| {
        let clock = quanta::Clock::new();
        let state = Box::new(AtomicU64::new(0));
        each(move || {
            black_box(clock.raw());
            state.fetch_add(1, Ordering::Relaxed);
            situation != Situation::Denied
        })
    },
};

pub const KEYED: Subject<Arc<Keys>> = Subject {
    name: "floor: the key is looked at",
    start: |keys| {
        let check = |key: &String| {
            let bytes = key.as_bytes();
            black_box(bytes[0]) != black_box(bytes[bytes.len() - 1])
        };
        Some(keys.each(0, check))
    },
};
