/// Keeps the least of the ranks that a shard's keys have, so that it is found in a constant number
/// of steps.
///
/// Ranks stay where they are; this keeps the least of each group of keys, of each block of groups,
/// and of all. A change that does not concern the least of its group costs one comparison.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    groups: Vec<u64>,
    blocks: Vec<u64>,
    least: u64,
}

/// Keys in a group: their states fill one cache line.
const GROUP: usize = 8;

/// Groups in a block.
const BLOCK: usize = 16;

/// The rank of no key.
pub(crate) const NONE: u64 = u64::MAX;

impl Order {
    pub(crate) fn with_capacity(keys: usize) -> Self {
        Self {
            groups: Vec::with_capacity(keys.div_ceil(GROUP)),
            blocks: Vec::with_capacity(keys.div_ceil(GROUP * BLOCK)),
            least: NONE,
        }
    }

    /// Returns the least rank, or [`NONE`].
    pub(crate) const fn least(&self) -> u64 {
        self.least
    }

    /// Takes note that the rank of the key at `at` changed from `old` to `new`.
    #[inline]
    pub(crate) fn change(
        &mut self,
        at: usize,
        (old, new): (u64, u64),
        count: usize,
        rank: impl Fn(usize) -> u64,
    ) {
        let least = self.groups[at / GROUP];
        if old == least || new < least {
            self.refresh(at, count, rank);
        }
    }

    /// Looks again at the group of `at`, where a key came, went or changed; there are `count` keys.
    pub(crate) fn refresh(&mut self, at: usize, count: usize, rank: impl Fn(usize) -> u64) {
        let group = at / GROUP;
        let keys = group * GROUP..count.min((group + 1) * GROUP);
        visits::add(keys.len());
        let least = keys.map(rank).min().unwrap_or(NONE);
        if set(&mut self.groups, group, least) {
            let block = group / BLOCK;
            let least = least_of(self.groups[block * BLOCK..].iter().take(BLOCK));
            if set(&mut self.blocks, block, least) {
                self.least = least_of(self.blocks.iter());
            }
        }
    }

    /// Returns the place of a key that has the least rank, if there is a key.
    pub(crate) fn first(&self, count: usize, rank: impl Fn(usize) -> u64) -> Option<usize> {
        let has_least = |ranks: &[u64]| {
            let found = ranks.iter().position(|rank| *rank == self.least);
            visits::add(found.map_or(ranks.len(), |found| found + 1));
            found
        };
        let block = has_least(&self.blocks)?;
        let groups = &self.groups[block * BLOCK..];
        let group = block * BLOCK + has_least(&groups[..groups.len().min(BLOCK)])?;
        let mut keys = group * GROUP..count.min((group + 1) * GROUP);
        visits::add(keys.len());
        keys.find(|key| rank(*key) == self.least)
    }
}

fn least_of<'r>(ranks: impl ExactSizeIterator<Item = &'r u64>) -> u64 {
    visits::add(ranks.len());
    ranks.min().copied().unwrap_or(NONE)
}

/// Sets the rank at `at`; returns true if it changed.
fn set(ranks: &mut Vec<u64>, at: usize, rank: u64) -> bool {
    if at == ranks.len() {
        if at == ranks.capacity() {
            ranks.reserve_exact(1 + at / 8);
        }
        ranks.push(rank);
        return true;
    }
    std::mem::replace(&mut ranks[at], rank) != rank
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
    }

    fn step() -> impl Strategy<Value = Step> {
        let rank = || 0..50_u64;
        prop_oneof![
            3 => rank().prop_map(Step::Push),
            3 => (any::<prop::sample::Index>(), rank()).prop_map(|(at, rank)| Step::Set(at, rank)),
            1 => any::<prop::sample::Index>().prop_map(Step::Remove),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_least_rank_and_its_place_are_known(
            steps in prop::collection::vec(step(), 0..600),
        ) {
            let (mut order, mut ranks) = (Order::with_capacity(0), Vec::new());
            for step in steps {
                match step {
                    Step::Push(rank) => {
                        ranks.push(rank);
                        order.refresh(ranks.len() - 1, ranks.len(), |at| ranks[at]);
                    }
                    Step::Set(at, rank) if !ranks.is_empty() => {
                        let at = at.index(ranks.len());
                        let old = std::mem::replace(&mut ranks[at], rank);
                        order.change(at, (old, rank), ranks.len(), |at| ranks[at]);
                    }
                    Step::Remove(at) if !ranks.is_empty() => {
                        let at = at.index(ranks.len());
                        ranks.swap_remove(at);
                        order.refresh(ranks.len(), ranks.len(), |at| ranks[at]);
                        if at < ranks.len() {
                            order.refresh(at, ranks.len(), |at| ranks[at]);
                        }
                    }
                    _ => {}
                }
                let least = ranks.iter().copied().min();
                prop_assert_eq!(order.least(), least.unwrap_or(NONE));
                let first = order.first(ranks.len(), |at| ranks[at]).map(|at| ranks[at]);
                prop_assert_eq!(first, least);
            }
        }
    }
}
