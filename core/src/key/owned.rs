use std::net::IpAddr;

use super::sink::{Encoded, KeySink, Sink, WholeKeySink};
use super::{Key, KeyParts};

/// A copy of a key that outlives what the key borrowed, for events about calls that end later.
#[derive(Debug, Default)]
pub(crate) struct OwnedKey {
    /// The number of parts, unless it is one that stands alone.
    count: Option<usize>,
    writes: Vec<Write>,
}

/// One write to a sink.
#[derive(Debug)]
enum Write {
    Group(usize),
    Text(String),
    Bytes(Vec<u8>),
    Natural(u128),
    Negative(u128),
    Flag(bool),
    Address(IpAddr, u8),
    None(u64),
}

impl OwnedKey {
    pub(crate) fn new(key: Key<'_>) -> Self {
        let mut copy = Self::default();
        let _encoded = key.0.encode_key(WholeKeySink(&mut copy));
        copy
    }

    pub(crate) fn key(&self) -> Key<'_> {
        Key::new(self)
    }

    /// Repeats the writes of the first `parts` parts.
    fn write(&self, sink: &mut dyn Sink, mut parts: usize) {
        // How many parts of groups are still to come before the next part of the key.
        let mut nested = 0;
        for write in &self.writes {
            match nested {
                0 if parts == 0 => return,
                0 => parts -= 1,
                _ => nested -= 1,
            }
            match write {
                Write::Group(len) => {
                    nested += len;
                    sink.group(*len);
                }
                Write::Text(text) => sink.text(text),
                Write::Bytes(bytes) => sink.bytes(bytes),
                Write::Natural(number) => sink.natural(*number),
                Write::Negative(magnitude) => sink.negative(*magnitude),
                Write::Flag(flag) => sink.flag(*flag),
                Write::Address(address, prefix) => sink.address(*address, *prefix),
                Write::None(somes) => sink.none(*somes),
            }
        }
    }
}

impl KeyParts for OwnedKey {
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        sink.replay(self.count, |sink| self.write(sink, usize::MAX))
    }

    fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
        sink.replay(self.count, |sink, parts| self.write(sink, parts))
    }
}

impl Sink for OwnedKey {
    fn key(&mut self, parts: usize) -> usize {
        self.count = Some(parts);
        parts
    }

    fn group(&mut self, len: usize) {
        self.writes.push(Write::Group(len));
    }

    fn text(&mut self, text: &str) {
        self.writes.push(Write::Text(text.to_owned()));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.writes.push(Write::Bytes(bytes.to_owned()));
    }

    fn natural(&mut self, number: u128) {
        self.writes.push(Write::Natural(number));
    }

    fn negative(&mut self, magnitude: u128) {
        self.writes.push(Write::Negative(magnitude));
    }

    fn flag(&mut self, flag: bool) {
        self.writes.push(Write::Flag(flag));
    }

    fn address(&mut self, address: IpAddr, prefix: u8) {
        self.writes.push(Write::Address(address, prefix));
    }

    fn none(&mut self, somes: u64) {
        self.writes.push(Write::None(somes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeySeed;

    #[track_caller]
    fn assert_copied(parts: &(dyn KeyParts + Send + Sync)) {
        let key = Key::new(parts);
        let copy = OwnedKey::new(key);
        assert_eq!(copy.key().to_bytes(), key.to_bytes());
        assert_eq!(copy.key().reveal(), key.reveal());
        let seed = KeySeed::random();
        for parts in 0..5 {
            assert_eq!(copy.key().hash_prefix(parts, &seed), key.hash_prefix(parts, &seed));
        }
    }

    #[test]
    fn a_copy_is_the_same_key() {
        assert_copied(&"ann");
        assert_copied(&("user", 7_u8, (-3_i64, true, ("a", "b")), *b"\x00\xff"));
        assert_copied(&(None::<u8>, Some("some"), IpAddr::from([10, 0, 0, 1])));
        assert_copied(&(("a", "b"), "c", 'd'));
        assert_copied(&None::<Option<u8>>);
    }
}
