use seawall_core::{Call, Entry, Key, KeyParts, KeyStatus};

use crate::limiter::Subject;
use crate::limiter::fixture::Fixture;

pub(in crate::limiter) fn keys_are_counted_apart(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    for key in 0..10 {
        fixture.remains(Some(key), fixture.all(), "when only other keys have spent");
        fixture.use_up(Some(key));
        fixture.refused(Some(key), 1, "the key has spent all there is");
    }
    let fixture = Fixture::new(subject);
    for spent in 0..fixture.all() {
        for key in 0..10 {
            fixture.remains(Some(key), fixture.all() - spent, "when keys take turns");
            fixture.admitted(Some(key), 1, "some is left");
        }
    }
}

pub(in crate::limiter) fn key_parts_are_not_joined(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let keys: [&(dyn KeyParts + Sync); 10] = [
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
        let cost = std::num::NonZeroU32::new(cost).expect("a cost");
        fixture.limiter.peek(&Call::at(fixture.now()).with_key(Key::new(key)).with_cost(cost))
    };
    for (nth, key) in keys.into_iter().enumerate() {
        assert_eq!(
            peek(key, 1).remaining,
            fixture.all(),
            "what key {nth} has when others spent all"
        );
        for _ in 0..fixture.all() {
            let entry = fixture.limiter.enter(&Call::at(fixture.now()).with_key(Key::new(key)));
            assert!(matches!(entry, Entry::Go(_)), "a call with key {nth} goes; but: {entry:?}");
        }
        assert_eq!(peek(key, 1).remaining, 0, "what key {nth} has when it spent all");
    }
}

pub(in crate::limiter) fn calls_without_key_are_counted_apart(subject: &Subject<'_>) {
    let keys = [Some(0), Some(1), Some(2)];
    let fixture = Fixture::new(subject);
    fixture.use_up(None);
    for key in keys {
        fixture.remains(key, fixture.all(), "for a key, when calls without one have spent all");
    }
    let fixture = Fixture::new(subject);
    keys.into_iter().for_each(|key| drop(fixture.use_up(key)));
    fixture.remains(None, fixture.all(), "for calls without a key, when keys have spent all");
    fixture.use_up(None);
}
