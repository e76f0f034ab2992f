use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::thread;

use crate::law::{THREADS, at_once};
use crate::pool::fixture::{Fixture, HOUR};
use crate::pool::{Connection, DummyError, Subject};

pub(in crate::pool) fn threads_never_exceed_max_size(subject: &Subject<'_>) {
    for round in 0..50 {
        let fixture = Fixture::new(subject, 6);
        let lent = at_once(|_| fixture.lend().without_waiting().checkout_blocking().ok());
        let lent = lent.into_iter().flatten().count();
        assert_eq!(lent, 6, "lent at once to {THREADS} threads, in round {round}");
        fixture.is_whole(&format!("after round {round} of threads"));
    }
}

pub(in crate::pool) fn threads_lose_nothing(subject: &Subject<'_>) {
    const USES: u32 = 300;
    let fixture = Fixture::new(subject, 3);
    let (inside, most, ended) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU64::new(0));
    at_once(|_| {
        for nth in 0..USES {
            let op = |connection: &mut Connection| {
                most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                thread::yield_now();
                assert!(connection.is_clean(), "what is lent is clean");
                inside.fetch_sub(1, SeqCst);
                ended.fetch_add(1, SeqCst);
                if nth % 3 == 0 { Err(DummyError("no such row")) } else { Ok(()) }
            };
            let used = fixture.lend().deadline(HOUR).with_blocking(op);
            let failed = used.err().is_some_and(|error| error.into_failed().is_some());
            assert_eq!(failed, nth % 3 == 0, "what becomes of a use is the operation's own");
            if nth % 7 == 0 {
                match fixture.lend().deadline(HOUR).checkout_blocking() {
                    Ok(lent) => lent.discard(),
                    Err(refusal) => panic!("its turn comes; but: {refusal}"),
                }
            }
        }
    });
    assert!(most.load(SeqCst) <= 3, "at most three are lent at once");
    assert!(fixture.dummy.most_alive() <= 3, "a permit is free only once its connection is closed");
    let uses = THREADS as u64 * u64::from(USES);
    assert_eq!(ended.load(SeqCst), uses, "uses that came to their end");
    let discarded = THREADS as u64 * u64::from(USES.div_ceil(7));
    let status = fixture.status();
    assert_eq!(status.closed.total(), discarded, "connections closed, all discarded: {status:?}");
    assert_eq!(status.created, fixture.dummy.made(), "created are those made");
    fixture.is_whole("after many threads");
}
