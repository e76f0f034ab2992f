use std::fmt::Debug;

use seawall_core::Status;

/// Asserts that two runs of the same steps had the same outcomes and ended in the same state.
#[track_caller]
pub(crate) fn assert_same<O: Debug + PartialEq>(
    one: (&Status, &[O]),
    other: (&Status, &[O]),
    which: &str,
) {
    let ((one, one_outcomes), (other, other_outcomes)) = (one, other);
    for (step, (one, other)) in one_outcomes.iter().zip(other_outcomes).enumerate() {
        assert!(one == other, "{which}: the outcomes of step {step} are {one:?} and {other:?}");
    }
    assert!(
        one.state == other.state && one.readings == other.readings,
        "{which}: the final states are {one} and {other}"
    );
}
