use seawall_core::Token;

/// What a call brings back that was let through under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) shard: usize,
    pub(crate) place: u32,
    /// As many bits of the generation as there is room for.
    generation: u64,
    pub(crate) number: u64,
}

/// Whose circuit let a call through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// That of all calls without a key, with the token that it gave.
    Unkeyed(Token),
    /// That of all keys without room, with the token that it gave.
    Shared(Token),
    /// That of one key.
    Key(Ticket),
}

/// Shards there are at most.
pub(crate) const MAX_SHARDS: usize = 1 << SHARD_BITS;

/// Places there are at most, in one shard or in all.
pub(crate) const MAX_PLACES: u32 = 1 << PLACE_BITS;

// From above: the kind, the shard, the place, the generation. It comes again after 34 thousand million
// changes of one circuit's state, all of them while one call is under way.
const KIND: u32 = 62;
const SHARD_BITS: u32 = 5;
const PLACE_BITS: u32 = 22;
const GENERATION_BITS: u32 = KIND - SHARD_BITS - PLACE_BITS;
const UNKEYED: u64 = 0;
const SHARED: u64 = 1;
const KEYED: u64 = 2;

const fn low(number: u64, bits: u32) -> u64 {
    number & ((1 << bits) - 1)
}

impl Ticket {
    pub(crate) fn new(shard: usize, place: u32, generation: u64, number: u64) -> Self {
        Self { shard, place, generation: low(generation, GENERATION_BITS), number }
    }

    /// Was it given in that generation?
    pub(crate) fn is_of(&self, generation: u64) -> bool {
        self.generation == low(generation, GENERATION_BITS)
    }
}

impl Whose {
    #[inline]
    pub(crate) fn token(self) -> Token {
        match self {
            // An engine's episodes have fewer bits than are below the kind.
            Self::Unkeyed(Token(episode, number)) => Token(UNKEYED << KIND | episode, number),
            Self::Shared(Token(episode, number)) => Token(SHARED << KIND | episode, number),
            Self::Key(Ticket { shard, place, generation, number }) => {
                let place = (shard as u64) << PLACE_BITS | u64::from(place);
                Token(KEYED << KIND | place << GENERATION_BITS | generation, number)
            }
        }
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "as many bits as were put there")]
    pub(crate) fn of(Token(head, number): Token) -> Self {
        let rest = low(head, KIND);
        match head >> KIND {
            UNKEYED => Self::Unkeyed(Token(rest, number)),
            SHARED => Self::Shared(Token(rest, number)),
            _ => Self::Key(Ticket {
                shard: (rest >> (GENERATION_BITS + PLACE_BITS)) as usize,
                place: low(rest >> GENERATION_BITS, PLACE_BITS) as u32,
                generation: low(rest, GENERATION_BITS),
                number,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brought_back_is_what_was_given() {
        let most = Ticket::new(MAX_SHARDS - 1, MAX_PLACES - 1, u64::MAX, u64::MAX);
        assert!(most.is_of(u64::MAX) && !most.is_of(u64::MAX - 1));
        let engine = Token(u64::MAX >> 7, u64::MAX);
        for whose in [
            Whose::Key(most),
            Whose::Key(Ticket::new(0, 1, 2, 3)),
            Whose::Key(Ticket::new(1, 0, 0, 0)),
            Whose::Unkeyed(engine),
            Whose::Shared(engine),
        ] {
            assert_eq!(Whose::of(whose.token()), whose);
        }
    }
}
