//! The alarm in every order in which threads can meet in it, as loom runs them:
//! `RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-core --lib races`.

use std::sync::{Arc, Weak};

use loom::thread;

use super::*;
use crate::sync::Mutex;

/// Those who wait: what they want, and what their alarm was set to last.
struct Waiting {
    wanted: Mutex<AlarmSetting>,
    set_to: Mutex<Tick>,
    alarm: SharedAlarm,
}

impl Alarmed for Waiting {
    fn alarm(&self) -> &SharedAlarm {
        &self.alarm
    }

    fn wanted(&self) -> AlarmSetting {
        *self.wanted.lock().expect("no panic")
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        *self.set_to.lock().expect("no panic") = at;
        Sleep::new(std::future::pending())
    }

    fn wake_late(&self) {}

    fn wake_all(&self) {}
}

fn waiting() -> Arc<Waiting> {
    Arc::new_cyclic(|waiting| Waiting {
        wanted: Mutex::new(AlarmSetting::NONE),
        set_to: Mutex::new(Tick::MAX),
        alarm: SharedAlarm::new(Weak::clone(waiting)),
    })
}

fn wait_until(waiting: &Waiting, at: Tick) {
    let is_earlier = waiting.wanted.lock().expect("no panic").advance(at);
    if is_earlier {
        waiting.alarm.set(waiting);
    }
}

/// All orders of two; of three, those in which no more than two are interrupted.
#[test]
fn whoever_sets_it_last_sets_it_to_the_earliest() {
    for (others, interrupted) in [(&[5][..], None), (&[7, 5], Some(2))] {
        let mut orders = loom::model::Builder::new();
        orders.preemption_bound = interrupted;
        orders.check(move || {
            let waiting = waiting();
            let wait = |at| {
                let waiting = Arc::clone(&waiting);
                thread::spawn(move || wait_until(&waiting, Tick::from_millis(at)))
            };
            let others: Vec<_> = others.iter().copied().map(wait).collect();
            wait_until(&waiting, Tick::from_millis(6));
            others.into_iter().for_each(|other| other.join().expect("no panic"));
            assert_eq!(*waiting.set_to.lock().expect("no panic"), Tick::from_millis(5));
        });
    }
}
