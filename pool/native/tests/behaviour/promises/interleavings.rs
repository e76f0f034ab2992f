//! Any order of callers coming, waiting, giving up, finishing and failing leaves the pool whole.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use proptest::prelude::*;
use seawall_core::Refusal;
use seawall_core::pool::{Lent, Stage};

use crate::Pool;
use crate::promises::support::{Db, MS, Rig, Step, poll, rig};

type Asking<'r> = Pin<Box<dyn Future<Output = Result<Lent<'r, Pool<Db>>, Refusal>> + 'r>>;

#[derive(Clone, Copy, Debug)]
enum Act {
    /// Someone asks, with this many milliseconds.
    Ask(u8),
    /// One of those who ask is woken.
    Poll(u8),
    /// One of those who ask goes away.
    GiveUp(u8),
    /// One of those who borrow returns.
    Return(u8),
    /// One of those who borrow discards.
    Discard(u8),
    /// This number of milliseconds passes.
    Pass(u8),
    /// Something will go so.
    Plan(Stage, Step),
}

fn act() -> impl Strategy<Value = Act> {
    let stage = prop_oneof![Just(Stage::Connecting), Just(Stage::Checking), Just(Stage::Resetting)];
    let step = prop_oneof![
        (1..3_usize).prop_map(Step::Yield),
        (1..4_u32).prop_map(|ms| Step::Take(ms * MS)),
        Just(Step::Fail("planned")),
        Just(Step::Hang),
    ];
    prop_oneof![
        4 => (0..9_u8).prop_map(Act::Ask),
        6 => any::<u8>().prop_map(Act::Poll),
        1 => any::<u8>().prop_map(Act::GiveUp),
        3 => any::<u8>().prop_map(Act::Return),
        1 => any::<u8>().prop_map(Act::Discard),
        2 => (0..5_u8).prop_map(Act::Pass),
        2 => (stage, step).prop_map(|(stage, step)| Act::Plan(stage, step)),
    ]
}

#[derive(Default)]
struct Callers<'r> {
    asking: VecDeque<Asking<'r>>,
    lent: Vec<Lent<'r, Pool<Db>>>,
}

impl<'r> Callers<'r> {
    fn act(&mut self, rig: &'r Rig, act: Act) {
        match act {
            Act::Ask(ms) => {
                let lend = rig.pool.lend().deadline(u32::from(ms) * MS);
                self.poll(Box::pin(lend.checkout()));
            }
            Act::Poll(which) => {
                if let Some(index) = pick(which, self.asking.len()) {
                    let asking = self.asking.remove(index).expect("picked");
                    self.poll(asking);
                }
            }
            Act::GiveUp(which) => {
                pick(which, self.asking.len()).map(|index| self.asking.remove(index));
            }
            Act::Return(which) => {
                pick(which, self.lent.len()).map(|index| self.lent.remove(index));
            }
            Act::Discard(which) => {
                if let Some(index) = pick(which, self.lent.len()) {
                    self.lent.remove(index).discard();
                }
            }
            Act::Pass(ms) => rig.time.advance(u32::from(ms) * MS),
            Act::Plan(stage, step) => {
                rig.db.then(stage, step);
            }
        }
    }

    fn poll(&mut self, mut asking: Asking<'r>) {
        match poll(&mut asking) {
            Poll::Ready(Ok(lent)) => self.lent.push(lent),
            Poll::Ready(Err(_refused)) => {}
            Poll::Pending => self.asking.push_back(asking),
        }
    }
}

fn pick(which: u8, count: usize) -> Option<usize> {
    usize::from(which).checked_rem(count)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_leaves_the_pool_whole(acts in prop::collection::vec(act(), 0..80)) {
        let rig = rig(3);
        let mut callers = Callers::default();
        for act in acts {
            callers.act(&rig, act);
            rig.assert_books_close();
            let status = rig.pool.status();
            prop_assert!(status.borrowed + status.connecting <= 3);
            prop_assert!(status.borrowed as usize >= callers.lent.len());
            prop_assert!(status.waiting as usize <= callers.asking.len());
        }
        drop(callers);
        rig.assert_whole();
    }

    #[test]
    fn any_sequence_before_closing_leaves_nothing_open(acts in prop::collection::vec(act(), 0..40)) {
        let rig = rig(3);
        let mut callers = Callers::default();
        acts.into_iter().for_each(|act| callers.act(&rig, act));
        let lent = callers.lent.len();
        rig.pool.close();
        while let Some(mut asking) = callers.asking.pop_front() {
            let refused = matches!(poll(&mut asking), Poll::Ready(Err(_)));
            prop_assert!(refused, "all are sent away at once");
        }
        prop_assert_eq!(rig.db.open().len(), lent, "only what is lent is open");
        drop(callers);
        prop_assert_eq!(rig.db.open(), [0_u32; 0]);
        rig.assert_books_close();
    }
}
