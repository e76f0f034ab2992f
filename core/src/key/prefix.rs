use super::KeySink;

/// Lets the first so many parts of a key through, each with all that is inside it.
pub(super) struct Prefix<'s> {
    sink: &'s mut dyn KeySink,
    most: usize,
    begun: bool,
    taken: usize,
    /// Parts that are still to come inside the part now let through.
    inside: usize,
}

impl<'s> Prefix<'s> {
    pub(super) fn new(most: usize, sink: &'s mut dyn KeySink) -> Self {
        Self { sink, most, begun: false, taken: 0, inside: 0 }
    }

    /// The next part comes, and has `len` parts inside. Is it let through?
    fn admits(&mut self, len: usize) -> bool {
        self.begun = true;
        if self.inside > 0 {
            self.inside += len;
            self.inside -= 1;
            return true;
        }
        if self.taken == self.most {
            return false;
        }
        self.taken += 1;
        self.inside = len;
        true
    }
}

macro_rules! parts {
    ($($part:ident: $type:ty,)*) => {$(
        fn $part(&mut self, part: $type) {
            if self.admits(0) {
                self.sink.$part(part);
            }
        }
    )*};
}

impl KeySink for Prefix<'_> {
    parts! { text: &str, bytes: &[u8], natural: u128, negative: u128, flag: bool, }

    fn group(&mut self, len: usize) {
        if self.begun {
            if self.admits(len) {
                self.sink.group(len);
            }
        } else {
            // The key itself, whose parts these are.
            self.begun = true;
            if self.most > 0 {
                self.sink.group(len.min(self.most));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Key, KeyParts};

    fn same(one: (usize, &(dyn KeyParts + Sync)), other: (usize, &(dyn KeyParts + Sync))) -> bool {
        let seed = crate::KeySeed::from_bytes([7; 16]);
        let hash = |(most, parts): (usize, &(dyn KeyParts + Sync))| {
            Key::new(parts).hash_prefix(most, &seed)
        };
        hash(one) == hash(other)
    }

    #[test]
    fn keys_that_begin_alike_are_one_and_others_are_not() {
        assert!(same((1, &("acme", 1)), (1, &("acme", 2))));
        assert!(!same((1, &("acme", 1)), (1, &("other", 1))));
        assert!(!same((2, &("acme", 1)), (2, &("acme", 2))));
        assert!(same((0, &("acme", 1)), (0, &("other", 2, true))));
        assert!(same((0, &("acme", 1)), (0, &"acme")));
    }

    #[test]
    fn a_part_is_let_through_with_all_that_is_inside() {
        assert!(same((1, &(("a", ("b", 1)), "x")), (1, &(("a", ("b", 1)), "y"))));
        assert!(!same((1, &(("a", ("b", 1)), "x")), (1, &(("a", ("b", 2)), "x"))));
        assert!(!same((2, &(("a", ("b", 1)), "x")), (2, &(("a", ("b", 1)), "y"))));
    }

    #[test]
    fn the_whole_key_is_as_it_is() {
        let seed = crate::KeySeed::from_bytes([7; 16]);
        for key in [&("a", 1_u8, ("b", true)) as &(dyn KeyParts + Sync), &"a", &7_u8] {
            let key = Key::new(key);
            assert_eq!(key.hash_prefix(3, &seed), key.hash(&seed));
            assert_eq!(key.hash_prefix(usize::MAX, &seed), key.hash(&seed));
        }
    }
}
