use std::fmt::Write;

/// Receives the parts of a key, in order. Each method stands for one type, so that parts of
/// different types never encode alike.
pub trait KeySink {
    /// A text.
    fn text(&mut self, text: &str);
    /// A string of bytes.
    fn bytes(&mut self, bytes: &[u8]);
    /// A number that is not negative.
    fn natural(&mut self, number: u128);
    /// A number below zero, given without its sign.
    fn negative(&mut self, magnitude: u128);
    /// A truth.
    fn flag(&mut self, flag: bool);
    /// A group of `len` parts begins.
    fn group(&mut self, len: usize);
}

/// The tagged, length-prefixed encoding.
#[derive(Default)]
pub(super) struct Bytes(Vec<u8>);

impl Bytes {
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn sized(&mut self, tag: u8, bytes: &[u8]) {
        self.number(tag, bytes.len() as u128);
        self.0.extend_from_slice(bytes);
    }

    fn number(&mut self, tag: u8, number: u128) {
        self.0.push(tag);
        self.0.extend_from_slice(&number.to_le_bytes());
    }
}

impl KeySink for Bytes {
    fn text(&mut self, text: &str) {
        self.sized(b't', text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.sized(b'b', bytes);
    }

    fn natural(&mut self, number: u128) {
        self.number(b'n', number);
    }

    fn negative(&mut self, magnitude: u128) {
        self.number(b'm', magnitude);
    }

    fn flag(&mut self, flag: bool) {
        self.0.extend_from_slice(&[b'f', u8::from(flag)]);
    }

    fn group(&mut self, len: usize) {
        self.number(b'g', len as u128);
    }
}

/// Parts joined by slashes.
#[derive(Default)]
pub(super) struct Readable(String);

impl Readable {
    pub(super) fn finish(self) -> String {
        self.0
    }

    fn part(&mut self, part: std::fmt::Arguments<'_>) {
        if !self.0.is_empty() {
            self.0.push('/');
        }
        self.0.write_fmt(part).expect("a string takes all that is written");
    }
}

impl KeySink for Readable {
    fn text(&mut self, text: &str) {
        self.part(format_args!("{text}"));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.part(format_args!("{}", bytes.escape_ascii()));
    }

    fn natural(&mut self, number: u128) {
        self.part(format_args!("{number}"));
    }

    fn negative(&mut self, magnitude: u128) {
        self.part(format_args!("-{magnitude}"));
    }

    fn flag(&mut self, flag: bool) {
        self.part(format_args!("{flag}"));
    }

    fn group(&mut self, _len: usize) {}
}
