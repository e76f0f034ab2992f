use crate::keyed::evictable::Evictable;

/// The places of a shard whose keys can be forgotten, in the order of their last use, in one queue for
/// each [`Evictable`]. Each operation takes a few steps, however many places there are.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    links: Vec<Link>,
    ends: [Ends; Evictable::ALL.len()],
}

#[derive(Clone, Copy, Debug)]
struct Link {
    before: u32,
    after: u32,
    queue: Option<Evictable>,
}

#[derive(Clone, Copy, Debug)]
struct Ends {
    first: u32,
    last: u32,
}

/// No place.
const NONE: u32 = u32::MAX;

impl Default for Ends {
    fn default() -> Self {
        Self { first: NONE, last: NONE }
    }
}

impl Queues {
    /// Returns the least recently used place of `queue`.
    pub(crate) fn first(&self, queue: Evictable) -> Option<u32> {
        let first = self.ends[queue as usize].first;
        (first != NONE).then_some(first)
    }

    /// Removes `place` from the queue it is in, and puts it at the end of `queue`.
    #[inline]
    pub(crate) fn put(&mut self, place: u32, queue: Option<Evictable>) {
        let none = Link { before: NONE, after: NONE, queue: None };
        if self.links.len() <= place as usize {
            self.links.resize(place as usize + 1, none);
        }
        self.remove(place);
        let Some(queue) = queue else { return };
        let before = self.ends[queue as usize].last;
        self.links[place as usize] = Link { before, after: NONE, queue: Some(queue) };
        *self.after(before, queue) = place;
        self.ends[queue as usize].last = place;
    }

    /// Removes `place` from the queue it is in, if it is in one.
    #[inline]
    pub(crate) fn remove(&mut self, place: u32) {
        let Some(link) = self.links.get_mut(place as usize) else { return };
        let Some(queue) = link.queue.take() else { return };
        let Link { before, after, .. } = *link;
        *self.after(before, queue) = after;
        match after {
            NONE => self.ends[queue as usize].last = before,
            after => self.links[after as usize].before = before,
        }
    }

    /// Returns the link to the place after `place`; the one to the first place if that is `NONE`.
    fn after(&mut self, place: u32, queue: Evictable) -> &mut u32 {
        match place {
            NONE => &mut self.ends[queue as usize].first,
            place => &mut self.links[place as usize].after,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Walks from the first to the last, and back.
    fn walk(queues: &Queues, queue: Evictable) -> Vec<u32> {
        let link = |place: &u32| queues.links[*place as usize];
        let some = |place: u32| (place != NONE).then_some(place);
        let ends = queues.ends[queue as usize];
        let ahead = std::iter::successors(queues.first(queue), |place| some(link(place).after));
        let back = std::iter::successors(some(ends.last), |place| some(link(place).before));
        let (ahead, mut back): (Vec<_>, Vec<_>) = (ahead.collect(), back.collect());
        back.reverse();
        assert_eq!(ahead, back);
        ahead
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_place_is_in_the_queue_it_was_put_into_last(
            puts in proptest::collection::vec((0..8_u32, proptest::option::of(0..3_usize)), 0..100),
        ) {
            let mut queues = Queues::default();
            let mut model: [Vec<u32>; 3] = Default::default();
            for (place, queue) in puts {
                queues.put(place, queue.map(|queue| Evictable::ALL[queue]));
                model.iter_mut().for_each(|queue| queue.retain(|other| *other != place));
                if let Some(queue) = queue {
                    model[queue].push(place);
                }
                for (queue, model) in Evictable::ALL.into_iter().zip(&model) {
                    prop_assert_eq!(&walk(&queues, queue), model);
                }
            }
        }
    }
}
