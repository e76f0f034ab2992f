//! The gate in every order in which threads can meet in it, as loom runs them:
//! `RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-pool-kit --lib races`.

use std::sync::Arc;

use loom::future::block_on;
use loom::thread;
use seawall_core::{Clock, Deadline, Tick};

use crate::gate::{Denied, Gate, Leave};

fn gate(places: u32) -> Arc<Gate<u8>> {
    Gate::new(places, None, |held| panic!("{held} is put away"))
}

/// Waits as long as it takes.
fn enter(gate: &Gate<u8>) -> Result<Option<u8>, Denied> {
    let clock = Clock::system();
    block_on(gate.enter(Deadline::new(&clock, Tick::MAX), Tick::ZERO))
}

#[test]
fn who_waits_hears_of_the_place_that_someone_leaves() {
    loom::model(|| {
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let leaves = thread::spawn(move || other.leave());
        assert_eq!(enter(&gate), Ok(None));
        assert!(!leaves.join().expect("no panic"));
        assert_eq!(gate.taken(), 1);
        assert_eq!(gate.try_enter(), Err(Denied::Full));
    });
}

#[test]
fn what_comes_back_reaches_who_waits_or_who_comes() {
    loom::model(|| {
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let gives_back = thread::spawn(move || other.give_back(7));
        assert_eq!(enter(&gate), Ok(Some(7)));
        assert_eq!(gives_back.join().expect("no panic"), Ok(()));
        assert_eq!((gate.taken(), gate.waiting()), (1, 0));
    });
}

#[test]
fn what_someone_is_given_who_goes_away_is_not_lost() {
    loom::model(|| {
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let goes_away = thread::spawn(move || {
            let clock = Clock::system();
            let mut turn = other.enter(Deadline::new(&clock, Tick::MAX), Tick::ZERO);
            block_on(std::future::poll_fn(|cx| {
                // Polled once, and dropped if it was not at once.
                let polled = std::pin::Pin::new(&mut turn).poll(cx);
                std::task::Poll::Ready(polled.is_ready())
            }))
        });
        assert_eq!(gate.give_back(7), Ok(()));
        let had_it = goes_away.join().expect("no panic");
        assert_eq!(gate.waiting(), 0);
        let expected = if had_it { Err(Denied::Full) } else { Ok(Some(7)) };
        assert_eq!(gate.try_enter(), expected);
    });
}

#[test]
fn two_who_enter_and_leave_share_one_place() {
    loom::model(|| {
        let gate = gate(1);
        let other = Arc::clone(&gate);
        let enters = thread::spawn(move || {
            enter(&other).expect("his turn comes");
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
        let gate = gate(2);
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
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let leaves = thread::spawn(move || other.leave());
        gate.close();
        assert_eq!(enter(&gate), Err(Denied::Closed));
        let _heard = leaves.join().expect("no panic");
        assert_eq!((gate.taken(), gate.try_enter()), (0, Err(Denied::Closed)));
    });
}

#[test]
fn what_comes_back_as_the_gate_closes_is_in_front_before_or_not_at_all() {
    loom::model(|| {
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let gives_back = thread::spawn(move || other.give_back(7));
        gate.close();
        let cleared = gate.remove(&mut |_| true);
        match gives_back.join().expect("no panic") {
            Ok(()) => assert_eq!(cleared, [7]),
            Err(refused) => assert_eq!((refused, cleared), (7, vec![])),
        }
    });
}
