use std::net::IpAddr;

use super::sink::Sink;

/// The tagged, length-prefixed encoding of at most `max_parts` parts.
pub(super) struct Bytes {
    bytes: Vec<u8>,
    max_parts: usize,
}

impl Bytes {
    pub(super) const fn new(max_parts: usize) -> Self {
        Self { bytes: Vec::new(), max_parts }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn sized(&mut self, tag: u8, bytes: &[u8]) {
        self.number(tag, bytes.len() as u128);
        self.bytes.extend_from_slice(bytes);
    }

    fn number(&mut self, tag: u8, number: u128) {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }
}

impl Sink for Bytes {
    fn key(&mut self, parts: usize) -> usize {
        let parts = parts.min(self.max_parts);
        if parts != 1 {
            self.number(b'k', parts as u128);
        }
        parts
    }

    fn group(&mut self, len: usize) {
        self.number(b'g', len as u128);
    }

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
        self.bytes.extend_from_slice(&[b'f', u8::from(flag)]);
    }

    fn address(&mut self, address: IpAddr, prefix: u8) {
        match address {
            IpAddr::V4(address) => self.number(b'a', address.to_bits().into()),
            IpAddr::V6(address) => self.number(b'A', address.to_bits()),
        }
        self.bytes.push(prefix);
    }

    fn none(&mut self, somes: u64) {
        self.number(b'o', somes.into());
    }
}
