use std::fmt::Debug;

use seawall_core::Status;

/// Asserts that two plays went the same way, step by step, and ended in the same state.
#[track_caller]
pub(crate) fn assert_same<C: Debug + PartialEq>(
    one: (&Status, &[C]),
    other: (&Status, &[C]),
    which: &str,
) {
    let ((one, one_came), (other, other_came)) = (one, other);
    for (step, (one, other)) in one_came.iter().zip(other_came).enumerate() {
        assert!(one == other, "{which}: step {step} comes to {one:?} and to {other:?}");
    }
    assert!(
        one.state == other.state && one.readings == other.readings,
        "{which}: the end is {one} and {other}"
    );
}
