use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::bulkhead::Subject;
use crate::bulkhead::fixture::{Fixture, PATIENT};
use crate::law::at_once;

pub(in crate::bulkhead) fn threads_never_exceed_the_maximum(subject: &Subject<'_>) {
    const CALLS: usize = 200;
    let fixture = Fixture::new(subject);
    fixture.assert_all_are_free("at first");
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    at_once(|_| {
        for _ in 0..CALLS {
            let call = fixture.driver.protect(fixture.backend()).max_wait(PATIENT);
            let permit = call.acquire_blocking().expect("a call that waits gets a permit");
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::yield_now();
            running.fetch_sub(1, Ordering::SeqCst);
            permit.success();
        }
    });
    let most = most.into_inner();
    assert!(most <= fixture.max, "{most} calls of threads at once");
    fixture.assert_all_are_free("after the calls of many threads");
}
