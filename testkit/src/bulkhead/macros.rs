/// Passes on the list of all laws: name, group, sentence.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_bulkhead_law {
    ({ $($then:tt)* } { $($rest:tt)* }) => {
        $($then)*! { [
            never_more_than_the_maximum in permits:
                "However calls arrive, wait, leave and end, no more than `max_concurrent` run at once.",
            free_permit_is_granted_at_once in permits:
                "A call gets a free permit at once, also if it must not wait.",
            every_end_returns_the_permit in permits:
                "A permit is free again after its call, whether that succeeded, failed, panicked or was superseded.",
            dropped_call_returns_its_permit in permits:
                "A call that is dropped at any await of its operation returns its permit.",
            later_refusal_returns_the_permit in permits:
                "A call that a later layer refuses returns its permit.",
            refused_calls_hold_nothing in permits:
                "However many calls are refused, all permits can still be had.",
            waiters_go_in_order in waiting:
                "Calls that wait are admitted in the order of their arrival, and no newcomer overtakes them.",
            wait_ends_in_time in waiting:
                "A call waits until the end of its `max_wait` or its deadline, whichever is earlier, and not 1 ns longer.",
            waiters_that_leave_pass_their_turn_on in waiting:
                "A call that is dropped while it waits, or when it was just granted a permit, leaves that to the next.",
            waiter_is_woken in waiting:
                "A call that waits is woken by its last waker when a permit is there for it.",
            more_permits_go_to_waiters in changing:
                "After a resize to more, calls that wait are admitted, as many as there are new permits.",
            fewer_permits_are_reached_as_calls_end in changing:
                "After a resize to fewer, running calls go on, and none is admitted before fewer than that run.",
            impossible_changes_change_nothing in changing:
                "A resize to zero fails; a resize of one key and other actions are unsupported; nothing changes.",
            closed_bulkhead_refuses in closing:
                "A closed bulkhead refuses all calls as `ShuttingDown`, also those that wait, and running calls end as usual.",
            every_call_is_accounted_for in counting:
                "At any time, `admitted` is the sum of all verdicts and `running`; calls that were refused, wait or went away are counted as such.",
            refusal_names_layer_kind_and_limit in counting:
                "A refusal names the bulkhead, `BulkheadFull` or `BulkheadTimeout`, and `max_concurrent`.",
            threads_never_exceed_the_maximum in threads:
                "Many threads that wait for permits all get one, and no more than `max_concurrent` at once.",
        ] $($rest)* }
    };
}

/// Checks a bulkhead by all [laws](crate::bulkhead): writes one `#[test]` for each.
///
/// | argument | |
/// |---|---|
/// | first | a function that starts a bulkhead from a [`Setup`](crate::bulkhead::Setup), and returns its [`Handles`](crate::bulkhead::Handles) |
/// | `grants_within =` | the time within which a call that waits gets a free permit; zero if it is not given |
/// | `table =` | a Markdown file, relative to the package, and the column of this component in its table of laws, which one more test checks: see [`assert_column`](crate::law::assert_column) |
/// | `cannot { … }` | the laws that the bulkhead cannot keep, or groups of laws, each with the reason; their tests are ignored |
///
/// The arguments come in this order. A bulkhead that cannot be closed declares `closing`.
///
/// ```no_run
/// # fn main() {}
/// # use seawall_core::{
/// #     Backend, Call, ControlAction, ControlError, Entry, Exit, Key, Layer, ManualControl, Status, Tick, Token,
/// # };
/// use seawall_testkit::bulkhead::{Handles, Setup};
///
/// # #[derive(Clone)] struct Gate;
/// # impl Gate { fn new(_max: u32) -> Self { Self } fn close(&self) {} }
/// # impl Backend for Gate {
/// #     fn layer(&self) -> &Layer { unimplemented!() }
/// #     fn enter(&self, call: &Call<'_>) -> Entry { unimplemented!() }
/// #     fn exit(&self, token: Token, exit: &Exit<'_>) {}
/// #     fn status(&self, now: Tick) -> Status { unimplemented!() }
/// # }
/// # impl ManualControl for Gate {
/// #     fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> { unimplemented!() }
/// # }
/// fn start(setup: &Setup) -> Handles {
///     let gate = Gate::new(setup.max_concurrent);
///     Handles::new(&gate).with_close(move || gate.close())
/// }
///
/// seawall_testkit::bulkhead_laws!(start, cannot {
///     waiters_go_in_order = "it wakes any of its waiters",
/// });
/// ```
#[macro_export]
macro_rules! bulkhead_laws {
    ($start:expr $(, grants_within = $within:expr)? $(, table = $table:expr)?
        $(, cannot { $($law:ident = $reason:literal),* $(,)? })? $(,)?) => {
        $crate::__each_bulkhead_law! {
            { $crate::__law_tests }
            {
                (
                    $crate::bulkhead::LAWS,
                    $crate::bulkhead::Subject::new($start)$(.granting_within($within))?
                )
                [$($($law = $reason,)*)?]
            }
        }

        $crate::__law_table_test! {
            "bulkheads", $crate::bulkhead::LAWS, [$($table)?]
        }
    };
}
