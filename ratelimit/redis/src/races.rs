//! Every order in which calls and the background work can get in each other's way, within bounds: run by
//! loom.
//!
//! ```sh
//! RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-ratelimit-redis --lib races
//! ```

use loom::sync::Arc;
use loom::thread;
use seawall_core::Tick;

use crate::leased::{Leased, Renew};
use crate::leases::Leases;
use crate::sync::{Mutex, lock};

struct Key {
    leased: Leased,
    leases: Mutex<Leases>,
}

impl Key {
    fn with(tokens: u32, end: u64) -> Arc<Self> {
        let key = Self { leased: Leased::new(), leases: Mutex::new(Leases::default()) };
        key.lease(tokens, end, 0);
        Arc::new(key)
    }

    /// What the background work does with a grant.
    fn lease(&self, tokens: u32, end: u64, now: u64) -> u64 {
        let mut leases = lock(&self.leases);
        let spent = leases.collect(&self.leased, Tick::from_millis(now));
        leases.add(tokens, Tick::from_millis(end), 0.0);
        leases.put(&self.leased, |_| Renew::NEVER);
        spent
    }

    fn take(&self, cost: u32, now: u64) -> bool {
        self.leased.take(cost, Tick::from_millis(now)).is_some()
    }

    fn left(&self, now: u64) -> u64 {
        let mut leases = lock(&self.leases);
        leases.collect(&self.leased, Tick::from_millis(now));
        leases.held()
    }
}

fn check(test: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(test);
}

#[test]
fn of_two_that_want_the_last_token_one_gets_it() {
    check(|| {
        let key = Key::with(1, 10);
        let other = thread::spawn({
            let key = Arc::clone(&key);
            move || key.take(1, 1)
        });
        let one = key.take(1, 1);
        assert!(one != other.join().expect("no panic"), "one and only one");
    });
}

#[test]
fn no_token_is_lost_or_made_while_the_lease_changes() {
    check(|| {
        let key = Key::with(2, 10);
        let other = thread::spawn({
            let key = Arc::clone(&key);
            move || u64::from(key.take(1, 1)) + u64::from(key.take(1, 1))
        });
        key.lease(3, 20, 1);
        let taken = other.join().expect("no panic");
        assert_eq!(key.left(1) + taken, 5);
    });
}

#[test]
fn no_token_is_taken_after_its_lease_has_ended() {
    check(|| {
        let key = Key::with(2, 10);
        let other = thread::spawn({
            let key = Arc::clone(&key);
            // Only the second lease goes on at that time.
            move || u64::from(key.take(1, 15)) + u64::from(key.take(1, 15))
        });
        key.lease(1, 20, 12);
        let taken = other.join().expect("no panic");
        assert!(taken <= 1, "{taken}");
        assert_eq!(key.left(15) + taken, 1);
    });
}

#[test]
fn what_is_given_back_while_the_lease_changes_is_not_doubled() {
    check(|| {
        let key = Key::with(2, 10);
        let taken = key.leased.take(2, Tick::from_millis(1)).expect("two are there");
        let other = thread::spawn({
            let key = Arc::clone(&key);
            move || {
                if !key.leased.give_back(taken.number, 2) {
                    let mut leases = lock(&key.leases);
                    leases.collect(&key.leased, Tick::from_millis(1));
                    leases.give_back(taken.number, 2);
                    leases.put(&key.leased, |_| Renew::NEVER);
                }
            }
        });
        key.lease(3, 20, 1);
        other.join().expect("no panic");
        assert_eq!(key.left(1), 5);
    });
}
