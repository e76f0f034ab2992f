use seawall_core::Token;

use crate::count::{Count, Which};

/// What a call took, as its token says: the count, and the number of the lease; zero for no lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Took {
    pub(crate) whose: Whose,
    /// The end of the count's id, since another count may be made for a key that was forgotten.
    id: u64,
    pub(crate) number: u32,
}

/// Which count it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Unkeyed,
    Overflow,
    /// The lower half of the key's hash.
    Key(u64),
}

const ID_BITS: u32 = 30;
const ID: u64 = (1 << ID_BITS) - 1;

impl Took {
    #[inline]
    pub(crate) fn new(count: &Count, number: u32) -> Self {
        let whose = match count.which {
            Which::Unkeyed => Whose::Unkeyed,
            Which::Overflow => Whose::Overflow,
            Which::Key(key) => Whose::Key(key.halves().0),
        };
        Self { whose, id: count.id & ID, number }
    }

    #[inline]
    pub(crate) fn is_of(&self, count: &Count) -> bool {
        count.id & ID == self.id
    }

    #[inline]
    pub(crate) fn token(self) -> Token {
        let (kind, half) = match self.whose {
            Whose::Unkeyed => (0, 0),
            Whose::Overflow => (1, 0),
            Whose::Key(half) => (2, half),
        };
        Token(half, kind << 62 | self.id << 32 | u64::from(self.number))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    pub(crate) fn read(token: Token) -> Self {
        let whose = match token.1 >> 62 {
            0 => Whose::Unkeyed,
            1 => Whose::Overflow,
            _ => Whose::Key(token.0),
        };
        Self { whose, id: (token.1 >> 32) & ID, number: token.1 as u32 }
    }
}
