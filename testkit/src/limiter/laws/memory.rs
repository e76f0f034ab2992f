use std::time::Duration;

use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture};

pub(in crate::limiter) fn kept_keys_are_bounded(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let max = u64::from(fixture.setup.max_keys);
    for key in 0..10 * max {
        let _either = fixture.ask(Some(key), 1);
        let kept = fixture.reading("keys");
        assert!(kept <= max, "the reading `keys` is {kept} after {} keys, above {max}", key + 1);
    }
    let kept = fixture.reading("keys");
    assert!(kept > max / 2, "the reading `keys` is {kept}, though {max} keys may be kept");
}

pub(in crate::limiter) fn refused_keys_are_not_kept(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    for key in 0..u64::from(fixture.setup.max_keys) {
        let refused = fixture.ask(Some(key), fixture.all_as_cost() + 1);
        assert!(refused.is_err(), "there are never that many tokens");
        let _status = fixture.look(Some(key), 1);
    }
    assert_eq!(fixture.reading("keys"), 0, "the reading `keys` when all calls were refused");
}

pub(in crate::limiter) fn full_keys_make_room(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    // Half of them, since a store of several parts may fill them unevenly.
    let crowd = u64::from(fixture.setup.max_keys) / 2;
    for number in 0..20 * crowd {
        let key = Some(number);
        fixture.remains(key, fixture.all(), "for a new key, when earlier ones are full again");
        fixture.use_up(key);
        fixture.refused(key, 1, "the key has spent all tokens");
        if (number + 1) % crowd == 0 {
            fixture.pass_until_full();
        }
    }
}

pub(in crate::limiter) fn exhausted_keys_stay_exhausted(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let crowd = u64::from(fixture.setup.max_keys) / 2;
    let keys = BOTH.into_iter().chain((1..crowd).map(Some));
    for key in keys.clone() {
        fixture.spend_rest(key);
    }
    for stranger in 0..20 * crowd {
        let _either = fixture.ask(Some(1_000_000 + stranger), 1);
    }
    for key in keys {
        let wait = fixture.wait(key, 1);
        assert!(wait > Duration::ZERO, "an exhausted key must wait, however many keys came since");
    }
}
