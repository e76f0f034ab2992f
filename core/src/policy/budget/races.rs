//! Runs deposits and withdrawals in every order within loom's bounds.
//!
//! ```sh
//! RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-core --lib races
//! ```

use loom::sync::Arc;
use loom::thread;

use super::{Budget, BudgetOptions};
use crate::Tick;

const NOW: Tick = Tick::from_millis(5);

fn check(test: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(test);
}

fn budget(ratio: f64, calls: f64) -> Budget {
    let options = BudgetOptions::new("races").ratio(ratio).floor(calls / 10.0);
    Budget::start(&options).expect("valid options")
}

#[test]
fn threads_that_withdraw_at_once_never_take_more_than_there_is() {
    check(|| {
        let budget = budget(0.0, 1.0);
        let other = budget.clone();
        let other =
            thread::spawn(move || other.withdraw(NOW).map(|extra| extra.send(NOW)).is_some());
        let mine = budget.withdraw(NOW).map(|extra| extra.send(NOW)).is_some();
        let other = other.join().expect("no panic");
        assert_eq!(u8::from(mine) + u8::from(other), 1);
    });
}

#[test]
fn what_is_given_back_can_be_taken_once() {
    check(|| {
        let budget = budget(0.0, 1.0);
        let extra = budget.withdraw(NOW).expect("one is there");
        let other = budget.clone();
        let other =
            thread::spawn(move || other.withdraw(NOW).map(|extra| extra.send(NOW)).is_some());
        drop(extra);
        let mine = budget.withdraw(NOW).map(|extra| extra.send(NOW)).is_some();
        let other = other.join().expect("no panic");
        assert_eq!(u8::from(mine) + u8::from(other), 1);
    });
}

#[test]
fn no_deposit_is_lost_or_counted_twice() {
    check(|| {
        let budget = Arc::new(budget(1.0, 0.0));
        let other = Arc::clone(&budget);
        // Both share the stripe, or the other thread has none of its own.
        let other = thread::spawn(move || other.deposit(NOW));
        budget.deposit(NOW);
        let seen = budget.status(NOW).reading("balance");
        assert!((1..=2).contains(&seen.expect("a reading")));
        other.join().expect("no panic");
        assert_eq!(budget.status(NOW).reading("balance"), Some(2));
    });
}
