use std::fmt::{Arguments, Write};
use std::net::IpAddr;

use super::Network;
use super::sink::Sink;

/// Parts joined by slashes.
#[derive(Default)]
pub(super) struct Readable(String);

impl Readable {
    pub(super) fn finish(self) -> String {
        self.0
    }

    fn part(&mut self, part: Arguments<'_>) {
        if !self.0.is_empty() {
            self.0.push('/');
        }
        self.0.write_fmt(part).expect("writing to a string cannot fail");
    }
}

impl Sink for Readable {
    fn key(&mut self, parts: usize) -> usize {
        parts
    }

    fn group(&mut self, _len: usize) {}

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

    fn address(&mut self, address: IpAddr, prefix: u8) {
        self.part(format_args!("{}", Network::masked(address, prefix)));
    }

    fn none(&mut self, _somes: u64) {
        self.part(format_args!("none"));
    }
}
