//! Managers that block: on which threads their calls run, and what becomes of calls whose caller has
//! gone away.

use std::future::Future;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};

use seawall_core::pool::{Interrupt, Manage, ManageBlocking, Stage};
use seawall_pool::Blocking;

/// What it was asked for, on which thread.
type Heard = (&'static str, ThreadId);

/// Makes numbers; tells what it is asked for, and waits in each call until it may go on.
struct Numbers {
    heard: Mutex<Sender<Heard>>,
    may_go_on: Mutex<Receiver<Go>>,
    quick: &'static [Stage],
}

enum Go {
    On,
    Wrong,
    Panic,
}

#[derive(Debug, PartialEq)]
struct Wrong;

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("wrong")
    }
}

impl std::error::Error for Wrong {}

impl Numbers {
    fn call(&self, what: &'static str) -> Result<(), Wrong> {
        self.tell(what);
        let go = self.may_go_on.lock().expect("no panic under it").recv();
        match go.expect("the test goes on") {
            Go::On => Ok(()),
            Go::Wrong => Err(Wrong),
            Go::Panic => panic!("{what} panics"),
        }
    }

    fn tell(&self, what: &'static str) {
        let heard = self.heard.lock().expect("no panic under it");
        heard.send((what, thread::current().id())).expect("the test listens");
    }
}

impl ManageBlocking for Numbers {
    type Resource = u32;
    type Error = Wrong;

    fn create(&self) -> Result<u32, Wrong> {
        self.call("create").map(|()| 7)
    }

    fn check(&self, _: &mut u32) -> Result<(), Wrong> {
        self.call("check")
    }

    fn reset(&self, number: &mut u32) -> Result<(), Wrong> {
        *number += 1;
        self.call("reset")
    }

    fn is_clean(&self, number: &u32) -> bool {
        *number == 20
    }

    fn is_broken(&self, number: &u32) -> bool {
        *number == 13
    }

    fn interrupt(&self, number: &u32) -> Option<Interrupt> {
        let heard = self.heard.lock().expect("no panic under it").clone();
        let tell = ("interrupt", thread::current().id());
        let interrupt = move || heard.send(tell).expect("the test listens");
        (*number == 30).then(|| Box::new(interrupt) as Interrupt)
    }

    fn close(&self, _: u32) {
        self.tell("close");
    }

    fn blocks(&self, stage: Stage) -> bool {
        !self.quick.contains(&stage)
    }
}

struct Bench {
    manager: Blocking<Numbers>,
    go: Sender<Go>,
    heard: Receiver<Heard>,
}

impl Bench {
    fn new() -> Self {
        Self::with(&[], |numbers| Blocking::with_threads(numbers, NonZeroUsize::MIN))
    }

    fn with(quick: &'static [Stage], on: impl FnOnce(Numbers) -> Blocking<Numbers>) -> Self {
        let ((go, may_go_on), (tell, heard)) = (channel(), channel());
        let (heard_by, may_go_on) = (Mutex::new(tell), Mutex::new(may_go_on));
        Self { manager: on(Numbers { heard: heard_by, may_go_on, quick }), go, heard }
    }

    fn go(&self, go: Go) -> &Self {
        self.go.send(go).expect("someone waits");
        self
    }

    /// Returns what was asked for next, and whether it was on this thread.
    fn heard(&self) -> (&'static str, bool) {
        let (what, thread) = self.heard.recv().expect("it was asked");
        (what, thread == thread::current().id())
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn every_call_runs_on_another_thread_and_works_on_the_resource() {
    let bench = Bench::new();
    bench.go(Go::On).go(Go::On).go(Go::On);
    let mut number = block_on(bench.manager.create()).expect("made");
    block_on(bench.manager.check(&mut number)).expect("good");
    block_on(bench.manager.reset(&mut number)).expect("clean");
    assert_eq!(*number, 8);
    assert!(!bench.manager.is_broken(&number));
    block_on(bench.manager.close(number));
    let heard = [(); 4].map(|()| bench.heard());
    assert_eq!(heard, ["create", "check", "reset", "close"].map(|what| (what, false)));
}

#[test]
fn what_does_not_block_runs_where_it_is_asked_for() {
    let quick = &[Stage::Connecting, Stage::Checking, Stage::Resetting];
    let bench = Bench::with(quick, Blocking::new);
    bench.go(Go::On).go(Go::On).go(Go::On);
    let mut number = block_on(bench.manager.create()).expect("made");
    block_on(bench.manager.check(&mut number)).expect("good");
    block_on(bench.manager.reset(&mut number)).expect("clean");
    let heard = [(); 3].map(|()| bench.heard());
    assert_eq!(heard, ["create", "check", "reset"].map(|what| (what, true)));
}

#[test]
fn an_error_keeps_the_resource_and_comes_out_as_it_is() {
    let bench = Bench::new();
    bench.go(Go::Wrong);
    assert_eq!(block_on(bench.manager.create()).expect_err("wrong"), Wrong);
    bench.go(Go::On).go(Go::Wrong);
    let mut number = block_on(bench.manager.create()).expect("made");
    assert_eq!(block_on(bench.manager.check(&mut number)), Err(Wrong));
    assert_eq!(*number, 7);
}

#[test]
fn what_is_made_for_a_caller_that_has_gone_is_closed_when_it_arrives() {
    let bench = Bench::new();
    let mut create = Box::pin(bench.manager.create());
    assert!(poll(&mut create).is_pending());
    assert_eq!(bench.heard(), ("create", false));
    drop(create);
    bench.go(Go::On);
    assert_eq!(bench.heard(), ("close", false));
}

#[test]
fn what_has_arrived_and_is_never_looked_at_is_closed() {
    let bench = Bench::new();
    let mut create = Box::pin(bench.manager.create());
    assert!(poll(&mut create).is_pending());
    bench.go(Go::On);
    assert_eq!(bench.heard(), ("create", false));
    // The one thread has come to its end when it has done this too.
    bench.go(Go::Wrong);
    block_on(bench.manager.create()).expect_err("wrong");
    assert_eq!(bench.heard(), ("create", false));
    drop(create);
    assert_eq!(bench.heard(), ("close", false));
}

#[test]
fn a_check_that_is_cut_closes_its_resource_when_it_ends() {
    let bench = Bench::new();
    bench.go(Go::On);
    let mut number = block_on(bench.manager.create()).expect("made");
    assert_eq!(bench.heard(), ("create", false));
    let mut check = Box::pin(bench.manager.check(&mut number));
    assert!(poll(&mut check).is_pending());
    assert_eq!(bench.heard(), ("check", false));
    drop(check);
    drop(number);
    bench.go(Go::On);
    assert_eq!(bench.heard(), ("close", false));
    assert!(bench.heard.try_recv().is_err(), "it is closed once");
}

#[test]
fn a_panic_goes_to_who_asked_and_closes_the_resource() {
    let bench = Bench::new();
    bench.go(Go::On);
    let mut number = block_on(bench.manager.create()).expect("made");
    bench.go(Go::Panic);
    let check = || block_on(bench.manager.check(&mut number));
    let panic = catch_unwind(AssertUnwindSafe(check)).expect_err("it panics");
    assert_eq!(panic.downcast_ref().map(String::as_str), Some("check panics"));
    assert_eq!([(); 3].map(|()| bench.heard().0), ["create", "check", "close"]);
    bench.go(Go::On);
    block_on(bench.manager.create()).expect("the thread is still there");
}

#[test]
fn a_dropped_resource_is_closed_on_a_thread() {
    let bench = Bench::new();
    bench.go(Go::On);
    drop(block_on(bench.manager.create()).expect("made"));
    assert_eq!([(); 2].map(|()| bench.heard()), [("create", false), ("close", false)]);
}

#[test]
fn more_calls_than_threads_wait_for_each_other() {
    let bench = Bench::new();
    let mut calls: Vec<_> = (0..3).map(|_| Box::pin(bench.manager.create())).collect();
    calls.iter_mut().for_each(|call| assert!(poll(call).is_pending()));
    assert_eq!(bench.heard().0, "create");
    assert!(bench.heard.try_recv().is_err(), "there is one thread");
    bench.go(Go::On).go(Go::On).go(Go::On);
    for call in calls {
        assert_eq!(*block_on(call).expect("made"), 7);
    }
}

#[test]
fn the_manager_is_dropped_with_its_last_resource_and_its_threads_end() {
    let bench = Bench::new();
    bench.go(Go::On);
    let number = block_on(bench.manager.create()).expect("made");
    let Bench { manager, heard, .. } = bench;
    let shared = Arc::new(manager);
    drop(shared);
    drop(number);
    assert_eq!(heard.recv().expect("asked").0, "create");
    assert_eq!(heard.recv().expect("asked").0, "close");
    assert!(heard.recv().is_err(), "the manager is gone");
}

#[test]
fn a_clean_resource_is_not_reset() {
    let bench = Bench::new();
    bench.go(Go::On).go(Go::On);
    let mut number = block_on(bench.manager.create()).expect("made");
    *number = 20;
    block_on(bench.manager.reset(&mut number)).expect("it is clean");
    assert_eq!(*number, 20);
    *number = 19;
    block_on(bench.manager.reset(&mut number)).expect("clean now");
    assert_eq!(*number, 20);
    assert_eq!([(); 2].map(|()| bench.heard().0), ["create", "reset"]);
}

#[test]
fn a_borrower_uses_it_on_a_thread_and_gets_what_comes_of_it() {
    let bench = Bench::new();
    bench.go(Go::On);
    let mut number = block_on(bench.manager.create()).expect("made");
    let thread = bench.heard.recv().expect("asked").1;
    let doubled = block_on(number.run(|number| {
        *number *= 2;
        (*number, thread::current().id())
    }));
    assert_eq!(doubled, (14, thread));
    assert_eq!(*number, 14);
    assert!(!bench.manager.is_broken(&number));
}

#[test]
fn a_use_that_panics_does_so_where_it_was_asked_for_and_costs_the_resource() {
    let bench = Bench::new();
    bench.go(Go::On);
    let mut number = block_on(bench.manager.create()).expect("made");
    let used = || block_on(number.run(|_| panic!("used wrongly")));
    let panic = catch_unwind(AssertUnwindSafe(used)).expect_err("it panics");
    assert_eq!(panic.downcast_ref(), Some(&"used wrongly"));
    assert_eq!([(); 2].map(|()| bench.heard().0), ["create", "close"]);
    assert!(bench.manager.is_broken(&number));
    block_on(bench.manager.close(number));
    assert!(bench.heard.try_recv().is_err(), "it is closed once");
}

#[test]
fn what_is_cut_is_interrupted_if_it_can_be_and_closed_when_it_ends() {
    for (number, interrupted) in [(30, true), (31, false)] {
        let bench = Bench::new();
        bench.go(Go::On);
        let mut lent = block_on(bench.manager.create()).expect("made");
        assert_eq!(bench.heard().0, "create");
        *lent = number;
        let (go, may_go_on) = channel();
        let mut used = Box::pin(lent.run(move |_| may_go_on.recv()));
        assert!(poll(&mut used).is_pending());
        drop(used);
        if interrupted {
            assert_eq!(bench.heard(), ("interrupt", true));
        }
        assert!(bench.heard.try_recv().is_err(), "it is still in use");
        assert!(bench.manager.is_broken(&lent));
        drop(lent);
        go.send(()).expect("it waits");
        assert_eq!(bench.heard(), ("close", false));
        assert!(bench.heard.try_recv().is_err(), "that was all");
    }
}

#[test]
fn what_has_ended_is_not_interrupted() {
    let bench = Bench::new();
    bench.go(Go::On).go(Go::On);
    let mut number = block_on(bench.manager.create()).expect("made");
    *number = 30;
    block_on(bench.manager.check(&mut number)).expect("good");
    block_on(number.run(|_| ()));
    drop(number);
    assert_eq!([(); 3].map(|()| bench.heard().0), ["create", "check", "close"]);
    // One that has ended, and whose end nobody has looked at.
    bench.go(Go::On);
    let mut number = block_on(bench.manager.create()).expect("made");
    *number = 30;
    let mut check = Box::pin(bench.manager.check(&mut number));
    assert!(poll(&mut check).is_pending());
    // The one thread has come to its end when it has done the other too.
    bench.go(Go::On).go(Go::Wrong);
    block_on(bench.manager.create()).expect_err("wrong");
    drop(check);
    let heard = [(); 4].map(|()| bench.heard());
    assert_eq!(heard, ["create", "check", "create", "close"].map(|what| (what, false)));
}
