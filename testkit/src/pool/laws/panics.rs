use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use seawall_core::pool::PoolControl;

use crate::pool::bench::{Bench, HOUR, MS, options};
use crate::pool::{Act, Connection, DummyError, Step, Subject};

pub(in crate::pool) fn panic_in_create_costs_no_place(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 2);
    for nth in 1..=4 {
        bench.dummy.then(Act::Create, Step::Panic);
        bench.panics(bench.lend().checkout());
        assert_eq!(bench.status().failed_connects, nth, "attempts to connect that failed");
    }
    bench.is_whole("after creates that panicked");
}

pub(in crate::pool) fn panic_in_check_costs_no_place(subject: &Subject<'_>) {
    renewing(subject, Act::Check);
}

pub(in crate::pool) fn panic_in_reset_costs_no_place(subject: &Subject<'_>) {
    renewing(subject, Act::Reset);
}

fn renewing(subject: &Subject<'_>, act: Act) {
    let bench = Bench::new(subject, 2);
    for nth in 1..=4 {
        bench.warm_up(2);
        bench.dummy.then(act, Step::Panic);
        bench.panics(bench.lend().checkout());
        assert_eq!(bench.alive(), 1, "connections alive after {act} panicked, time {nth}");
        let cut = bench.status().closed.cut_check;
        assert_eq!(cut, nth, "connections closed since {act} panicked");
    }
    bench.is_whole(&format!("after {act} panicked"));
}

pub(in crate::pool) fn panic_in_is_broken_costs_no_place(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 2);
    for nth in 1..=4 {
        bench.warm_up(2);
        bench.dummy.then(Act::IsBroken, Step::Panic);
        let lent = bench.taken("two are idle");
        let back = catch_unwind(AssertUnwindSafe(|| drop(lent)));
        assert!(back.is_err(), "the panic comes out");
        assert_eq!(bench.alive(), 1, "connections alive after is_broken panicked, time {nth}");
    }
    bench.is_whole("after is_broken panicked");
}

pub(in crate::pool) fn panic_in_close_costs_no_place(subject: &Subject<'_>) {
    let bench = Bench::with(subject, options(2).with_max_lifetime(10 * MS));
    for act in [Act::Drop, Act::Close] {
        bench.warm_up(2);
        bench.dummy.then(act, Step::Panic);
        bench.time.advance(10 * MS);
        drop(bench.maintained());
        assert_eq!(bench.alive(), 0, "connections alive when all were too old");
        bench.is_whole(&format!("after {act} panicked in the background"));
    }
    bench.warm_up(2);
    bench.dummy.then(Act::Drop, Step::Panic).then(Act::Drop, Step::Panic);
    bench.pool.close();
    assert_eq!((bench.alive(), bench.status().size), (0, 0), "alive and counted, when closed");
}

pub(in crate::pool) fn panic_of_the_borrower_costs_no_place(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 2);
    let op = async |connection: &mut Connection| -> Result<(), DummyError> {
        connection.request(1).await?;
        panic!("the borrower panics")
    };
    closes(&bench, bench.lend().deadline(HOUR).transaction(op));
    closes(&bench, async {
        let _lent = bench.lend().checkout().await;
        panic!("with the guard in hand")
    });
    let blocking = || bench.lend().transaction_blocking(|_| -> Result<(), DummyError> { panic!() });
    assert!(catch_unwind(AssertUnwindSafe(blocking)).is_err(), "the panic comes out");
    assert_eq!(bench.alive(), 1, "connections alive, without that of a thread that panicked");
    bench.is_whole("after borrowers that panicked");
}

#[track_caller]
fn closes<F: Future>(bench: &Bench, work: F) {
    bench.warm_up(2);
    bench.panics(work);
    assert_eq!(bench.alive(), 1, "connections alive, without that of who panicked");
    bench.warm_up(2);
}
