//! The gate in every order in which threads can meet in it, as loom runs them:
//! `RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-pool-kit --lib races`.

use loom::future::block_on;
use loom::sync::Arc;
use loom::thread;

use crate::gate::{Denied, Gate};

#[test]
fn who_waits_hears_of_the_place_that_someone_leaves() {
    loom::model(|| {
        let gate = Arc::new(Gate::new(1, None));
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let leaves = thread::spawn(move || other.leave());
        block_on(gate.enter()).expect("it is left");
        assert!(!leaves.join().expect("no panic"));
        assert_eq!(gate.taken(), 1);
        assert_eq!(gate.try_enter(), Err(Denied::Full));
    });
}

#[test]
fn two_who_enter_and_leave_share_one_place() {
    loom::model(|| {
        let gate = Arc::new(Gate::new(1, None));
        let other = Arc::clone(&gate);
        let enters = thread::spawn(move || {
            block_on(other.enter()).expect("his turn comes");
            other.leave();
        });
        if gate.try_enter().is_ok() {
            gate.leave();
        }
        enters.join().expect("no panic");
        assert_eq!((gate.taken(), gate.has_queue()), (0, false));
        gate.try_enter().expect("free");
    });
}

#[test]
fn sizes_that_change_while_someone_leaves_lose_no_place() {
    loom::model(|| {
        let gate = Arc::new(Gate::new(2, None));
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let leaves = thread::spawn(move || other.leave());
        gate.resize(1);
        gate.resize(2);
        leaves.join().expect("no panic");
        assert_eq!(gate.taken(), 0);
        assert_eq!([(); 3].map(|()| gate.try_enter().is_ok()), [true, true, false]);
    });
}

#[test]
fn who_leaves_as_the_gate_closes_hears_of_it_or_was_before() {
    loom::model(|| {
        let gate = Arc::new(Gate::new(1, None));
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let leaves = thread::spawn(move || other.leave());
        gate.close();
        assert_eq!(block_on(gate.enter()), Err(Denied::Closed));
        let _heard = leaves.join().expect("no panic");
        assert_eq!((gate.taken(), gate.try_enter()), (0, Err(Denied::Closed)));
    });
}
