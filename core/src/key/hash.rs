use std::fmt;
use std::hash::Hasher;
use std::net::IpAddr;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::seed::KeySeed;
use super::sink::Sink;

/// The hash of a key under a secret seed, in 128 bits.
///
/// Two keys that were chosen without knowing the seed collide with probability 2⁻¹²⁸, so a store can
/// use the hash in place of the key. It must stay in the process: from hashes that are shown, the seed
/// can be computed, and then keys that collide. So `Debug` hides it.
///
/// It is *multilinear* hashing: the upper half of the sum of each word of the key times a secret factor
/// of 128 bits; twice, for two halves. Lemire and Kaser, "Strongly universal string hashing is fast",
/// The Computer Journal 57(11), 2014, prove that it is strongly universal: the hashes of two keys are
/// independent and evenly distributed. Words beyond the first twenty are hashed by SipHash-1-3 to two
/// more words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(u128);

impl KeyHash {
    /// Returns the hash as a number, evenly distributed.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// Returns the hash as two numbers, each evenly distributed: the lower half first.
    #[inline]
    #[must_use]
    pub const fn halves(self) -> (u64, u64) {
        (low(self.0), high(self.0))
    }

    /// Creates the hash that has these [`halves`](Self::halves).
    #[inline]
    #[must_use]
    pub const fn from_halves(lower: u64, upper: u64) -> Self {
        Self((upper as u128) << 64 | lower as u128)
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// Hashes a key as words. A part begins with a word of its tag and its length or value, which is never
/// zero and tells where the part ends. So two different keys differ in a word, with the shorter one
/// padded by zeros.
pub(super) struct Hashing<'s> {
    seed: &'s KeySeed,
    /// How many parts of the key are hashed.
    max_parts: usize,
    /// The number of words so far.
    at: usize,
    sums: [u128; 2],
    /// Hashes the words that the seed has no factors for.
    rest: Option<SipHasher13>,
}

impl<'s> Hashing<'s> {
    #[inline]
    pub(super) fn new(seed: &'s KeySeed, max_parts: usize) -> Self {
        Self { seed, max_parts, at: 0, sums: seed.begin, rest: None }
    }

    #[inline]
    pub(super) fn finish(mut self) -> KeyHash {
        if let Some(rest) = self.rest.take() {
            let rest = rest.finish128().as_u128();
            let [first, second] = self.seed.rest;
            self.add(first, low(rest));
            self.add(second, high(rest));
        }
        let [lower, upper] = self.sums.map(high);
        KeyHash::from_halves(lower, upper)
    }

    #[inline]
    fn add(&mut self, factors: [u128; 2], word: u64) {
        for (sum, factor) in self.sums.iter_mut().zip(factors) {
            *sum = sum.wrapping_add(factor.wrapping_mul(u128::from(word)));
        }
    }

    #[inline]
    fn word(&mut self, word: u64) {
        match self.seed.factors.get(self.at) {
            Some(factors) => {
                self.add(*factors, word);
                self.at += 1;
            }
            None => self.further(word),
        }
    }

    #[cold]
    fn further(&mut self, word: u64) {
        let new = || SipHasher13::new_with_key(&self.seed.secret);
        self.rest.get_or_insert_with(new).write_u64(word);
    }

    #[inline]
    fn tagged(&mut self, tag: u8, value: u64) {
        self.word(value << 8 | u64::from(tag));
    }

    #[inline]
    fn sized(&mut self, tag: u8, bytes: &[u8]) {
        self.tagged(tag, bytes.len() as u64);
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            self.word(short(rest));
        }
    }

    #[inline]
    fn number(&mut self, short: u8, long: u8, number: u128) {
        if number < 1 << 56 {
            return self.tagged(short, low(number));
        }
        self.tagged(long, 0);
        self.word(low(number));
        self.word(high(number));
    }
}

/// Returns one to seven bytes as a number. Reads them in steps of a fixed size, some of them twice.
#[inline]
fn short(bytes: &[u8]) -> u64 {
    let at = |index: usize| 8 * index;
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            let [first, last] = [first, last].map(|half| u64::from(u32::from_le_bytes(*half)));
            first | last << at(bytes.len() - 4)
        }
        _ => {
            let one = |index: usize| u64::from(bytes[index]) << at(index);
            one(0) | one(bytes.len() / 2) | one(bytes.len() - 1)
        }
    }
}

impl Sink for Hashing<'_> {
    #[inline]
    fn key(&mut self, parts: usize) -> usize {
        let parts = parts.min(self.max_parts);
        if parts != 1 {
            self.tagged(b'k', parts as u64);
        }
        parts
    }

    #[inline]
    fn group(&mut self, len: usize) {
        self.tagged(b'g', len as u64);
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.sized(b't', text.as_bytes());
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.sized(b'b', bytes);
    }

    #[inline]
    fn natural(&mut self, number: u128) {
        self.number(b'n', b'N', number);
    }

    #[inline]
    fn negative(&mut self, magnitude: u128) {
        self.number(b'm', b'M', magnitude);
    }

    #[inline]
    fn flag(&mut self, flag: bool) {
        self.tagged(b'f', u64::from(flag));
    }

    #[inline]
    fn address(&mut self, address: IpAddr, prefix: u8) {
        match address {
            IpAddr::V4(address) => {
                self.tagged(b'a', u64::from(prefix) << 32 | u64::from(address.to_bits()));
            }
            IpAddr::V6(address) => {
                self.tagged(b'A', u64::from(prefix));
                self.word(low(address.to_bits()));
                self.word(high(address.to_bits()));
            }
        }
    }

    #[inline]
    fn none(&mut self, somes: u64) {
        self.tagged(b'o', somes);
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the other half is taken too")]
const fn low(number: u128) -> u64 {
    number as u64
}

const fn high(number: u128) -> u64 {
    low(number >> 64)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{Key, KeyParts};

    const SEED: [u8; 16] = [7; 16];

    fn hash(parts: &(impl KeyParts + Send + Sync)) -> KeyHash {
        Key::new(parts).hash(&KeySeed::from_bytes(SEED))
    }

    #[test]
    fn it_is_the_sum_of_words_times_factors() {
        let seed = KeySeed::from_bytes(SEED);
        let words =
            [2 << 8 | u64::from(b'k'), 9 << 8 | u64::from(b't'), u64::from_le_bytes(*b"ABCDEFGH")]
                .into_iter()
                .chain([u64::from(b'I'), 5 << 8 | u64::from(b'n')]);
        let mut sums = seed.begin;
        for (word, factors) in words.zip(seed.factors) {
            for (sum, factor) in sums.iter_mut().zip(factors) {
                *sum = sum.wrapping_add(factor.wrapping_mul(u128::from(word)));
            }
        }
        let [lower, upper] = sums.map(high);
        assert_eq!(hash(&("ABCDEFGHI", 5)).halves(), (lower, upper));
    }

    #[test]
    fn the_rest_of_a_text_is_read_byte_for_byte() {
        for len in 1..8 {
            let mut bytes = [0; 8];
            bytes[..len].copy_from_slice(&b"\x81234567"[..len]);
            assert_eq!(short(&bytes[..len]), u64::from_le_bytes(bytes), "{len}");
        }
    }

    /// Among them texts that have more words than there are factors, and differ early or late.
    #[test]
    fn texts_that_differ_in_one_byte_or_in_their_length_differ() {
        let mut hashes = HashSet::new();
        for len in 0..400 {
            let text = vec![0_u8; len];
            assert!(hashes.insert(hash(&text.as_slice())), "{len} zeros");
        }
        for at in 0..400 {
            let mut text = [0_u8; 400];
            text[at] = 1;
            assert!(hashes.insert(hash(&text)), "a one at {at}");
        }
    }

    #[test]
    fn numbers_of_any_size_differ() {
        let mut hashes = HashSet::new();
        for bit in 0..128 {
            assert!(hashes.insert(hash(&(1_u128 << bit))), "2^{bit}");
            assert!(hashes.insert(hash(&(i128::MIN >> bit))), "-2^{}", 127 - bit);
        }
    }

    /// A table takes its slots from any few of the bits.
    #[test]
    fn each_bit_is_even_over_keys_that_are_alike() {
        const KEYS: u32 = 4096;
        let hashes: Vec<u128> = (0..KEYS).map(|key| hash(&("user", key)).as_u128()).collect();
        for bit in 0..128 {
            let ones = hashes.iter().filter(|hash| *hash >> bit & 1 == 1).count();
            assert!((1800..=2296).contains(&ones), "bit {bit}: {ones} of {KEYS}");
        }
    }
}
