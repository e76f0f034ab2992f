use seawall_core::{Call, Entry, Key, KeyParts, KeyStatus};

use crate::limiter::Subject;
use crate::limiter::bench::Bench;

pub(in crate::limiter) fn keys_are_counted_apart(subject: &Subject<'_>) {
    let bench = Bench::new(subject);
    for key in 0..10 {
        bench.remains(Some(key), bench.all(), "when only other keys have spent");
        bench.use_up(Some(key));
        bench.refused(Some(key), 1, "the key has spent all there is");
    }
    let bench = Bench::new(subject);
    for spent in 0..bench.all() {
        for key in 0..10 {
            bench.remains(Some(key), bench.all() - spent, "when keys take turns");
            bench.admitted(Some(key), 1, "some is left");
        }
    }
}

pub(in crate::limiter) fn key_parts_are_not_joined(subject: &Subject<'_>) {
    let bench = Bench::new(subject);
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
        bench.limiter.peek(&Call::at(bench.now()).with_key(Key::new(key)).with_cost(cost))
    };
    for (nth, key) in keys.into_iter().enumerate() {
        assert_eq!(peek(key, 1).remaining, bench.all(), "what key {nth} has when others spent all");
        for _ in 0..bench.all() {
            let entry = bench.limiter.enter(&Call::at(bench.now()).with_key(Key::new(key)));
            assert!(matches!(entry, Entry::Go(_)), "a call with key {nth} goes; but: {entry:?}");
        }
        assert_eq!(peek(key, 1).remaining, 0, "what key {nth} has when it spent all");
    }
}

pub(in crate::limiter) fn calls_without_key_are_counted_apart(subject: &Subject<'_>) {
    let keys = [Some(0), Some(1), Some(2)];
    let bench = Bench::new(subject);
    bench.use_up(None);
    for key in keys {
        bench.remains(key, bench.all(), "for a key, when calls without one have spent all");
    }
    let bench = Bench::new(subject);
    keys.into_iter().for_each(|key| drop(bench.use_up(key)));
    bench.remains(None, bench.all(), "for calls without a key, when keys have spent all");
    bench.use_up(None);
}
