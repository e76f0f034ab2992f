use crate::law::MOMENT;
use crate::pool::Subject;
use crate::pool::fixture::{Fixture, MS, options};

pub(in crate::pool) fn too_old_is_not_lent(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(2).with_max_lifetime(60 * MS));
    fixture.warm_up(1);
    fixture.time.advance(60 * MS - MOMENT);
    assert_eq!(fixture.taken("one is idle").id(), 1, "a moment before its end it is lent");
    fixture.time.advance(MOMENT);
    assert_eq!(fixture.taken("a new one can be made").id(), 2, "at its end a new one is lent");
    assert_eq!(fixture.dummy.alive(), [2], "connections alive: the old one is closed");
    fixture.is_whole("after one was too old");
}

pub(in crate::pool) fn idle_too_long_is_not_lent(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(2).with_max_idle_time(60 * MS));
    fixture.warm_up(1);
    for _ in 0..3 {
        fixture.time.advance(60 * MS - MOMENT);
        let lent = fixture.taken("one is idle");
        assert_eq!(lent.id(), 1, "a moment before it was idle for too long it is lent");
        fixture.time.advance(100 * MS);
    }
    fixture.time.advance(60 * MS);
    assert_eq!(fixture.taken("a new one can be made").id(), 2, "what is lent in its stead");
    assert_eq!(fixture.dummy.alive(), [2], "connections alive: the other is closed");
    fixture.is_whole("after one was idle for too long");
}
