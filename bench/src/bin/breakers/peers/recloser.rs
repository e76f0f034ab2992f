use std::time::Duration;

use recloser::Recloser;
use seawall_bench::{Batch, each};

use crate::subject::{Situation, Subject, work};

pub const SUBJECTS: [Subject; 2] = [
    Subject { name: "recloser/calls-100", start: |situation| start(100, situation) },
    Subject { name: "recloser/calls-1000000", start: |situation| start(1_000_000, situation) },
];

fn start(calls: usize, situation: Situation) -> Option<Box<dyn Batch>> {
    let breaker = Recloser::custom()
        .error_rate(0.5)
        .closed_len(calls)
        .open_wait(Duration::from_secs(3600))
        .build();
    if situation == Situation::Open {
        for _ in 0..=calls {
            drop(breaker.call(|| Err::<(), ()>(())));
        }
    }
    each(move || breaker.call(work).is_ok())
}
