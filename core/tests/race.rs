//! Attempts that are dropped after another one has answered are superseded, not abandoned.

mod shared;

use std::convert::Infallible;
use std::future::{Ready, pending, ready};

use seawall_core::{Race, Verdict};
use seawall_testkit::yield_times;

use shared::Shared;

type Answer = Result<u8, Infallible>;

/// The ends of the breaker's calls as superseded and as abandoned.
fn lost(shared: &Shared) -> [u64; 2] {
    let counts = shared.breaker.counts();
    [counts.ended(Verdict::Superseded), counts.ended(Verdict::Abandoned)]
}

#[test]
fn an_attempt_that_is_dropped_after_an_answer_is_superseded() {
    let shared = Shared::new();
    let race = Race::new();
    let slow = |race: &Race| shared.handle.owned().race(race).run(pending::<Answer>);
    let fast = shared.handle.call().race(&race).run(async || {
        yield_times(1).await;
        Answer::Ok(7)
    });
    let hedged = async {
        tokio::select! {
            biased;
            answer = slow(&race) => answer,
            answer = fast => answer,
        }
    };
    assert_eq!(shared.time.block_on(hedged).expect("answered"), 7);
    assert!(race.is_won());
    assert_eq!(lost(&shared), [1, 0]);
    assert_eq!(shared.breaker.counts().ended(Verdict::Success), 1);
    shared.assert_closed("after the race");
}

#[test]
fn an_attempt_that_is_dropped_before_any_answer_is_abandoned() {
    let shared = Shared::new();
    let race = Race::new();
    let failed = shared.handle.owned().race(&race).run(async || Err::<u8, _>("no"));
    shared.time.block_on(failed).expect_err("a failure answers nothing");
    assert!(!race.is_won());
    drop(shared.handle.owned().race(&race).acquire_blocking().expect("admitted"));
    assert_eq!(lost(&shared), [0, 1]);
    let ignored = shared.handle.owned().race(&race).acquire_blocking().expect("admitted");
    ignored.settle(Verdict::Ignored);
    drop(shared.handle.owned().race(&race).acquire_blocking().expect("admitted"));
    assert_eq!(lost(&shared), [1, 1]);
    shared.assert_closed("at the end");
}

#[test]
fn a_race_that_code_ends_supersedes_attempts_that_ran_and_no_others() {
    let shared = Shared::new();
    let race = Race::new();
    race.win();
    let reservation = shared.handle.owned().race(&race).reserve_blocking().expect("admitted");
    drop(reservation);
    assert_eq!(shared.breaker.counts().ended(Verdict::Unused), 1, "it did not run");
    let op = || -> Ready<Answer> { panic!("operation") };
    let call = shared.handle.owned().race(&race).run(op);
    let caught =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| shared.time.block_on(call)));
    assert!(caught.is_err());
    assert_eq!(shared.breaker.counts().ended(Verdict::Panicked), 1);
    let permit = shared.handle.owned().race(&race).acquire_blocking().expect("admitted");
    let place = permit.report(Verdict::Success);
    drop(place);
    assert_eq!(lost(&shared), [0, 0]);
    drop(shared.handle.owned().race(&Race::new()).run(|| ready(Answer::Ok(1))));
    shared.assert_closed("at the end");
}
