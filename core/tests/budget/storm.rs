//! Calls of many clients through protections, in virtual time: the bound, the deadline and the accounting
//! hold, whatever fails and whoever goes away.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use proptest::prelude::*;
use seawall_core::policy::{Budget, BudgetOptions, Policy, Retry};
use seawall_core::{Component, Driver, Handle, Tick, Verdict};
use seawall_testkit::{ManualClock, Scripted};

const MS: Duration = Duration::from_millis(1);

/// What an attempt does: the milliseconds that it takes, and whether it fails.
type Plan = (u16, bool);

/// One call: when it begins, what its attempts do, its deadline, and when its caller goes away.
#[derive(Clone, Debug)]
struct Call {
    begins: u16,
    plans: Vec<Plan>,
    deadline: u16,
    leaves: Option<u16>,
}

fn call() -> impl Strategy<Value = Call> {
    let plans = prop::collection::vec((0_u16..80, prop::bool::weighted(0.7)), 4);
    (0_u16..5_000, plans, 20_u16..1_000, prop::option::weighted(0.2, 0_u16..400))
        .prop_map(|(begins, plans, deadline, leaves)| Call { begins, plans, deadline, leaves })
}

#[derive(Default)]
struct Log {
    /// First attempts that succeeded.
    successes: Vec<Tick>,
    /// Further attempts.
    extra: Vec<Tick>,
    attempts: Vec<u32>,
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Polls all tasks, as time passes from one wake-up to the next, until none is left.
fn run(time: &ManualClock, mut tasks: Vec<Task>) {
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        tasks.retain_mut(|task| task.as_mut().poll(&mut cx).is_pending());
        if tasks.is_empty() {
            return;
        }
        assert!(time.advance_to_next(), "a call waits for nothing");
    }
}

fn task(
    time: ManualClock,
    handle: Handle<Arc<Scripted>>,
    call: Call,
    log: Rc<RefCell<Log>>,
) -> Task {
    Box::pin(async move {
        let clock = time.clock();
        clock.sleep_until(Tick::from_millis(call.begins.into())).await;
        let ends = time.now() + u32::from(call.deadline) * MS;
        let run = handle.call().idempotent().deadline(u32::from(call.deadline) * MS);
        let run = run.run_attempts(|attempt| {
            let at = time.now();
            assert!(at < ends, "no attempt starts after the deadline");
            if attempt.is_extra() {
                log.borrow_mut().extra.push(at);
            }
            log.borrow_mut().attempts.push(attempt.number());
            let (takes, fails) = call.plans[usize::try_from(attempt.number()).expect("small") - 1];
            let (clock, log, time) = (time.clock(), log.clone(), time.clone());
            async move {
                clock.sleep_until(at + u32::from(takes) * MS).await;
                if !fails && !attempt.is_extra() {
                    log.borrow_mut().successes.push(time.now());
                }
                if fails { Err("down") } else { Ok(()) }
            }
        });
        let leaves = call.leaves.map_or(Tick::MAX, |leaves| time.now() + u32::from(leaves) * MS);
        let ended = seawall_core::Deadline::new(&clock, leaves).cut(run).await;
        assert!(time.now() <= ends, "the call ends at its deadline, {ended:?}");
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_fails_and_whoever_goes_away(
        calls in prop::collection::vec(call(), 1..60),
        floor in prop::sample::select(vec![0.0, 1.0, 4.0]),
    ) {
        let time = ManualClock::new();
        let options = BudgetOptions::new("storm").floor(floor).ttl(Duration::from_secs(1));
        let budget = Budget::start(&options).expect("valid options");
        let retry = Retry::new().attempts(4).base(20 * MS).max(200 * MS);
        let policy = Policy::new(&budget).with_retry(retry).expect("valid options");
        let breaker = Arc::new(Scripted::new(Component::CircuitBreaker, "storm"));
        let driver = Driver::new().with_clock(time.clock());
        let handle = driver.handle(breaker.clone()).with_policy(policy);
        let log = Rc::new(RefCell::new(Log::default()));
        let tasks = calls.into_iter();
        let tasks = tasks.map(|call| task(time.clone(), handle.clone(), call, log.clone()));
        run(&time, tasks.collect());

        let counts = breaker.counts();
        assert_eq!(counts.in_flight(), 0);
        let log = log.borrow();
        assert_eq!(counts.admitted, u64::try_from(log.attempts.len()).expect("small"));
        assert_eq!(counts.ended(Verdict::Unused), 0);
        assert!(log.attempts.iter().all(|number| *number <= 4));
        // An extra call was decided upon at most 200 ms before it was sent.
        for end in &log.extra {
            let ttl = options.ttl;
            let window = log.extra.iter().filter(|at| *at <= end && end.since(**at) < ttl).count();
            let before = log.successes.iter();
            let before = before.filter(|at| *at <= end && end.since(**at) <= ttl + 200 * MS).count();
            let bound = floor + 0.2 * f64::from(u32::try_from(before).expect("few"));
            assert!(f64::from(u32::try_from(window).expect("few")) <= bound + 1e-6);
        }
        let status = budget.status(time.now());
        prop_assert_eq!(status.reading("withdrawn"), u64::try_from(log.extra.len()).ok());
    }
}

/// 1,000 calls fail at once, after ten busy seconds.
#[test]
fn a_storm_sends_again_what_the_calm_has_deposited_and_spreads_it() {
    let time = ManualClock::new();
    let budget = Budget::start(&BudgetOptions::new("storm")).expect("valid options");
    let retry = Retry::new().base(100 * MS);
    let policy = Policy::new(&budget).with_retry(retry).expect("valid options");
    let breaker = Arc::new(Scripted::new(Component::CircuitBreaker, "storm"));
    let handle = Driver::new().with_clock(time.clock()).handle(breaker).with_policy(policy);
    let log = Rc::new(RefCell::new(Log::default()));
    let call =
        |begins, fails| Call { begins, plans: vec![(1, fails); 4], deadline: 10_000, leaves: None };
    let calm = (0..2_000).map(|nth| call(nth * 5, false));
    let storm = (0..1_000).map(|_| call(10_000, true));
    let tasks = calm.chain(storm);
    let tasks = tasks.map(|call| task(time.clone(), handle.clone(), call, log.clone()));
    run(&time, tasks.collect());
    let extra = &log.borrow().extra;
    // A tenth of the deposits may have expired with the oldest slot.
    assert!((360..=410).contains(&extra.len()), "{}", extra.len());
    let fullest = extra.iter().map(|at| extra.iter().filter(|other| *other == at).count()).max();
    assert!(fullest < Some(20), "{fullest:?} in the same nanosecond");
}
