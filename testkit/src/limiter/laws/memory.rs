use std::time::Duration;

use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture};

pub(in crate::limiter) fn keys_are_bounded(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let most = u64::from(fixture.setup.max_keys);
    for key in 0..10 * most {
        let _whatever = fixture.ask(Some(key), 1);
        let kept = fixture.reading("keys");
        assert!(kept <= most, "the reading `keys`, after {} keys: {kept}", key + 1);
    }
    assert!(fixture.reading("keys") > most / 2, "room for {most} keys is used for that");
}

pub(in crate::limiter) fn refused_keys_are_not_kept(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    for key in 0..u64::from(fixture.setup.max_keys) {
        let refused = fixture.ask(Some(key), fixture.all_as_cost() + 1);
        assert!(refused.is_err(), "there are never so many tokens");
        let _of_no_interest = fixture.peek(Some(key), 1);
    }
    assert_eq!(fixture.reading("keys"), 0, "`keys`, when all that asked were refused");
}

pub(in crate::limiter) fn keys_with_all_back_make_room(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    // Half of them, since a store of several parts need not fill them evenly.
    let crowd = u64::from(fixture.setup.max_keys) / 2;
    for number in 0..20 * crowd {
        let key = Some(number);
        fixture.remains(key, fixture.all(), "for a new key, when all before have all back");
        fixture.use_up(key);
        fixture.refused(key, 1, "the key has spent all there is");
        if (number + 1) % crowd == 0 {
            fixture.pass_until_full();
        }
    }
}

pub(in crate::limiter) fn used_up_keys_stay_used_up(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let crowd = u64::from(fixture.setup.max_keys) / 2;
    let keys = BOTH.into_iter().chain((1..crowd).map(Some));
    for key in keys.clone() {
        fixture.exhaust(key);
    }
    for stranger in 0..20 * crowd {
        let _whatever = fixture.ask(Some(1_000_000 + stranger), 1);
    }
    for key in keys {
        let wait = fixture.wait(key, 1);
        assert!(wait > Duration::ZERO, "key has spent all waits, whoever else has come");
    }
}
