use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use seawall_core::pool::PoolControl;

use crate::pool::fixture::{Fixture, HOUR, MS, options};
use crate::pool::{Act, Connection, DummyError, Step, Subject};

pub(in crate::pool) fn panic_in_create_frees_its_permit(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    for nth in 1..=4 {
        fixture.dummy.then(Act::Create, Step::Panic);
        fixture.panics(fixture.lend().checkout());
        fixture.pause();
        assert_eq!(fixture.status().failed_connects, nth, "attempts to connect that failed");
    }
    fixture.is_whole("after creates that panicked");
}

pub(in crate::pool) fn panic_in_reset_frees_its_permit(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    for nth in 1..=4 {
        fixture.warm_up(2);
        fixture.dummy.then(Act::Reset, Step::Panic);
        // It is reset as it comes back, or before it is lent again.
        let used = || drop((fixture.taken("two are idle"), fixture.take()));
        let _reported = catch_unwind(AssertUnwindSafe(used));
        let _lent_again = catch_unwind(AssertUnwindSafe(|| fixture.take_all(2)));
        let cut = fixture.status().closed.cut_check;
        assert_eq!(cut, nth, "connections closed since reset panicked");
    }
    fixture.is_whole("after reset panicked");
}

pub(in crate::pool) fn panic_in_check_frees_its_permit(subject: &Subject<'_>) {
    let act = Act::Check;
    let fixture = Fixture::new(subject, 2);
    for nth in 1..=4 {
        fixture.warm_up(2);
        fixture.dummy.then(act, Step::Panic);
        fixture.panics(fixture.lend().checkout());
        assert_eq!(fixture.alive(), 1, "connections alive after {act} panicked, time {nth}");
        let cut = fixture.status().closed.cut_check;
        assert_eq!(cut, nth, "connections closed since {act} panicked");
    }
    fixture.is_whole(&format!("after {act} panicked"));
}

pub(in crate::pool) fn panic_in_is_broken_frees_its_permit(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    for nth in 1..=4 {
        fixture.warm_up(2);
        fixture.dummy.then(Act::IsBroken, Step::Panic);
        let lent = fixture.taken("two are idle");
        let back = catch_unwind(AssertUnwindSafe(|| drop(lent)));
        assert!(back.is_err(), "the panic comes out");
        assert_eq!(fixture.alive(), 1, "connections alive after is_broken panicked, time {nth}");
    }
    fixture.is_whole("after is_broken panicked");
}

pub(in crate::pool) fn panic_in_close_frees_its_permit(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(2).with_max_lifetime(10 * MS));
    for act in [Act::Drop, Act::Close] {
        fixture.warm_up(2);
        fixture.dummy.then(act, Step::Panic);
        fixture.time.advance(10 * MS);
        drop(fixture.maintained());
        assert_eq!(fixture.alive(), 0, "connections alive when all were too old");
        fixture.is_whole(&format!("after {act} panicked in the background"));
    }
    fixture.warm_up(2);
    fixture.dummy.then(Act::Drop, Step::Panic).then(Act::Drop, Step::Panic);
    fixture.pool.close();
    assert_eq!((fixture.alive(), fixture.status().size), (0, 0), "alive and counted, when closed");
}

pub(in crate::pool) fn panic_of_a_borrower_frees_its_permit(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    let op = async |connection: &mut Connection| -> Result<(), DummyError> {
        connection.request(1).await?;
        panic!("the borrower panics")
    };
    closes(&fixture, fixture.lend().deadline(HOUR).with(op));
    closes(&fixture, async {
        let _lent = fixture.lend().checkout().await;
        panic!("with the guard in hand")
    });
    let blocking = || fixture.lend().with_blocking(|_| -> Result<(), DummyError> { panic!() });
    assert!(catch_unwind(AssertUnwindSafe(blocking)).is_err(), "the panic comes out");
    assert_eq!(fixture.alive(), 1, "connections alive, without that of a thread that panicked");
    fixture.is_whole("after borrowers that panicked");
}

#[track_caller]
fn closes<F: Future>(fixture: &Fixture, work: F) {
    fixture.warm_up(2);
    fixture.panics(work);
    assert_eq!(fixture.alive(), 1, "connections alive, without that of the borrower that panicked");
    fixture.warm_up(2);
}
