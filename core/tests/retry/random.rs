//! Calls of all kinds, dropped at each of their awaits, with retries and hedges: each attempt is accounted
//! for, nothing runs after its deadline, and observers change nothing. Those that want fewer events receive
//! the same ones, without the others.

use std::cell::RefCell;
use std::pin::Pin;
use std::time::Duration;

use proptest::prelude::*;
use seawall_core::policy::{BudgetOptions, Hedge, Policy};
use seawall_core::{Driver, Event, Interest, Observer, RefusalKind, Tick};
use seawall_testkit::{Answer, CallCounts, Recorded, Recorder, cancel};

use crate::MS;
use crate::fixture::{Fixture, RETRY};

/// What layers answer, how long attempts take and whether they fail, and what limits the call.
#[derive(Clone, Debug)]
struct Plan {
    answers: Vec<u8>,
    attempts: Vec<(u32, bool)>,
    timeout: Option<u32>,
    deadline: Option<u32>,
    is_hedged: bool,
    is_measured: bool,
    runs_once: bool,
    has_changes: bool,
    has_keys: bool,
}

/// Records the events of an interest.
struct Interested(Interest, Recorder);

impl Observer for Interested {
    fn observe(&self, event: &Event<'_>) {
        self.1.observe(event);
    }

    fn interest(&self) -> Interest {
        self.0
    }
}

fn plans() -> impl Strategy<Value = Plan> {
    let answers = prop::collection::vec(0_u8..8, 0..6);
    let attempts = prop::collection::vec((prop_oneof![Just(0), 0_u32..60], any::<bool>()), 1..5);
    let limits = (prop::option::of(1_u32..80), prop::option::of(0_u32..200));
    let flags = any::<[bool; 5]>();
    (answers, attempts, limits, flags).prop_map(|(answers, attempts, limits, flags)| {
        let ((timeout, deadline), [is_hedged, is_measured, runs_once, has_changes, has_keys]) =
            (limits, flags);
        Plan {
            answers,
            attempts,
            timeout,
            deadline,
            is_hedged,
            is_measured,
            runs_once,
            has_changes,
            has_keys,
        }
    })
}

fn answer(kind: u8) -> Answer {
    match kind {
        0 => Answer::GoAfter(5 * MS),
        1 => Answer::AskAfter(5 * MS),
        2 => Answer::Later(1),
        3 => Answer::Refuse(RefusalKind::ResourceUnavailable),
        4 => Answer::Refuse(RefusalKind::CircuitOpen),
        _ => Answer::Go,
    }
}

/// What came of a plan: the times at which attempts began and ended, and the counts of layers and budget.
type Traces = (Vec<(u32, u128, u128)>, [CallCounts; 2], [u64; 2], usize);

fn run(plan: &Plan, interest: Interest) -> (Traces, Vec<Recorded>) {
    let recorder = Recorder::new();
    let driver = Driver::new().with_observer(Interested(interest, recorder.clone()));
    let driver = if plan.has_keys { driver.with_keys_in_events() } else { driver };
    let options = BudgetOptions::new("payments").floor(100.0);
    let fixture = Fixture::with(&driver, recorder, &options, |budget| {
        let policy = Policy::new(budget).with_retry(RETRY.attempts(4)).expect("valid options");
        match plan.is_hedged {
            true => policy.with_hedge(Hedge::new().after(10 * MS).share(1.0)).expect("valid"),
            false if plan.is_measured => policy.with_latency(),
            false => policy,
        }
    });
    if plan.is_hedged {
        // The share of hedges has no floor.
        for _ in 0..50 {
            let call = fixture.handle.call().run_attempts(async |_| Ok::<_, ()>(()));
            fixture.time.block_on(call).expect("admitted");
        }
    }
    for layer in [&fixture.limiter, &fixture.breaker] {
        layer.note_changes(plan.has_changes);
    }
    let (begun, ran) = (RefCell::new(Tick::ZERO), RefCell::new(Vec::new()));
    let awaits = cancel::at_every_await(
        &fixture.time,
        || {
            for layer in [&fixture.limiter, &fixture.breaker] {
                layer.forget();
                plan.answers.iter().for_each(|kind| _ = layer.then(answer(*kind)));
            }
            *begun.borrow_mut() = fixture.time.now();
            let mut call = fixture.handle.call().idempotent().key(("user", 7));
            if let Some(timeout) = plan.timeout {
                call = call.timeout(timeout * MS);
            }
            if let Some(deadline) = plan.deadline {
                call = call.deadline(deadline * MS);
            }
            let attempt = |number: u32| {
                let nth = usize::try_from(number - 1).expect("small");
                let (takes, fails) = plan.attempts[nth % plan.attempts.len()];
                let (clock, time, ran) = (fixture.time.clock(), &fixture.time, &ran);
                let running = Running { at: time.now(), number, time, ran };
                async move {
                    if takes > 0 {
                        clock.sleep_until(running.at + takes * MS).await;
                    }
                    drop(running);
                    if fails { Err("down") } else { Ok(7) }
                }
            };
            let call: Pin<Box<dyn Future<Output = _>>> = match plan.runs_once {
                true => Box::pin(call.run(move || attempt(1))),
                false => Box::pin(call.run_attempts(move |nth| attempt(nth.number()))),
            };
            call
        },
        |awaits| {
            fixture.assert_closed(awaits);
            let deadline = plan.deadline.map_or(Duration::MAX, |deadline| deadline * MS);
            let deadline = begun.borrow().since(Tick::ZERO).saturating_add(deadline).as_millis();
            for (number, from, until) in ran.borrow().iter().rev().take(4) {
                assert!(*from < deadline && *until <= deadline, "attempt {number}, {awaits}");
            }
            let extra = ran.borrow().iter().filter(|(number, ..)| *number > 1).count();
            let [_, withdrawn] = fixture.balance();
            assert_eq!(withdrawn, extra as u64, "extra calls that ran, and no others: {awaits}");
        },
    );
    let counts = [&fixture.limiter, &fixture.breaker].map(|layer| layer.counts());
    let traces = (ran.into_inner(), counts, fixture.balance(), awaits);
    (traces, fixture.recorder.take())
}

/// An attempt while it runs.
struct Running<'r> {
    at: Tick,
    number: u32,
    time: &'r seawall_testkit::ManualClock,
    ran: &'r RefCell<Vec<(u32, u128, u128)>>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let times = [self.at, self.time.now()].map(|at| at.since(Tick::ZERO).as_millis());
        self.ran.borrow_mut().push((self.number, times[0], times[1]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_attempt_is_accounted_for_and_none_runs_after_the_deadline(plan in plans()) {
        let (all_traces, all) = run(&plan, Interest::Calls);
        for interest in [Interest::Infrastructure, Interest::Changes, Interest::Refusals] {
            let (traces, events) = run(&plan, interest);
            prop_assert_eq!(&traces, &all_traces);
            let mut wanted = all.clone();
            wanted.retain(|event| event.topic.interest() <= interest);
            prop_assert_eq!(events, wanted);
        }
    }
}
