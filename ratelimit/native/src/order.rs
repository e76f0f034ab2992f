/// Knows which of a shard's keys has the least rank.
///
/// Ranks stay where they are; this keeps the least of each block of keys. A rank that rises only
/// marks its block, which is looked at again when the least rank is asked for. So a call with a kept
/// key pays next to nothing, and until then all that is known is that no rank is lower.
#[derive(Debug)]
pub(crate) struct Order {
    blocks: Box<[u64]>,
    /// One bit a block; the highest is for all further ones too.
    risen: u64,
    least: u64,
}

const BLOCK: usize = 32;

/// The rank of no key.
pub(crate) const NONE: u64 = u64::MAX;

impl Order {
    /// Creates the order of `places` free places.
    pub(crate) fn new(places: usize) -> Self {
        let blocks = vec![NONE; places.div_ceil(BLOCK)].into_boxed_slice();
        Self { blocks, risen: 0, least: NONE }
    }

    /// Returns a rank than which none is lower.
    pub(crate) const fn least(&self) -> u64 {
        self.least
    }

    /// Takes note that the key at `at` has a higher rank, is another, or has gone.
    #[inline]
    pub(crate) const fn rise(&mut self, at: usize) {
        self.risen |= bit(at / BLOCK);
    }

    /// Takes note that the key at `at` is new, or has a lower rank. Returns true if it is the least.
    pub(crate) fn lower(&mut self, at: usize, rank: u64) -> bool {
        let block = at / BLOCK;
        self.blocks[block] = self.blocks[block].min(rank);
        let is_least = rank < self.least;
        self.least = self.least.min(rank);
        is_least
    }

    /// Finds the least rank, of `count` keys. Returns true if it is another than was known.
    pub(crate) fn settle(&mut self, count: usize, rank: impl Fn(usize) -> u64) -> bool {
        if self.risen == 0 {
            return false;
        }
        for (block, least) in self.blocks.iter_mut().enumerate() {
            if self.risen & bit(block) != 0 {
                let keys = block * BLOCK..count.min((block + 1) * BLOCK);
                visits::add(keys.len());
                *least = keys.map(&rank).min().unwrap_or(NONE);
            }
        }
        self.risen = 0;
        visits::add(self.blocks.len());
        let least = self.blocks.iter().min().copied().unwrap_or(NONE);
        std::mem::replace(&mut self.least, least) != least
    }

    /// Returns the place of a key that has the least rank, if there is a key. The order is settled.
    pub(crate) fn first(&self, count: usize, rank: impl Fn(usize) -> u64) -> Option<usize> {
        let block = self.blocks.iter().position(|least| *least == self.least)?;
        visits::add(block + BLOCK);
        let mut keys = block * BLOCK..count.min((block + 1) * BLOCK);
        keys.find(|key| rank(*key) == self.least)
    }
}

const fn bit(block: usize) -> u64 {
    1 << if block < 63 { block } else { 63 }
}

/// Counts the entries that calls look at, for tests.
pub(crate) mod visits {
    #[cfg(test)]
    std::thread_local! {
        static VISITS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    #[cfg(not(test))]
    #[inline]
    pub(crate) const fn add(_entries: usize) {}

    #[cfg(test)]
    pub(crate) fn add(entries: usize) {
        VISITS.with(|visits| visits.set(visits.get() + entries));
    }

    /// Returns how many entries this thread looked at since it last asked.
    #[cfg(test)]
    pub(crate) fn take() -> usize {
        VISITS.with(std::cell::Cell::take)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Push(u64),
        Set(prop::sample::Index, u64),
        Remove(prop::sample::Index),
        Settle,
    }

    fn step() -> impl Strategy<Value = Step> {
        let rank = || 0..50_u64;
        prop_oneof![
            6 => rank().prop_map(Step::Push),
            6 => (any::<prop::sample::Index>(), rank()).prop_map(|(at, rank)| Step::Set(at, rank)),
            2 => any::<prop::sample::Index>().prop_map(Step::Remove),
            1 => Just(Step::Settle),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_rank_is_below_the_least_and_once_settled_one_is_the_least(
            steps in prop::collection::vec(step(), 0..4000),
        ) {
            let (mut order, mut ranks) = (Order::new(4000), Vec::new());
            for step in steps {
                match step {
                    Step::Push(rank) => {
                        ranks.push(rank);
                        order.lower(ranks.len() - 1, rank);
                    }
                    Step::Set(at, rank) if !ranks.is_empty() => {
                        let at = at.index(ranks.len());
                        let old = std::mem::replace(&mut ranks[at], rank);
                        if rank < old {
                            order.lower(at, rank);
                        } else {
                            order.rise(at);
                        }
                    }
                    Step::Remove(at) if !ranks.is_empty() => {
                        let (at, last) = (at.index(ranks.len()), ranks.len() - 1);
                        let moved = ranks[last];
                        ranks.swap_remove(at);
                        order.rise(last);
                        order.rise(at);
                        if at != last {
                            order.lower(at, moved);
                        }
                    }
                    Step::Settle => {
                        order.settle(ranks.len(), |at| ranks[at]);
                        let least = ranks.iter().copied().min();
                        prop_assert_eq!(order.least(), least.unwrap_or(NONE));
                        let first = order.first(ranks.len(), |at| ranks[at]);
                        prop_assert_eq!(first.map(|at| ranks[at]), least);
                    }
                    _ => {}
                }
                prop_assert!(ranks.iter().all(|rank| *rank >= order.least()));
            }
        }
    }
}
