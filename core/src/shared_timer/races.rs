//! Runs threads that set the timer in every order within loom's bounds:
//! `RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-core --lib races`.

use std::future::{Pending, pending};
use std::sync::{Arc, Weak};

use loom::thread;

use super::*;
use crate::sync::Mutex;

/// Waiters that only record what their timer was set to last.
struct Waiters {
    wanted: Mutex<TimerSetting>,
    set_to: Mutex<Tick>,
    timer: SharedTimer<Pending<()>>,
}

impl TimerOwner for Waiters {
    type Sleep = Pending<()>;

    fn timer(&self) -> &SharedTimer<Pending<()>> {
        &self.timer
    }

    fn wanted(&self) -> TimerSetting {
        *self.wanted.lock().expect("no panic")
    }

    fn sleep_until(&self, at: Tick) -> Pending<()> {
        *self.set_to.lock().expect("no panic") = at;
        pending()
    }

    fn take_due(&self) -> Vec<Waker> {
        Vec::new()
    }

    fn take_all(&self) -> Vec<Waker> {
        Vec::new()
    }
}

fn waiters() -> Arc<Waiters> {
    Arc::new_cyclic(|waiters| Waiters {
        wanted: Mutex::new(TimerSetting::NONE),
        set_to: Mutex::new(Tick::MAX),
        timer: SharedTimer::new(Weak::clone(waiters)),
    })
}

fn wait_until(waiters: &Waiters, at: Tick) {
    let is_earlier = waiters.wanted.lock().expect("no panic").advance(at);
    if is_earlier {
        waiters.timer.set(waiters);
    }
}

/// All orders of two threads; of three, those with at most two preemptions.
#[test]
fn the_timer_ends_up_at_the_earliest_deadline() {
    for (others, preemptions) in [(&[5][..], None), (&[7, 5], Some(2))] {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = preemptions;
        model.check(move || {
            let waiters = waiters();
            let wait = |at| {
                let waiters = Arc::clone(&waiters);
                thread::spawn(move || wait_until(&waiters, Tick::from_millis(at)))
            };
            let others: Vec<_> = others.iter().copied().map(wait).collect();
            wait_until(&waiters, Tick::from_millis(6));
            others.into_iter().for_each(|other| other.join().expect("no panic"));
            assert_eq!(*waiters.set_to.lock().expect("no panic"), Tick::from_millis(5));
        });
    }
}
