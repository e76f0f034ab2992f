//! Rates against a reference that keeps every call and counts anew each time.

use std::time::Duration;

use proptest::prelude::*;
use seawall_breaker::{BreakerOptions, CircuitBreaker, RateWindow, Ratio, State};
use seawall_core::{Backend, Call, Driver, Entry, Exit, Tick, Token, Verdict};
use seawall_testkit::ManualClock;

const TENTH: u64 = 4;
const CALLS: usize = 7;
const MINIMUM: u64 = 5;
const SLOW: u64 = 6;

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Call,
    /// The n-th of the calls under way ends.
    End(usize, Verdict),
}

fn step() -> impl Strategy<Value = Step> {
    let verdict = prop_oneof![
        3 => Just(Verdict::Failure),
        6 => Just(Verdict::Success),
        1 => proptest::sample::select(Verdict::ALL),
    ];
    prop_oneof![
        2 => (0..9_u64).prop_map(Step::Wait),
        1 => (30..60_u64).prop_map(Step::Wait),
        9 => Just(Step::Call),
        9 => (0..4_usize, verdict).prop_map(|(nth, verdict)| Step::End(nth, verdict)),
    ]
}

/// A call that has ended: when, and how.
struct Ended {
    at: u64,
    failed: bool,
    slow: bool,
}

/// How many calls count at `now`, how many of them failed and were slow.
fn sample(calls: &[Ended], window: RateWindow, now: u64) -> (u64, u64, u64) {
    let recent: Vec<_> = match window {
        RateWindow::Calls(calls_kept) => calls.iter().rev().take(calls_kept as usize).collect(),
        _ => calls.iter().filter(|call| call.at / TENTH + 10 > now / TENTH).collect(),
    };
    let count = |what: fn(&Ended) -> bool| recent.iter().filter(|call| what(call)).count() as u64;
    (count(|_| true), count(|call| call.failed), count(|call| call.slow))
}

fn check(
    window: RateWindow,
    failing: Ratio,
    slow: Ratio,
    steps: Vec<Step>,
) -> Result<(), TestCaseError> {
    let options = BreakerOptions::new("model")
        .failure_rate(failing)
        .slow_call(Duration::from_millis(SLOW))
        .slow_call_rate(slow)
        .rate_window(window)
        .minimum_calls(u32::try_from(MINIMUM).expect("small"));
    let time = ManualClock::new();
    let breaker = CircuitBreaker::start(&options)
        .expect("valid")
        .with_driver(Driver::new().with_clock(time.clock()));
    let mut calls: Vec<Ended> = Vec::new();
    let mut under_way: Vec<(Token, u64)> = Vec::new();
    let mut now = 0;
    for step in steps {
        match step {
            Step::Wait(wait) => now += wait,
            Step::Call => match breaker.enter(&Call::at(Tick::from_millis(now))) {
                Entry::Go(token) => under_way.push((token, now)),
                entry => prop_assert!(false, "closed, and {entry:?}"),
            },
            Step::End(nth, verdict) if nth < under_way.len() => {
                let (token, entered) = under_way.remove(nth);
                breaker.exit(token, &Exit::at(Tick::from_millis(now), verdict));
                let failed = match verdict {
                    Verdict::Success => Some(false),
                    Verdict::Failure | Verdict::Overload | Verdict::Panicked => Some(true),
                    _ => None,
                };
                if let Some(failed) = failed {
                    calls.push(Ended { at: now, failed, slow: now - entered >= SLOW });
                }
                let (all, failures, slows) = sample(&calls, window, now);
                let reached = |some: u64, percent: u64| some > 0 && some * 100 >= percent * all;
                let broken = all >= MINIMUM && (reached(failures, 50) || reached(slows, 40));
                let open = breaker.status().state == State::Open;
                // Between two ends the rules are not checked, so what time alone has broken shows at the next.
                prop_assert_eq!(open, broken, "{:?}", (all, failures, slows));
                if open {
                    return Ok(());
                }
            }
            Step::End(..) => {}
        }
        time.advance_to(Tick::from_millis(now));
        let seen = breaker.status().sample.expect("there are rules about rates");
        prop_assert_eq!((seen.calls, seen.failures, seen.slow), sample(&calls, window, now));
        prop_assert_eq!(seen.is_enough, seen.calls >= MINIMUM);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn over_time(steps in proptest::collection::vec(step(), 1..120)) {
        let window = RateWindow::Time(Duration::from_millis(10 * TENTH));
        check(window, Ratio::percent(50), Ratio::percent(40), steps)?;
    }

    #[test]
    fn over_calls(steps in proptest::collection::vec(step(), 1..120)) {
        let window = RateWindow::Calls(u32::try_from(CALLS).expect("small"));
        check(window, Ratio::percent(50), Ratio::percent(40), steps)?;
    }
}
