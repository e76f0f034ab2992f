use std::collections::VecDeque;
use std::ops::DerefMut;

use seawall_core::pool::Order;

use crate::rack::Slots;
use crate::slot::Slot;

/// Makes a rack of a library that is only a stack, which cannot be searched or taken from in
/// another order.
///
/// To search it, all slots are popped from the stack. They then stay in here, in their order. Slots
/// that are returned later go to the stack, so every slot in here has been idle for longer than any
/// on the stack. For first in, first out, that makes a queue of two stacks; each slot is moved
/// once.
#[derive(Debug)]
pub struct Aside<H> {
    order: Order,
    /// The one that has been idle longest comes first.
    slots: VecDeque<H>,
}

impl<R, H: DerefMut<Target = Slot<R>>> Aside<H> {
    /// Creates an empty `Aside`.
    #[must_use]
    pub const fn new(order: Order) -> Self {
        Self { order, slots: VecDeque::new() }
    }

    /// Takes the next slot in order, from those in here and those on the stack. `pop` removes the
    /// top of the stack; it must return full slots only.
    ///
    /// The caller must prevent other pops meanwhile; pushes are allowed.
    pub fn take(&mut self, mut pop: impl FnMut() -> Option<H>) -> Option<H> {
        match self.order {
            Order::Lifo => pop().or_else(|| self.slots.pop_back()),
            Order::Fifo => {
                if self.slots.is_empty() {
                    self.gather(pop);
                }
                self.slots.pop_front()
            }
        }
    }

    /// Moves all slots from the stack into here.
    pub fn gather(&mut self, pop: impl FnMut() -> Option<H>) {
        let older = self.slots.len();
        self.slots.extend(std::iter::from_fn(pop));
        self.slots.make_contiguous()[older..].reverse();
    }

    /// Removes the contents of all slots, here and on the stack, for which `which` returns true.
    /// These slots are then empty and are dropped.
    pub fn remove(
        &mut self,
        pop: impl FnMut() -> Option<H>,
        which: &mut dyn FnMut(&Slot<R>) -> bool,
        empty: &Slots,
    ) -> Vec<Slot<R>> {
        self.gather(pop);
        let mut removed = Vec::new();
        self.slots.retain_mut(|slot| {
            let stays = !which(slot);
            if !stays {
                removed.push(std::mem::replace(&mut **slot, empty.empty()));
            }
            stays
        });
        removed
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;

    use seawall_core::pool::PoolOptions;

    use super::*;
    use crate::age::Age;
    use crate::ledger::Ledger;

    /// A stack beside which there is an aside.
    struct Rack {
        stack: RefCell<Vec<Slot<u8>>>,
        aside: Aside<Box<Slot<u8>>>,
        slots: Slots,
    }

    impl Rack {
        fn new(order: Order) -> Self {
            let slots = Slots::new(Arc::new(Ledger::new(&PoolOptions::new())));
            Self { stack: RefCell::default(), aside: Aside::new(order), slots }
        }

        fn keep(&self, numbers: impl IntoIterator<Item = u8>) {
            for number in numbers {
                let mut slot = self.slots.empty();
                slot.fill(number, Age::NONE);
                self.stack.borrow_mut().push(slot);
            }
        }

        fn take(&mut self) -> Option<u8> {
            self.aside.take(|| self.stack.borrow_mut().pop().map(Box::new)).map(|slot| *slot.get())
        }

        fn take_all(&mut self) -> Vec<u8> {
            std::iter::from_fn(|| self.take()).collect()
        }

        /// Removes the even ones.
        fn remove(&mut self) -> Vec<u8> {
            let mut is_even = |slot: &Slot<u8>| slot.get().is_multiple_of(2);
            let pop = || self.stack.borrow_mut().pop().map(Box::new);
            let removed = self.aside.remove(pop, &mut is_even, &self.slots);
            removed.iter().map(|slot| *slot.get()).collect()
        }
    }

    #[test]
    fn a_stack_gives_what_came_last() {
        let mut rack = Rack::new(Order::Lifo);
        rack.keep([1, 2, 3]);
        assert_eq!(rack.take(), Some(3));
        rack.keep([4]);
        assert_eq!(rack.take_all(), [4, 2, 1]);
    }

    #[test]
    fn a_queue_gives_what_came_first() {
        let mut rack = Rack::new(Order::Fifo);
        rack.keep([1, 2, 3]);
        assert_eq!(rack.take(), Some(1));
        rack.keep([4, 1]);
        assert_eq!(rack.take_all(), [2, 3, 4, 1]);
    }

    #[test]
    fn what_is_left_after_removing_is_in_its_order_and_older_than_what_comes_later() {
        for (order, left) in [(Order::Lifo, [9, 5, 3, 1]), (Order::Fifo, [1, 3, 5, 9])] {
            let mut rack = Rack::new(order);
            rack.keep([1, 2, 3]);
            assert_eq!(rack.remove(), [2]);
            rack.keep([4, 5, 6]);
            assert_eq!(rack.remove(), [4, 6]);
            rack.keep([9]);
            assert_eq!(rack.take_all(), left, "{order:?}");
        }
    }

    #[test]
    fn what_is_kept_while_all_is_taken_off_is_not_lost() {
        for order in [Order::Lifo, Order::Fifo] {
            let mut rack = Rack::new(order);
            rack.keep([1, 2]);
            let mut late = vec![3, 4];
            rack.aside.gather(|| {
                let popped = rack.stack.borrow_mut().pop().map(Box::new);
                if let Some(number) = late.pop() {
                    let mut slot = rack.slots.empty();
                    slot.fill(number, Age::NONE);
                    rack.stack.borrow_mut().push(slot);
                }
                popped
            });
            let mut all = rack.take_all();
            all.sort_unstable();
            assert_eq!(all, [1, 2, 3, 4], "{order:?}");
        }
    }
}
