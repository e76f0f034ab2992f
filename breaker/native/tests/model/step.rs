use proptest::prelude::*;
use seawall_breaker::{State, Verdict};

use crate::terms;

/// What happens next. Times are milliseconds.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Wait(i64),
    Call,
    /// The n-th of the calls under way ends; what was called may have said when to come back.
    End(usize, Verdict, Option<i64>),
    /// By hand: into that state.
    Set(State),
    /// By the switch that it is attached to: into that state.
    Turn(State),
    /// Manual control: open for this long.
    Trip(i64),
    /// The n-th of all options.
    Reconfigure(usize),
    /// Another process goes on where this one ends, and so do all clocks.
    Restart,
}

pub(crate) fn any(under_way: usize) -> BoxedStrategy<Step> {
    let end = prop_oneof![
        8 => Just((Verdict::Failure, None)),
        4 => Just((Verdict::Success, None)),
        1 => (0..70_i64).prop_map(|wait| (Verdict::Overload, Some(wait))),
        2 => proptest::sample::select(Verdict::ALL).prop_map(|verdict| (verdict, None)),
    ];
    let set = [State::Closed, State::ForcedOpen, State::Disabled, State::Observing];
    prop_oneof![
        16 => (0..25_i64).prop_map(Step::Wait),
        40 => Just(Step::Call),
        40 => (0..under_way.max(1), end).prop_map(|(nth, (verdict, wait))| Step::End(nth, verdict, wait)),
        3 => proptest::sample::select(set.to_vec()).prop_map(Step::Set),
        2 => proptest::sample::select(set.to_vec()).prop_map(Step::Turn),
        1 => (0..80_i64).prop_map(Step::Trip),
        3 => (0..terms::ALL.len()).prop_map(Step::Reconfigure),
        1 => Just(Step::Restart),
    ]
    .boxed()
}
