use std::num::NonZeroU32;

use seawall_core::{Call, Key, KeyParts, KeyStatus};

use crate::limiter::Subject;
use crate::limiter::fixture::Fixture;

pub(in crate::limiter) fn keys_are_counted_apart(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    for key in 0..10 {
        fixture.remains(Some(key), fixture.all(), "when only other keys have spent");
        fixture.use_up(Some(key));
        fixture.refused(Some(key), 1, "the key has spent all tokens");
    }
    let fixture = Fixture::new(subject);
    for spent in 0..fixture.all() {
        for key in 0..10 {
            fixture.remains(Some(key), fixture.all() - spent, "when keys take turns");
            fixture.admitted(Some(key), 1, "tokens are left");
        }
    }
}

pub(in crate::limiter) fn keys_that_read_alike_are_counted_apart(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let keys: [&(dyn KeyParts + Send + Sync); 10] = [
        &("a:b", "c"),
        &("a", "b:c"),
        &("a", "b", "c"),
        &(("a", "b"), "c"),
        &("a", ("b", "c")),
        &"a:b:c",
        &"abc",
        &"1",
        &1,
        &true,
    ];
    let peek = |key, cost: u32| -> KeyStatus {
        let cost = NonZeroU32::new(cost).expect("a cost");
        let call = Call::at(fixture.now()).with_key(Key::new(key)).with_cost(cost);
        fixture.limiter().peek(&call)
    };
    for (nth, key) in keys.into_iter().enumerate() {
        let all = fixture.all();
        assert_eq!(peek(key, 1).remaining, all, "the tokens of key {nth} when others are used up");
        for _ in 0..all {
            let call = Call::at(fixture.now()).with_key(Key::new(key));
            let entry = fixture.limiter().enter(&call);
            assert!(fixture.admits(&entry), "key {nth} must be admitted; the answer is {entry:?}");
        }
        assert_eq!(peek(key, 1).remaining, 0, "the tokens of key {nth} when it is used up");
    }
}

pub(in crate::limiter) fn calls_without_key_are_counted_apart(subject: &Subject<'_>) {
    let keys = [Some(0), Some(1), Some(2)];
    let fixture = Fixture::new(subject);
    fixture.use_up(None);
    for key in keys {
        fixture.remains(key, fixture.all(), "for a key, when calls without key spent all");
    }
    let fixture = Fixture::new(subject);
    keys.into_iter().for_each(|key| drop(fixture.use_up(key)));
    fixture.remains(None, fixture.all(), "for calls without key, when keys spent all");
    fixture.use_up(None);
}
