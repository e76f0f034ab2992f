//! Keys: equal parts are one key, different parts are different keys.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use seawall_core::{
    Encoded, Key, KeyHash, KeyParts, KeySeed, KeySink, Name, Network, WholeKeySink,
};

type Parts<'a> = &'a (dyn KeyParts + Send + Sync);

fn prefix(parts: Parts<'_>, max: usize) -> KeyHash {
    Key::new(parts).hash_prefix(max, &KeySeed::from_bytes([7; 16]))
}

#[track_caller]
fn assert_same(keys: &[Parts<'_>]) {
    for pair in keys.windows(2) {
        let [one, other] = [pair[0], pair[1]].map(Key::new);
        assert_eq!(one.to_bytes(), other.to_bytes(), "{} and {}", one.reveal(), other.reveal());
        assert_eq!(prefix(pair[0], usize::MAX), prefix(pair[1], usize::MAX));
    }
}

/// Any part of a key.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Bytes(Vec<u8>),
    Number(i64),
    Flag(bool),
    Address(IpAddr),
    Nothing,
    Group(Vec<Part>),
    Own(Own),
}

/// A type of a user's own that is described by others.
#[derive(Clone, Debug, PartialEq)]
enum Own {
    Anonymous,
    Newtype(Box<Part>),
    Pair(Box<(Part, Part)>),
    Wrapped(Box<Option<Part>>),
}

impl KeyParts for Own {
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        match self {
            Self::Anonymous => "anonymous".encode(sink),
            Self::Newtype(part) => part.encode(sink),
            Self::Pair(pair) => pair.encode(sink),
            Self::Wrapped(part) => part.encode(sink),
        }
    }
}

impl KeyParts for Part {
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        match self {
            Self::Text(text) => text.encode(sink),
            Self::Bytes(bytes) => bytes.encode(sink),
            Self::Number(number) => number.encode(sink),
            Self::Flag(flag) => flag.encode(sink),
            Self::Address(address) => address.encode(sink),
            Self::Nothing => None::<u8>.encode(sink),
            Self::Group(parts) => parts.encode(sink),
            Self::Own(own) => own.encode(sink),
        }
    }
}

impl Part {
    /// The part without the types around it.
    fn meaning(&self) -> Self {
        let each = |parts: &[Self]| Self::Group(parts.iter().map(Self::meaning).collect());
        match self {
            Self::Group(parts) => each(parts),
            Self::Own(Own::Anonymous) => Self::Text("anonymous".to_owned()),
            Self::Own(Own::Newtype(part)) => part.meaning(),
            Self::Own(Own::Pair(pair)) => each(&[pair.0.clone(), pair.1.clone()]),
            Self::Own(Own::Wrapped(part)) => match &**part {
                Some(part) => match part.meaning() {
                    // `Some(None)` is not `None`; `Own` stands for how often it is inside of a `Some`.
                    none if is_none(&none) => Self::Own(Own::Wrapped(Box::new(Some(none)))),
                    some => some,
                },
                None => Self::Nothing,
            },
            part => part.clone(),
        }
    }
}

fn is_none(meaning: &Part) -> bool {
    matches!(meaning, Part::Nothing | Part::Own(Own::Wrapped(_)))
}

fn part() -> impl Strategy<Value = Part> {
    let leaf = prop_oneof![
        "[a-b:/]{0,3}".prop_map(Part::Text),
        vec(0..3_u8, 0..3).prop_map(Part::Bytes),
        (-2..3_i64).prop_map(Part::Number),
        any::<bool>().prop_map(Part::Flag),
        (0..3_u32).prop_map(|bits| Part::Address(Ipv4Addr::from_bits(bits).into())),
        (0..3_u128).prop_map(|bits| Part::Address(Ipv6Addr::from_bits(bits).into())),
        Just(Part::Nothing),
        Just(Part::Own(Own::Anonymous)),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let own = |own: fn(Box<Part>) -> Own| move |part| Part::Own(own(Box::new(part)));
        let wrapped = |part| Part::Own(Own::Wrapped(Box::new(part)));
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Part::Group),
            inner.clone().prop_map(own(Own::Newtype)),
            (inner.clone(), inner.clone()).prop_map(|pair| Part::Own(Own::Pair(Box::new(pair)))),
            proptest::option::of(inner).prop_map(wrapped),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn two_keys_are_equal_only_if_their_parts_are(
        left in vec(part(), 0..3), right in vec(part(), 0..3),
    ) {
        let seed = KeySeed::from_bytes([7; 16]);
        let meaning = |parts: &[Part]| parts.iter().map(Part::meaning).collect::<Vec<_>>();
        let (one, other) = (Key::new(&left), Key::new(&right));
        let are_equal = meaning(&left) == meaning(&right);
        prop_assert_eq!(one.to_bytes() == other.to_bytes(), are_equal);
        prop_assert_eq!(one.hash(&seed) == other.hash(&seed), are_equal);
    }

    #[test]
    fn one_value_is_one_part_alone_or_in_a_tuple(one in part(), other in part()) {
        prop_assert_eq!(prefix(&one, 1), prefix(&(&one, &other), 1));
        prop_assert_eq!(prefix(&one, 1), prefix(&(&one,), usize::MAX));
        prop_assert_eq!(prefix(&one, 1), prefix(&one, usize::MAX));
        let (one_meaning, other_meaning) = (one.meaning(), other.meaning());
        prop_assert_eq!(prefix(&one, 1) == prefix(&other, 1), one_meaning == other_meaning);
    }

    #[test]
    fn keys_share_a_prefix_only_if_their_first_parts_are_equal(
        left in vec(part(), 0..4), right in vec(part(), 0..4), max in 0..4_usize,
    ) {
        let first = |parts: &[Part]| {
            parts.iter().take(max).map(Part::meaning).collect::<Vec<_>>()
        };
        let are_equal = first(&left) == first(&right);
        prop_assert_eq!(prefix(&left, max) == prefix(&right, max), are_equal);
        let shorter = &left[..left.len().min(max)];
        prop_assert_eq!(prefix(&left, max), prefix(&shorter, usize::MAX));
    }
}

#[test]
fn joining_does_not_make_two_keys_one() {
    let bytes = |parts: Parts<'_>| Key::new(parts).to_bytes();
    assert_ne!(bytes(&("a:b", "c")), bytes(&("a", "b:c")));
    assert_ne!(bytes(&("ab", "")), bytes(&("a", "b")));
    assert_ne!(bytes(&1), bytes(&"1"));
    assert_ne!(bytes(&1), bytes(&true));
    assert_ne!(bytes(&1), bytes(&-1));
    assert_ne!(bytes(&"a"), bytes(&b"a"));
    assert_ne!(bytes(&("a", "b")), bytes(&(("a", "b"),)));
    assert_ne!(bytes(&(("a", "b"), "c")), bytes(&("a", ("b", "c"))));
}

#[test]
fn a_group_is_named_by_the_parts_that_its_keys_begin_with() {
    let tenant = prefix(&"acme", 1);
    for key in [&("acme",) as Parts<'_>, &("acme", "ann"), &["acme", "bob"], &vec!["acme"]] {
        assert_eq!(prefix(key, 1), tenant, "{}", Key::new(key).reveal());
    }
    assert_ne!(prefix(&("other", "ann"), 1), tenant);
    assert_eq!(prefix(&("acme", "ann", 7), 2), prefix(&("acme", "ann"), 2));
    assert_ne!(prefix(&("acme", "ann"), 2), prefix(&"acme", 2));
    for key in [&"acme" as Parts<'_>, &("acme", 1), &()] {
        assert_eq!(prefix(key, 0), prefix(&(), 0), "no parts are one group");
    }
}

/// The example of `KeyParts`.
struct UserId(u64);

impl KeyParts for UserId {
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        ("user", self.0).encode(sink)
    }
}

/// Two parts of a key.
struct Account {
    tenant: &'static str,
    user: u64,
}

impl KeyParts for Account {
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        (self.tenant, self.user).encode(sink)
    }

    fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
        (self.tenant, self.user).encode_key(sink)
    }
}

#[test]
fn a_type_of_ones_own_is_one_part_unless_it_says_otherwise() {
    assert_ne!(prefix(&UserId(1), 1), prefix(&UserId(2), 1));
    assert_eq!(prefix(&UserId(1), 1), prefix(&(UserId(1), "api"), 1));
    assert_ne!(prefix(&UserId(1), 1), prefix(&(UserId(2), "api"), 1));
    let account = Account { tenant: "acme", user: 7 };
    assert_eq!(prefix(&account, 1), prefix(&"acme", 1));
    assert_eq!(prefix(&account, 2), prefix(&("acme", 7), 2));
    assert_ne!(prefix(&(&account, 1), 1), prefix(&"acme", 1), "inside of a tuple it is one part");
}

#[test]
fn texts_are_equal_in_whatever_type() {
    let shared: Arc<str> = "c".into();
    let boxed: Box<str> = "c".into();
    let rc: Rc<str> = "c".into();
    assert_eq!(Key::new(&"c").to_bytes(), Key::new(&shared).to_bytes());
    assert_same(&[
        &"c",
        &'c',
        &String::from("c"),
        &&String::from("c"),
        &boxed,
        &Cow::Borrowed("c"),
        &Cow::<str>::Owned("c".to_owned()),
        &Name::new("c"),
        &Some("c"),
        &Some(Some(&shared)),
        &("c",),
        &["c"],
    ]);
    // An `Rc` is not `Sync`, so it is a part only of what the caller turns into a text.
    fn is_part(_: &impl KeyParts) {}
    is_part(&rc);
}

#[test]
fn numbers_are_equal_in_whatever_type() {
    let non_zero = NonZero::new(5_u32).expect("it is not zero");
    assert_same(&[&5_u8, &5_i64, &5_u128, &5_i128, &5_usize, &5_isize, &non_zero, &Some(5_u16)]);
    let negative = NonZero::new(-5_i8).expect("it is not zero");
    assert_same(&[&-5_i8, &-5_i128, &negative]);
}

#[test]
fn bytes_are_one_part_and_other_slices_are_as_many_as_they_have_elements() {
    let shared: Arc<[u8]> = (*b"ab").into();
    assert_same(&[b"ab", &b"ab".as_slice(), &b"ab".to_vec(), &(b"ab",), &Some(b"ab"), &shared]);
    assert_same(&[&("a", "b"), &["a", "b"], &["a", "b"].as_slice(), &vec!["a", "b"]]);
    assert_same(&[&(("a", "b"), 1), &(["a", "b"], 1), &(vec!["a", "b"], 1)]);
    assert_same(&[&(), &[""; 0], &Vec::<u64>::new()]);
}

#[test]
fn addresses_are_equal_by_value_and_as_whole_networks() {
    let ipv4 = Ipv4Addr::new(192, 0, 2, 1);
    assert_same(&[&ipv4, &IpAddr::V4(ipv4), &Network::new(ipv4, 32), &Network::new(ipv4, 64)]);
    let ipv6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 1);
    assert_same(&[&ipv6, &IpAddr::V6(ipv6), &Network::new(ipv6, 128)]);
    let neighbour = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 9, 9, 9, 9);
    assert_same(&[&Network::new(ipv6, 64), &Network::new(neighbour, 64)]);
    let all: [Parts<'_>; 5] = [
        &Network::new(ipv6, 64),
        &Network::new(ipv6, 48),
        &ipv6,
        &neighbour,
        &Network::new(Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, 1), 64),
    ];
    for (at, one) in all.iter().enumerate() {
        for other in &all[..at] {
            assert_ne!(prefix(*one, 1), prefix(*other, 1));
        }
    }
    assert_same(&[&SocketAddr::from((ipv4, 80)), &((ipv4, 80),)]);
    assert_ne!(prefix(&SocketAddr::from((ipv6, 80)), 1), prefix(&SocketAddr::from((ipv6, 81)), 1));
    assert_eq!(Key::new(&Network::new(ipv6, 64)).reveal(), "2001:db8:0:1::/64");
}

#[test]
fn none_is_a_key_of_its_own() {
    assert_same(&[&None::<u64>, &None::<&str>, &(None::<u64>,)]);
    let none = prefix(&None::<u64>, 9);
    let others: [Parts<'_>; 5] = [&"none", &0, &(), &"", &Some(None::<u64>)];
    for other in others {
        assert_ne!(prefix(other, 9), none, "{}", Key::new(other).reveal());
    }
    assert_ne!(prefix(&("acme", None::<u64>), 9), prefix(&"acme", 9));
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
