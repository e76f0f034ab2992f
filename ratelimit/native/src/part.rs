/// Which keys a shard has: those whose hash ends in the `bits` bits of its index.
///
/// Shards are split one at a time, in the order of their indices, as more keys are kept. So a store
/// grows in small steps (linear hashing).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    index: usize,
    bits: u32,
}

impl Part {
    /// All keys: of the only shard.
    pub(crate) const ALL: Self = Self { index: 0, bits: 0 };

    #[inline]
    pub(crate) fn has(self, half: u64) -> bool {
        bits(half) & mask(self.bits) == self.index
    }

    /// Returns the index of the shard that is split next, of `shards`, and what the two parts will be.
    pub(crate) fn next_split(shards: usize) -> (usize, [Self; 2]) {
        let bits = shards.ilog2();
        let first = shards - (1 << bits);
        (first, [first, shards].map(|index| Self { index, bits: bits + 1 }))
    }

    /// Returns the index of the shard, of `shards`, that has the key whose hash has this lower half.
    #[inline]
    pub(crate) fn find(half: u64, shards: usize) -> usize {
        let more = shards.ilog2() + 1;
        match bits(half) & mask(more) {
            index if index < shards => index,
            index => index & mask(more - 1),
        }
    }
}

const fn mask(bits: u32) -> usize {
    (1 << bits) - 1
}

/// The tables use the lowest and the highest bits of the hash, so this uses others.
#[inline]
fn bits(half: u64) -> usize {
    usize::try_from((half >> 20) & 0xffff_ffff).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_in_the_part_of_one_shard_which_is_the_one_found() {
        let mut parts = vec![Part::ALL];
        for shards in 1..70 {
            for half in (0..200_u64).map(|half| half << 20) {
                let have = (0..shards).filter(|index| parts[*index].has(half));
                assert_eq!(have.collect::<Vec<_>>(), [Part::find(half, shards)], "{shards}");
            }
            let (split, [one, other]) = Part::next_split(shards);
            parts[split] = one;
            parts.push(other);
        }
    }
}
