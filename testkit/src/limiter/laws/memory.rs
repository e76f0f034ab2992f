use std::time::Duration;

use crate::limiter::Subject;
use crate::limiter::bench::{BOTH, Bench};

pub(in crate::limiter) fn keys_are_bounded(subject: &Subject<'_>) {
    let bench = Bench::new(subject);
    let most = u64::from(bench.setup.max_keys);
    for key in 0..10 * most {
        let _whatever = bench.ask(Some(key), 1);
        let kept = bench.reading("keys");
        assert!(kept <= most, "the reading `keys`, after {} keys: {kept}", key + 1);
    }
    assert!(bench.reading("keys") > most / 2, "room for {most} keys is used for that");
}

pub(in crate::limiter) fn refused_keys_are_not_kept(subject: &Subject<'_>) {
    let bench = Bench::new(subject);
    for key in 0..u64::from(bench.setup.max_keys) {
        let refused = bench.ask(Some(key), bench.all_as_cost() + 1);
        assert!(refused.is_err(), "there are never so many tokens");
        let _of_no_interest = bench.peek(Some(key), 1);
    }
    assert_eq!(bench.reading("keys"), 0, "`keys`, when all that asked were refused");
}

pub(in crate::limiter) fn keys_with_all_back_make_room(subject: &Subject<'_>) {
    let bench = Bench::new(subject);
    // Half of them, since a store of several parts need not fill them evenly.
    let crowd = u64::from(bench.setup.max_keys) / 2;
    for key in 0..20 * crowd {
        let who = Some(key);
        bench.remains(who, bench.all(), "for a new key, when all before have all back");
        bench.use_up(who);
        bench.refused(who, 1, "the key has spent all there is");
        if (key + 1) % crowd == 0 {
            bench.pass_until_full();
        }
    }
}

pub(in crate::limiter) fn used_up_keys_stay_used_up(subject: &Subject<'_>) {
    let bench = Bench::new(subject);
    let crowd = u64::from(bench.setup.max_keys) / 2;
    let keys = BOTH.into_iter().chain((1..crowd).map(Some));
    for who in keys.clone() {
        bench.drain(who);
    }
    for stranger in 0..20 * crowd {
        let _whatever = bench.ask(Some(1_000_000 + stranger), 1);
    }
    for who in keys {
        let wait = bench.wait(who, 1);
        assert!(wait > Duration::ZERO, "who has spent all waits, whoever else has come");
    }
}
