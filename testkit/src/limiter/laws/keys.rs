use seawall_core::{Call, Entry, Key, KeyParts};

use crate::limiter::fixture::Fixture;
use crate::limiter::{Setup, Subject};

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
    for (nth, key) in keys.into_iter().enumerate() {
        use_up(&fixture, key, &format!("key {nth}"));
    }
}

pub(in crate::limiter) fn keys_with_one_prefix_count_together(subject: &Subject<'_>) {
    type Keys = &'static [&'static [&'static str]];
    /// The number of parts that count, the keys that share a count, and one that has its own.
    const CASES: [(usize, Keys, &[&str]); 2] = [
        (1, &[&["acme", "ann"], &["acme", "bob"], &["acme"]], &["ann", "acme"]),
        (2, &[&["acme", "ann"], &["acme", "ann", "x"]], &["acme", "bob"]),
    ];
    for (parts, group, other) in CASES {
        for spends in group {
            let setup = Setup { key_parts: Some(parts), ..subject.claim.setup };
            let fixture = Fixture::with(subject, setup);
            use_up(&fixture, spends, &format!("{spends:?}"));
            for key in group {
                remains(&fixture, key, 0, &format!("of {key:?} when {spends:?} has spent all"));
                let entry = enter(&fixture, key);
                assert!(matches!(entry, Entry::Refuse(_)), "the answer to {key:?} is {entry:?}");
            }
            use_up(&fixture, &other, &format!("{other:?}"));
        }
    }
}

/// Spends all tokens of `key`, which must be unused.
#[track_caller]
fn use_up(fixture: &Fixture, key: &(dyn KeyParts + Send + Sync), name: &str) {
    let all = fixture.all();
    remains(fixture, key, all, &format!("of {name} when others are used up"));
    for _ in 0..all {
        let entry = enter(fixture, key);
        assert!(fixture.admits(&entry), "{name} must be admitted; the answer is {entry:?}");
    }
    remains(fixture, key, 0, &format!("of {name} when it is used up"));
}

/// Asserts how many tokens `key` has left, where the limiter can be peeked at.
#[track_caller]
fn remains(fixture: &Fixture, key: &(dyn KeyParts + Send + Sync), tokens: u64, which: &str) {
    if !fixture.admits_only() {
        let status = fixture.limiter().peek(&Call::at(fixture.now()).with_key(Key::new(key)));
        assert_eq!(status.remaining, tokens, "the tokens {which}");
    }
}

fn enter(fixture: &Fixture, key: &(dyn KeyParts + Send + Sync)) -> Entry {
    fixture.backend().enter(&Call::at(fixture.now()).with_key(Key::new(key)))
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
