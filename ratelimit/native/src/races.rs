//! Every order in which threads can get in each other's way, within bounds: run by loom.
//!
//! ```sh
//! RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-ratelimit --lib races
//! ```

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

use loom::sync::Arc;
use loom::thread;
use seawall_core::Tick;

use crate::act::{GiveBack, Leave, Look, Poll, Refund};
use crate::any_meter::AnyMeter;
use crate::queue::Start;
use crate::single::Single;
use crate::take::{Take, Taken};
use crate::{Algorithm, Rule};

const NOW: Tick = Tick::from_millis(1_000_000);

fn meter(limit: u32, algorithm: Algorithm) -> AnyMeter {
    let rule = Rule::new("raced", limit, Duration::from_secs(3600)).algorithm(algorithm);
    rule.meter().expect("valid")
}

/// As a check does it.
fn take(single: &Single, cost: u32) -> bool {
    let take = Take { now: NOW, cost, until: NOW, is_deadline: false };
    single.pass(NOW, cost).is_ok() || matches!(single.apply(&take), Taken::At(_))
}

fn remaining(single: &Single) -> u64 {
    single.apply(&Look { now: NOW, cost: 1 }).remaining
}

fn check(test: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(test);
}

#[test]
fn of_two_that_want_the_last_token_one_gets_it() {
    for algorithm in [Algorithm::Gcra, Algorithm::SlidingWindow] {
        check(move || {
            let single = Arc::new(Single::new(meter(1, algorithm)));
            let other = thread::spawn({
                let single = Arc::clone(&single);
                move || take(&single, 1)
            });
            let one = take(&single, 1);
            assert!(one != other.join().expect("no panic"), "one and only one");
        });
    }
}

#[test]
fn what_one_gives_back_while_another_takes_is_not_lost() {
    check(|| {
        let single = Arc::new(Single::new(meter(3, Algorithm::Gcra)));
        assert!(take(&single, 2));
        let other = thread::spawn({
            let single = Arc::clone(&single);
            move || single.apply(&GiveBack { now: NOW, cost: 2, since: NOW })
        });
        assert!(take(&single, 1), "there is one in any case");
        other.join().expect("no panic");
        assert_eq!(remaining(&single), 2);
    });
}

#[test]
fn a_change_of_rule_keeps_what_is_taken_at_that_time() {
    let algorithms = [Algorithm::Gcra, Algorithm::SlidingWindow];
    for (from, to) in [(0, 0), (0, 1), (1, 0)].map(|(from, to)| (algorithms[from], algorithms[to]))
    {
        check(move || {
            let single = Arc::new(Single::new(meter(2, from)));
            let other = thread::spawn({
                let single = Arc::clone(&single);
                move || take(&single, 1)
            });
            single.change(&meter(4, to), NOW);
            assert!(other.join().expect("no panic"), "both rules allow it");
            assert_eq!(remaining(&single), 3, "of four, one is spent");
        });
    }
}

#[test]
fn a_call_late_for_two_changes_counts_by_the_current_rule() {
    check(|| {
        let single = Arc::new(Single::new(meter(2, Algorithm::Gcra)));
        let other = thread::spawn({
            let single = Arc::clone(&single);
            move || take(&single, 1)
        });
        single.change(&meter(4, Algorithm::Gcra), NOW);
        single.change(&meter(2, Algorithm::Gcra), NOW);
        assert!(other.join().expect("no panic"));
        assert_eq!(remaining(&single), 1);
    });
}

#[test]
fn a_waiter_that_leaves_while_another_takes_loses_nothing() {
    check(|| {
        let single = Arc::new(Single::new(meter(2, Algorithm::Gcra)));
        assert!(take(&single, 2));
        let until = Tick::from_millis(10_000_000);
        let wait = Take { now: NOW, cost: 1, until, is_deadline: false };
        let Taken::Queued { id, .. } = single.apply(&wait) else { panic!("nothing is left") };
        let other = thread::spawn({
            let single = Arc::clone(&single);
            move || single.apply(&Leave { id, now: NOW, unused: true })
        });
        single.apply(&Refund { now: NOW, cost: 1 });
        let taken = take(&single, 1);
        other.join().expect("no panic");
        assert_eq!(remaining(&single), u64::from(!taken), "the refund, unless it was taken");
    });
}

#[test]
fn a_waiter_that_moves_up_while_it_asks_knows_or_is_woken() {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    check(|| {
        let single = Arc::new(Single::new(meter(2, Algorithm::Gcra)));
        assert!(take(&single, 2));
        let queue = |cost| {
            let until = Tick::from_millis(100_000_000);
            let wait = Take { now: NOW, cost, until, is_deadline: false };
            let Taken::Queued { id, at } = single.apply(&wait) else { panic!("nothing is left") };
            (id, at)
        };
        let ((first, _), (second, told)) = (queue(2), queue(1));
        let other = thread::spawn({
            let single = Arc::clone(&single);
            move || single.apply(&Leave { id: first, now: NOW, unused: true })
        });
        let woken = std::sync::Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        let start = single.apply(&Poll { id: second, now: NOW, waker: &waker });
        other.join().expect("no panic");
        let Start::At(at) = start else { panic!("not yet") };
        assert!(at < told || woken.0.load(Ordering::SeqCst), "it sleeps too long");
    });
}
