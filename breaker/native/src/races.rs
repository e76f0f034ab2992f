//! Every order in which threads can get in each other's way, within bounds: run by loom.
//!
//! ```sh
//! RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-breaker --lib races
//! ```

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;
use seawall_core::{Backend, Call, Clock, Entry, Exit, Sleep, Tick, TimeSource, Token, Verdict};

use crate::engine::Engine;
use crate::transition::ChangeNumbers;
use crate::{BreakerOptions, RateWindow, Ratio, State};

const RESET: Duration = Duration::from_millis(5);

fn engine(options: BreakerOptions) -> Arc<Engine> {
    let numbers = std::sync::Arc::new(ChangeNumbers::new());
    let engine = Engine::new(options.reset_after(RESET), 1, numbers);
    // The first call takes the slow path.
    let first = enter(&engine, 0).expect("closed");
    exit(&engine, first, 0, Verdict::Unused);
    Arc::new(engine)
}

/// The time of manual control.
struct AtOneMs;

impl TimeSource for AtOneMs {
    fn now(&self) -> Tick {
        Tick::from_millis(1)
    }

    fn sleep_until(&self, _at: Tick) -> Sleep {
        unreachable!("a breaker does not sleep")
    }
}

fn options() -> BreakerOptions {
    BreakerOptions::new("raced").failures(1)
}

fn enter(engine: &Engine, millis: u64) -> Option<Token> {
    match engine.enter(&Call::at(Tick::from_millis(millis))) {
        Entry::Go(token) => Some(token),
        Entry::Refuse(_) => None,
        entry => unreachable!("{entry:?}"),
    }
}

fn exit(engine: &Engine, token: Token, millis: u64, verdict: Verdict) {
    engine.exit(token, &Exit::at(Tick::from_millis(millis), verdict));
}

/// All that was admitted has ended, and is in the books once.
fn assert_books_close(engine: &Engine) {
    let totals = engine.describe_at(Tick::from_millis(100)).calls;
    let ended: u64 = Verdict::ALL.iter().map(|verdict| totals.ended(*verdict)).sum();
    assert_eq!(totals.admitted, ended + totals.late, "{totals:?}");
}

fn check(test: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(test);
}

/// Runs `act` with `engine` on another thread.
fn spawn<T: 'static>(
    engine: &Arc<Engine>,
    act: impl FnOnce(&Engine) -> T + 'static,
) -> thread::JoinHandle<T> {
    let engine = Arc::clone(engine);
    thread::spawn(move || act(&engine))
}

#[test]
fn of_two_failures_one_opens_it_and_the_other_is_late() {
    check(|| {
        let engine = engine(options());
        let tokens = [0, 0].map(|at| enter(&engine, at).expect("closed"));
        let other = spawn(&engine, move |engine| exit(engine, tokens[0], 1, Verdict::Failure));
        exit(&engine, tokens[1], 1, Verdict::Failure);
        other.join().expect("no panic");
        let status = engine.describe_at(Tick::from_millis(1));
        assert_eq!(status.state, State::Open);
        assert_eq!((status.calls.ended(Verdict::Failure), status.calls.late), (1, 1));
        assert_books_close(&engine);
    });
}

#[test]
fn of_two_calls_at_the_reset_time_one_probes() {
    check(|| {
        let engine = engine(options());
        let failing = enter(&engine, 0).expect("closed");
        exit(&engine, failing, 0, Verdict::Failure);
        let other = spawn(&engine, move |engine| enter(engine, 5));
        let mine = enter(&engine, 5);
        let probes = [other.join().expect("no panic"), mine];
        assert_eq!(probes.iter().flatten().count(), 1, "{probes:?}");
        for probe in probes.into_iter().flatten() {
            exit(&engine, probe, 6, Verdict::Success);
        }
        assert_eq!(engine.describe_at(Tick::from_millis(6)).state, State::Closed);
        assert_books_close(&engine);
    });
}

#[test]
fn a_success_that_races_a_trip_counts_before_it_or_is_late() {
    check(|| {
        let rates = options().failure_rate(Ratio::ONE).minimum_calls(1);
        let engine = engine(rates.rate_window(RateWindow::Time(Duration::from_secs(10))));
        let (good, bad) = (enter(&engine, 0).expect("closed"), enter(&engine, 0).expect("closed"));
        let other = spawn(&engine, move |engine| exit(engine, good, 1, Verdict::Success));
        exit(&engine, bad, 1, Verdict::Failure);
        let probe = enter(&engine, 6).expect("the probe");
        exit(&engine, probe, 6, Verdict::Success);
        other.join().expect("no panic");
        let status = engine.describe_at(Tick::from_millis(6));
        assert_eq!(status.state, State::Closed);
        assert_eq!(status.sample.expect("a rule").calls, 0, "nothing of before is in it");
        assert_books_close(&engine);
    });
}

/// Three threads: the first has counters of its own, so the other two share theirs.
#[test]
fn a_success_of_an_old_generation_takes_none_from_a_new_one() {
    check(|| {
        let rates = options().failure_rate(Ratio::ONE).minimum_calls(1);
        let engine = engine(rates.rate_window(RateWindow::Time(Duration::from_secs(10))));
        let old = enter(&engine, 0).expect("closed");
        let late = spawn(&engine, move |engine| exit(engine, old, 1, Verdict::Success));
        let current = spawn(&engine, move |engine| {
            _ = engine
                .control(&Clock::custom(AtOneMs), |machine, at| machine.set(State::Closed, at));
            let new = enter(engine, 1).expect("closed");
            exit(engine, new, 1, Verdict::Success);
        });
        late.join().expect("no panic");
        current.join().expect("no panic");
        let sample = engine.describe_at(Tick::from_millis(1)).sample.expect("a rule");
        assert_eq!(sample.calls, 1, "the call of the new generation");
        assert_books_close(&engine);
    });
}

#[test]
fn a_call_that_races_new_options_counts_under_one_or_the_other() {
    check(|| {
        let engine = engine(options().failures(2));
        let other = spawn(&engine, move |engine| {
            let failing = enter(engine, 0).expect("closed");
            exit(engine, failing, 1, Verdict::Failure);
        });
        let stricter = std::sync::Arc::new(options().failures(1).reset_after(RESET));
        _ = engine.control(&Clock::custom(AtOneMs), |machine, at| {
            machine.reconfigure(stricter, at);
            None
        });
        other.join().expect("no panic");
        let status = engine.describe_at(Tick::from_millis(1));
        assert!(status.state == State::Open || status.failures == 0, "{status:?}");
        assert_eq!(status.calls.late, 0);
        assert_books_close(&engine);
    });
}

#[test]
fn a_probe_that_ends_as_its_lease_does_counts_once() {
    check(|| {
        let engine = engine(options().probe_lease(Duration::from_millis(5)));
        let failing = enter(&engine, 0).expect("closed");
        exit(&engine, failing, 0, Verdict::Failure);
        let probe = enter(&engine, 5).expect("the probe");
        let other = spawn(&engine, move |engine| enter(engine, 10));
        exit(&engine, probe, 10, Verdict::Success);
        if let Some(next) = other.join().expect("no panic") {
            exit(&engine, next, 10, Verdict::Success);
        }
        assert_eq!(engine.describe_at(Tick::from_millis(10)).state, State::Closed);
        assert_books_close(&engine);
    });
}

#[test]
fn turns_that_race_leave_the_breaker_where_the_switch_stands_and_number_changes_without_gaps() {
    check(|| {
        let engine = engine(options());
        let clock = || Clock::custom(AtOneMs);
        let other =
            spawn(&engine, move |engine| engine.follow(1, Some(State::ForcedOpen), &clock()));
        let mine = engine.follow(2, Some(State::Disabled), &clock());
        let changes = [other.join().expect("no panic"), mine];
        assert_eq!(engine.describe_at(Tick::from_millis(1)).state, State::Disabled);
        let mut numbers: Vec<_> = changes.iter().flatten().map(|change| change.sequence).collect();
        numbers.sort_unstable();
        assert!(numbers == [1] || numbers == [1, 2], "{changes:?}");
        let last = changes.iter().flatten().max_by_key(|change| change.sequence);
        assert_eq!(last.map(|change| change.to), Some("disabled"));
    });
}

#[test]
fn an_end_that_decides_nothing_races_a_trip_and_is_counted_once() {
    check(|| {
        let engine = engine(options());
        let (ignored, bad) =
            (enter(&engine, 0).expect("closed"), enter(&engine, 0).expect("closed"));
        let other = spawn(&engine, move |engine| exit(engine, ignored, 1, Verdict::Ignored));
        exit(&engine, bad, 1, Verdict::Failure);
        other.join().expect("no panic");
        let status = engine.describe_at(Tick::from_millis(1));
        assert_eq!(status.calls.ended(Verdict::Ignored) + status.calls.late, 1);
        assert_books_close(&engine);
    });
}
