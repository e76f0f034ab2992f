//! Keys: different parts, different keys.

use proptest::prelude::*;
use seawall_core::{Key, KeyParts, KeySeed, KeySink};

/// Anything a key can be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Bytes(Vec<u8>),
    Number(i64),
    Flag(bool),
    Pair(Box<(Part, Part)>),
}

impl KeyParts for Part {
    fn encode(&self, sink: &mut dyn KeySink) {
        match self {
            Self::Text(text) => text.encode(sink),
            Self::Bytes(bytes) => bytes.as_slice().encode(sink),
            Self::Number(number) => number.encode(sink),
            Self::Flag(flag) => flag.encode(sink),
            Self::Pair(pair) => pair.encode(sink),
        }
    }
}

fn part() -> impl Strategy<Value = Part> {
    let leaf = prop_oneof![
        "[a-b:/]{0,3}".prop_map(Part::Text),
        proptest::collection::vec(0..3_u8, 0..3).prop_map(Part::Bytes),
        (-2..3_i64).prop_map(Part::Number),
        any::<bool>().prop_map(Part::Flag),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        (inner.clone(), inner).prop_map(|pair| Part::Pair(Box::new(pair)))
    })
}

proptest! {
    #[test]
    fn two_keys_are_equal_only_if_their_parts_are(left in part(), right in part()) {
        let seed = KeySeed::from_bytes([7; 16]);
        let (one, other) = (Key::new(&left), Key::new(&right));
        prop_assert_eq!(one.to_bytes() == other.to_bytes(), left == right);
        prop_assert_eq!(one.hash(&seed) == other.hash(&seed), left == right);
    }
}

#[test]
fn joining_does_not_make_two_keys_one() {
    let bytes = |parts: &(dyn KeyParts + Sync)| Key::new(parts).to_bytes();
    assert_ne!(bytes(&("a:b", "c")), bytes(&("a", "b:c")));
    assert_ne!(bytes(&("ab", "")), bytes(&("a", "b")));
    assert_ne!(bytes(&1), bytes(&"1"));
    assert_ne!(bytes(&1), bytes(&true));
    assert_ne!(bytes(&1), bytes(&-1));
    assert_ne!(bytes(&"a"), bytes(&b"a"));
    assert_ne!(bytes(&"a"), bytes(&("a",)));
    assert_eq!(bytes(&1_u8), bytes(&1_i64), "a number is its value, whatever its width");
    assert_eq!(bytes(&"a"), bytes(&String::from("a")));
}

#[test]
fn a_hash_depends_on_the_seed_and_hides_the_key() {
    let key = Key::new(&("user", "alice@example.com"));
    let (one, other) = (KeySeed::random(), KeySeed::random());
    assert_eq!(key.hash(&one), key.hash(&one));
    assert_ne!(key.hash(&one), key.hash(&other));
    assert_eq!(format!("{key:?} {one:?}"), "Key(…) KeySeed(…)");
    assert_eq!(key.reveal(), "user/alice@example.com");
    assert_eq!(Key::new(&("user", -5, true, b"\xff")).reveal(), "user/-5/true/\\xff");
}
