use std::net::IpAddr;

/// Receives the encoding of a key. Each method stands for one type, so that parts of different types
/// never encode alike.
pub(super) trait Sink {
    /// Begins a key of `parts` parts and returns how many of them to write. A key of one part begins
    /// with that part instead.
    fn key(&mut self, parts: usize) -> usize;
    /// Begins a part that is itself a group of `len` parts.
    fn group(&mut self, len: usize);
    fn text(&mut self, text: &str);
    fn bytes(&mut self, bytes: &[u8]);
    fn natural(&mut self, number: u128);
    fn negative(&mut self, magnitude: u128);
    fn flag(&mut self, flag: bool);
    /// Writes the first `prefix` bits of an address.
    fn address(&mut self, address: IpAddr, prefix: u8);
    /// Writes a `None` inside of `somes` layers of `Some`.
    fn none(&mut self, somes: u64);
}

/// The proof that one part of a key was written. Only the methods of [`KeySink`] return it.
#[derive(Debug)]
#[must_use = "return it from `KeyParts::encode`"]
pub struct Encoded(pub(super) ());

/// Receives one part of a key. Each method consumes the sink, so that a value writes exactly one part.
///
/// For a part that consists of several values, encode a tuple or a slice:
/// `("user", self.0).encode(sink)`.
pub struct KeySink<'s>(pub(super) &'s mut dyn Sink);

impl KeySink<'_> {
    /// Writes a text.
    #[inline]
    pub fn text(self, text: &str) -> Encoded {
        self.0.text(text);
        Encoded(())
    }

    /// Writes bytes, as one part.
    #[inline]
    pub fn bytes(self, bytes: &[u8]) -> Encoded {
        self.0.bytes(bytes);
        Encoded(())
    }

    /// Writes an integer that is not negative.
    #[inline]
    pub fn natural(self, number: u128) -> Encoded {
        self.0.natural(number);
        Encoded(())
    }

    /// Writes an integer below zero, given without its sign.
    #[inline]
    pub fn negative(self, magnitude: u128) -> Encoded {
        self.0.negative(magnitude);
        Encoded(())
    }

    /// Writes a truth value.
    #[inline]
    pub fn flag(self, flag: bool) -> Encoded {
        self.0.flag(flag);
        Encoded(())
    }

    #[inline]
    pub(super) fn address(self, address: IpAddr, prefix: u8) -> Encoded {
        self.0.address(address, prefix);
        Encoded(())
    }

    #[inline]
    pub(super) fn none(self) -> Encoded {
        self.0.none(0);
        Encoded(())
    }

    /// Writes a part that was recorded: a group of `count` parts, if it is one.
    pub(super) fn replay(self, count: Option<usize>, write: impl FnOnce(&mut dyn Sink)) -> Encoded {
        if let Some(count) = count {
            self.0.group(count);
        }
        write(self.0);
        Encoded(())
    }
}

/// Receives a whole key: see [`KeyParts::encode_key`](super::KeyParts::encode_key).
pub struct WholeKeySink<'s>(pub(super) &'s mut dyn Sink);

impl<'s> WholeKeySink<'s> {
    /// Returns the sink for a key of one part.
    #[inline]
    #[must_use]
    pub fn only_part(self) -> KeySink<'s> {
        KeySink(self.0)
    }

    /// Writes a key that was recorded: of `count` parts, unless it is one that stands alone. `write`
    /// gets the number of parts to write.
    pub(super) fn replay(
        self,
        count: Option<usize>,
        write: impl FnOnce(&mut dyn Sink, usize),
    ) -> Encoded {
        let parts = count.map_or(1, |count| self.0.key(count));
        write(self.0, parts);
        Encoded(())
    }
}

/// Wraps the sink of a `Some`: its content is written as it is, except for a `None`.
pub(super) struct InSome<'s> {
    sink: &'s mut dyn Sink,
    /// Nothing was written yet, so that a `None` now is that of the content itself.
    is_first: bool,
}

impl<'s> InSome<'s> {
    pub(super) fn new(sink: &'s mut dyn Sink) -> Self {
        Self { sink, is_first: true }
    }

    fn next(&mut self) -> &mut dyn Sink {
        self.is_first = false;
        self.sink
    }
}

impl Sink for InSome<'_> {
    fn key(&mut self, parts: usize) -> usize {
        self.next().key(parts)
    }

    fn group(&mut self, len: usize) {
        self.next().group(len);
    }

    fn text(&mut self, text: &str) {
        self.next().text(text);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.next().bytes(bytes);
    }

    fn natural(&mut self, number: u128) {
        self.next().natural(number);
    }

    fn negative(&mut self, magnitude: u128) {
        self.next().negative(magnitude);
    }

    fn flag(&mut self, flag: bool) {
        self.next().flag(flag);
    }

    fn address(&mut self, address: IpAddr, prefix: u8) {
        self.next().address(address, prefix);
    }

    fn none(&mut self, somes: u64) {
        let one = u64::from(self.is_first);
        self.next().none(somes + one);
    }
}
