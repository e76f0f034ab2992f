//! The manager of connections on paper does what its script says.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::Tick;
use seawall_core::pool::Manage;
use seawall_testkit::ManualClock;
use seawall_testkit::pool::{Act, Connection, Dummy, DummyError, Step};

const MS: Duration = Duration::from_millis(1);

fn dummy() -> (ManualClock, Dummy) {
    let time = ManualClock::new();
    let dummy = Dummy::new(time.clock());
    (time, dummy)
}

fn connect(time: &ManualClock, dummy: &Dummy) -> Connection {
    time.block_on(dummy.create()).expect("nothing else is planned")
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn steps_happen_in_the_order_in_which_they_were_planned_for_each_act() {
    let (time, dummy) = dummy();
    dummy.then(Act::Create, Step::Fail("refused")).then(Act::Check, Step::Fail("gone away"));
    dummy.then(Act::Create, Step::Take(5 * MS)).then(Act::Create, Step::Panic);
    assert_eq!(time.block_on(dummy.create()).err(), Some(DummyError("refused")));
    let mut connection = connect(&time, &dummy);
    assert_eq!(time.now(), Tick::ZERO + 5 * MS);
    assert!(catch_unwind(AssertUnwindSafe(|| time.block_on(dummy.create()))).is_err());
    let check = time.block_on(dummy.check(&mut connection));
    assert_eq!(check, Err(DummyError("gone away")));
    assert_eq!(time.block_on(dummy.check(&mut connection)), Ok(()), "the script is at its end");
    let calls = [Act::Create, Act::Check, Act::Reset].map(|act| dummy.calls(act));
    assert_eq!((calls, dummy.made()), ([3, 2, 0], 1));
    dummy.then(Act::Create, Step::Fail("refused")).forget();
    assert_eq!(connect(&time, &dummy).id(), 2);
}

#[test]
fn it_knows_what_is_alive_and_the_most_that_was() {
    let (time, dummy) = dummy();
    let connections = [(); 3].map(|()| connect(&time, &dummy));
    assert_eq!(dummy.alive(), [1, 2, 3]);
    let [first, second, third] = connections;
    drop(second);
    time.block_on(dummy.close(first));
    assert_eq!((dummy.alive(), dummy.most_alive()), (vec![3], 3));
    dummy.then(Act::Drop, Step::Panic);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(third))).is_err());
    assert!(dummy.alive().is_empty(), "it is gone all the same");
    assert_eq!((dummy.calls(Act::Close), dummy.calls(Act::Drop)), (1, 3));
}

#[test]
fn a_connection_is_clean_until_it_is_used_and_again_when_it_was_reset() {
    let (time, dummy) = dummy();
    let mut connection = connect(&time, &dummy);
    assert!(connection.is_clean());
    assert_eq!(time.block_on(connection.request(2)), Ok(1));
    assert!(!connection.is_clean());
    dummy.then(Act::Reset, Step::Fail("no"));
    time.block_on(dummy.reset(&mut connection)).expect_err("no");
    assert!(!connection.is_clean());
    time.block_on(dummy.reset(&mut connection)).expect("the script is at its end");
    assert!(connection.is_clean());
}

#[test]
fn a_connection_that_was_left_half_way_is_not_to_be_used_again() {
    let (time, dummy) = dummy();
    for act in [Act::Check, Act::Reset] {
        let mut connection = connect(&time, &dummy);
        dummy.then(act, Step::Hang);
        match act {
            Act::Check => assert!(poll(pin!(dummy.check(&mut connection))).is_pending()),
            _ => assert!(poll(pin!(dummy.reset(&mut connection))).is_pending()),
        }
        assert!(connection.is_midway());
        let request = || time.block_on(connection.request(0));
        assert!(catch_unwind(AssertUnwindSafe(request)).is_err(), "its state is unknown");
    }
    let mut connection = connect(&time, &dummy);
    assert!(poll(pin!(connection.request(1))).is_pending());
    assert!(connection.is_midway(), "the request was dropped");
}

#[test]
fn a_restart_kills_what_is_there_and_not_what_comes_after() {
    let (time, dummy) = dummy();
    let mut old = connect(&time, &dummy);
    dummy.restart();
    let mut new = connect(&time, &dummy);
    let reset = Err(DummyError("connection reset by peer"));
    assert_eq!(time.block_on(dummy.check(&mut old)), reset);
    assert_eq!(time.block_on(old.request(1)), reset.map(|()| 0));
    assert_eq!((old.is_dead(), old.is_midway(), new.is_dead()), (true, false, false));
    assert_eq!(time.block_on(new.request(1)), Ok(2));
    assert_eq!(dummy.alive(), [1, 2], "a dead one is there until it is dropped");
}

#[test]
fn what_cannot_wait_takes_steps_that_would_for_work() {
    let (time, dummy) = dummy();
    let connection = connect(&time, &dummy);
    for step in [Step::Work, Step::Hang, Step::Yield(1), Step::Take(MS)] {
        dummy.then(Act::IsBroken, step);
        assert!(!dummy.is_broken(&connection), "{step:?}");
    }
    dummy.then(Act::IsBroken, Step::Fail("broken"));
    assert!(dummy.is_broken(&connection));
    assert_eq!(time.now(), Tick::ZERO);
}
