use seawall_core::Token;

/// What a call brings back that was admitted by the circuit of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) shard: usize,
    pub(crate) place: u32,
    /// The lowest bits of the generation.
    generation: u64,
    pub(crate) number: u64,
}

/// The circuit that admitted a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The circuit of calls without a key, with its token.
    Unkeyed(Token),
    /// The circuit of keys without room, with its token.
    Shared(Token),
    /// The circuit of one key.
    Key(Ticket),
}

/// The number of shards.
pub(crate) const MAX_SHARDS: usize = 1 << SHARD_BITS;

/// The maximum number of places, in one shard or in all.
pub(crate) const MAX_PLACES: u32 = 1 << PLACE_BITS;

// From the highest bit: kind, shard, place, generation. A generation comes again after 2^35 changes of
// one circuit's state, all of them while one call is in flight.
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

    /// Returns true if it is of that generation.
    pub(crate) fn is_of(&self, generation: u64) -> bool {
        self.generation == low(generation, GENERATION_BITS)
    }
}

impl Origin {
    #[inline]
    pub(crate) fn token(self) -> Token {
        match self {
            // An engine's generations have fewer bits than there are below the kind.
            Self::Unkeyed(Token(generation, number)) => Token(UNKEYED << KIND | generation, number),
            Self::Shared(Token(generation, number)) => Token(SHARED << KIND | generation, number),
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
    fn a_token_keeps_its_origin() {
        let max = Ticket::new(MAX_SHARDS - 1, MAX_PLACES - 1, u64::MAX, u64::MAX);
        assert!(max.is_of(u64::MAX) && !max.is_of(u64::MAX - 1));
        let engine = Token(u64::MAX >> 8, u64::MAX);
        for origin in [
            Origin::Key(max),
            Origin::Key(Ticket::new(0, 1, 2, 3)),
            Origin::Key(Ticket::new(1, 0, 0, 0)),
            Origin::Unkeyed(engine),
            Origin::Shared(engine),
        ] {
            assert_eq!(Origin::of(origin.token()), origin);
        }
    }
}
