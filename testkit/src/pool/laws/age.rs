use crate::law::MOMENT;
use crate::pool::Subject;
use crate::pool::bench::{Bench, MS, options};

pub(in crate::pool) fn too_old_is_not_lent(subject: &Subject<'_>) {
    let bench = Bench::with(subject, options(2).with_max_lifetime(60 * MS));
    bench.warm_up(1);
    bench.time.advance(60 * MS - MOMENT);
    assert_eq!(bench.taken("one is idle").id(), 1, "a moment before its end it is lent");
    bench.time.advance(MOMENT);
    assert_eq!(bench.taken("a new one can be made").id(), 2, "at its end a new one is lent");
    assert_eq!(bench.dummy.alive(), [2], "connections alive: the old one is closed");
    bench.is_whole("after one was too old");
}

pub(in crate::pool) fn idle_too_long_is_not_lent(subject: &Subject<'_>) {
    let bench = Bench::with(subject, options(2).with_max_idle_time(60 * MS));
    bench.warm_up(1);
    for _ in 0..3 {
        bench.time.advance(60 * MS - MOMENT);
        let lent = bench.taken("one is idle");
        assert_eq!(lent.id(), 1, "a moment before it was idle for too long it is lent");
        bench.time.advance(100 * MS);
    }
    bench.time.advance(60 * MS);
    assert_eq!(bench.taken("a new one can be made").id(), 2, "what is lent in its stead");
    assert_eq!(bench.dummy.alive(), [2], "connections alive: the other is closed");
    bench.is_whole("after one was idle for too long");
}
