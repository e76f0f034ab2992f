//! The laws that every backend is checked by. Those that these two cannot keep are declared.

use own_backends::{Fuses, Quotas};
use seawall::settings::ComponentBackend;
use seawall::{AnyLayer, Driver};

mod fuse {
    use super::*;
    use seawall_testkit::breaker::Setup;

    fn start(setup: &Setup) -> AnyLayer {
        let options = (setup.failures, setup.reset_after);
        Fuses.start("subject", &options, &Driver::new()).expect("valid").layer().clone()
    }

    seawall_testkit::breaker_laws!(start, cannot {
        changing = "its options cannot change",
        forcing = "it cannot be forced open",
        half_open = "it closes without probes",
        late = "calls carry no generation, so that each result counts",
        failures_outside_window_do_not_count = "failures in a row count, however far apart",
        success_forgives_nothing = "failures in a row count, so that a success forgives all",
        changes_are_noted = "it notes no changes",
        one_thread_probes = "it closes without probes",
        overload_counts_as_failure = "it closes without probes",
        panic_counts_as_failure = "it closes without probes",
    });
}

mod quota {
    use super::*;
    use seawall_testkit::limiter::{Bound, Setup};

    fn start(setup: &Setup) -> AnyLayer {
        let quota = (setup.limit, setup.period);
        Quotas.start("subject", &quota, &Driver::new()).expect("valid").layer().clone()
    }

    seawall_testkit::limiter_laws!(admits_only = start, bound = Bound::FIXED_WINDOW, cannot {
        changing = "its quota cannot change",
        keys = "all callers share one quota",
        memory = "it keeps no keys",
        peeking = "it only admits calls",
        waiting = "it never lets a call wait",
        unused_call_leaves_no_trace = "its window has begun all the same",
        refund_never_exceeds_the_limit = "it only admits calls",
        reset_forgets_one_key = "it only admits calls",
        calls_from_before_a_reset_give_nothing_back = "it only admits calls",
        exhaust_takes_all_that_is_left = "it only admits calls",
    });
}
