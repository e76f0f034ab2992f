//! The engine against a reference that is too simple to be wrong: any interleaving of calls, results,
//! waits, manual control, turns of a switch, new options and restarts, results from former states included.

use proptest_state_machine::prop_state_machine;

use self::real::Real;

mod real;
mod reference;
mod step;
mod terms;

prop_state_machine! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..proptest::prelude::ProptestConfig::default()
    })]

    #[test]
    fn the_engine_does_what_the_model_does(sequential 1..120 => Real);
}
