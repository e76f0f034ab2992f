//! One call for many callers, whoever goes away.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use seawall_core::policy::{Coalescer, CoalescerOptions, Outcome};
use seawall_core::{Deadline, Refusal, RefusalKind, Tick};
use seawall_testkit::{ManualClock, yield_times};

type Answer = Result<Outcome<u32, &'static str>, Refusal>;
type Prices = Coalescer<u32, &'static str>;
type Caller<'c> = Pin<Box<dyn Future<Output = Answer> + 'c>>;

fn prices(options: &CoalescerOptions) -> Prices {
    Prices::start(options).expect("valid options")
}

fn options() -> CoalescerOptions {
    CoalescerOptions::new("prices")
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls all callers until all have an answer, which must be the case soon.
fn finish(mut callers: Vec<Caller<'_>>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for _ in 0..100 {
        callers.retain_mut(|caller| match poll(caller.as_mut()) {
            Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            Poll::Pending => true,
        });
        if callers.is_empty() {
            return answers;
        }
    }
    panic!("{} callers hang", callers.len())
}

fn value(answer: &Answer) -> Result<u32, &'static str> {
    *answer.as_ref().expect("not refused").as_ref()
}

#[test]
fn ten_thousand_callers_of_one_key_make_one_call() {
    let (prices, calls) = (prices(&options().max_followers(10_000)), Cell::new(0));
    let caller = || -> Caller<'_> {
        Box::pin(prices.run(("item", 7), async || {
            calls.set(calls.get() + 1);
            yield_times(3).await;
            Ok(42)
        }))
    };
    let answers = finish((0..10_000).map(|_| caller()).collect());
    assert_eq!((calls.get(), answers.len()), (1, 10_000));
    assert!(answers.iter().all(|answer| value(answer) == Ok(42)));
    let first = answers[0].as_ref().expect("not refused");
    assert!(answers.iter().all(|answer| Arc::ptr_eq(answer.as_ref().expect("shared"), first)));
    assert_eq!(prices.keys(), 0, "nothing is kept");
    finish(vec![caller()]);
    assert_eq!(calls.get(), 2, "a later caller begins anew");
}

#[test]
fn other_keys_are_other_calls() {
    let (prices, calls) = (prices(&options()), Cell::new(0));
    let count = &|| calls.set(calls.get() + 1);
    let caller = |key: u32| -> Caller<'_> {
        Box::pin(prices.run(key, move || async move {
            count();
            yield_times(1).await;
            Ok(key)
        }))
    };
    let answers = finish((0..30).map(|nth| caller(nth % 3)).collect());
    assert_eq!(calls.get(), 3);
    assert_eq!(answers.iter().filter(|answer| value(answer) == Ok(2)).count(), 10);
}

#[test]
fn a_leader_that_is_dropped_at_any_await_is_followed_by_another_caller() {
    for awaits in 0..5 {
        let (prices, calls) = (prices(&options()), Cell::new(0));
        let caller = || -> Caller<'_> {
            Box::pin(prices.run("item", async || {
                calls.set(calls.get() + 1);
                yield_times(4).await;
                Ok(42)
            }))
        };
        let mut leader = caller();
        let mut followers: Vec<_> = (0..20).map(|_| caller()).collect();
        for _ in 0..=awaits {
            assert!(awaits == 4 || poll(leader.as_mut()).is_pending());
        }
        followers.iter_mut().for_each(|follower| _ = poll(follower.as_mut()));
        drop(leader);
        let answers = finish(followers);
        assert!(answers.iter().all(|answer| value(answer) == Ok(42)), "{awaits}");
        assert!(calls.get() <= 2, "{awaits}: {}", calls.get());
        assert_eq!(prices.keys(), 0);
    }
}

#[test]
fn followers_that_are_woken_to_lead_may_go_away_too() {
    let (prices, calls) = (prices(&options()), Cell::new(0));
    let caller = || -> Caller<'_> {
        Box::pin(prices.run("item", async || {
            calls.set(calls.get() + 1);
            yield_times(1).await;
            Ok(42)
        }))
    };
    let mut callers: Vec<_> = (0..100).map(|_| caller()).collect();
    callers.iter_mut().for_each(|caller| _ = poll(caller.as_mut()));
    // The leader, and each that takes its place.
    callers.drain(..90);
    let answers = finish(callers);
    assert!(answers.iter().all(|answer| value(answer) == Ok(42)));
    assert_eq!(prices.keys(), 0);
}

/// Each caller is woken only if it has something to do; a caller that is not woken is not polled.
#[test]
fn no_wake_up_is_lost_between_threads() {
    for round in 0..50 {
        let (prices, calls) = (prices(&options()), AtomicUsize::new(0));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build();
        runtime.expect("a runtime").block_on(async {
            let tasks = (0..32).map(|nth| {
                let prices = prices.clone();
                tokio::spawn(async move {
                    let run = prices.run("item", async || {
                        yield_times(3).await;
                        Ok(42)
                    });
                    let mut run = pin!(run);
                    if nth % 3 == 0 {
                        // This one goes away after a few polls.
                        let mut polls = (nth + round) % 5;
                        return std::future::poll_fn(|cx| {
                            polls -= 1;
                            match run.as_mut().poll(cx) {
                                Poll::Pending if polls > 0 => Poll::Pending,
                                _ => Poll::Ready(None),
                            }
                        })
                        .await;
                    }
                    Some(run.await.expect("not refused"))
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                match task.await {
                    Ok(outcome) => {
                        calls.fetch_add(1, Ordering::Relaxed);
                        assert!(outcome.is_none_or(|outcome| *outcome == Ok(42)));
                    }
                    Err(panic) => panic!("{panic}"),
                }
            }
        });
        assert_eq!(calls.load(Ordering::Relaxed), 32);
        assert_eq!(prices.keys(), 0);
    }
}

#[test]
fn a_leader_that_panics_fails_no_follower() {
    let prices = prices(&options());
    let mut leader: Caller<'_> = Box::pin(prices.run("item", async || {
        yield_times(1).await;
        panic!("the leader panics")
    }));
    let mut follower: Caller<'_> = Box::pin(prices.run("item", async || Ok(42)));
    assert!(poll(leader.as_mut()).is_pending() && poll(follower.as_mut()).is_pending());
    catch_unwind(AssertUnwindSafe(|| poll(leader.as_mut()))).expect_err("it panics");
    drop(leader);
    assert_eq!(value(&finish(vec![follower])[0]), Ok(42));
    assert_eq!(prices.keys(), 0);
}

#[test]
fn an_error_is_shared_with_those_that_waited_or_with_no_other_caller() {
    for share_errors in [true, false] {
        let (prices, calls) = (prices(&options().share_errors(share_errors)), Cell::new(0));
        let caller = || -> Caller<'_> {
            Box::pin(prices.run("item", async || {
                calls.set(calls.get() + 1);
                let number = calls.get();
                yield_times(1).await;
                if number < 3 { Err("down") } else { Ok(42) }
            }))
        };
        let answers = finish((0..10).map(|_| caller()).collect());
        let failed = answers.iter().filter(|answer| value(answer) == Err("down")).count();
        assert_eq!((failed, calls.get()), if share_errors { (10, 1) } else { (2, 3) });
        assert_eq!(prices.keys(), 0);
    }
}

#[test]
fn followers_of_a_hung_leader_end_at_their_own_deadlines() {
    let (time, prices) = (ManualClock::new(), prices(&options()));
    let clock = time.clock();
    let caller = |millis| -> Caller<'_> {
        let deadline = Deadline::new(&clock, Tick::from_millis(millis));
        Box::pin(prices.run_until(deadline, "item", pending))
    };
    let mut callers: Vec<_> = [50, 10, 30].map(caller).into();
    callers.iter_mut().for_each(|caller| _ = poll(caller.as_mut()));
    for (millis, left) in [(10, 2), (30, 1), (50, 0)] {
        time.advance_to(Tick::from_millis(millis));
        callers.retain_mut(|caller| match poll(caller.as_mut()) {
            Poll::Ready(answer) => {
                let refusal = answer.expect_err("the deadline has passed");
                assert_eq!(refusal.kind(), RefusalKind::Deadline);
                false
            }
            Poll::Pending => true,
        });
        assert_eq!(callers.len(), left);
    }
    assert_eq!(prices.keys(), 0);
    let late = Deadline::new(&clock, Tick::from_millis(50));
    let late = time.block_on(prices.run_until(late, "item", async || Ok(1)));
    assert!(late.is_err(), "it has passed already");
}

#[test]
fn too_many_followers_are_refused_and_too_many_keys_are_not_coalesced() {
    let prices = prices(&options().max_followers(2).max_keys(1));
    let caller = |key: u32| -> Caller<'_> {
        Box::pin(prices.run(key, move || async move {
            yield_times(1).await;
            Ok(key)
        }))
    };
    let mut callers: Vec<_> = [1, 1, 1, 1].map(caller).into();
    let refused = callers.iter_mut().find_map(|caller| match poll(caller.as_mut()) {
        Poll::Ready(answer) => answer.err(),
        Poll::Pending => None,
    });
    assert_eq!(
        refused.expect("the fourth").to_string(),
        "coalescer `prices` is full (2 waiting callers)"
    );
    callers.pop();
    assert_eq!(prices.keys(), 1);
    let answers = finish(vec![caller(2), caller(2)]);
    assert!(answers.iter().all(|answer| value(answer) == Ok(2)));
    finish(callers);
    assert_eq!(prices.keys(), 0);
}

#[test]
fn a_call_without_others_is_its_own_and_can_be_spawned() {
    fn spawnable<T: Send + 'static>(future: T) -> T {
        future
    }
    let prices = Coalescer::<u32, Infallible>::start(&options()).expect("valid options");
    let call = spawnable({
        let prices = prices.clone();
        async move { prices.run(String::from("item"), async || Ok(1)).await }
    });
    let outcome = thread::spawn(|| ManualClock::new().block_on(call)).join().expect("no panic");
    assert_eq!(*outcome.expect("not refused"), Ok(1));
    let invalid = Prices::start(&options().max_keys(0)).expect_err("invalid");
    assert_eq!(invalid.to_string(), "coalescer `prices`: `max_keys` must be 1 or more");
}

#[test]
fn a_thread_waits_for_the_outcome_of_another_one() {
    let prices = prices(&options().max_followers(1));
    let follow = || loop {
        // Refused while the leader looks whether a thread waits.
        if let Ok(outcome) = prices.run_blocking("key", || Ok(2)) {
            return outcome;
        }
    };
    let outcomes = thread::scope(|scope| {
        let mut follower = None;
        let led = prices.run_blocking("key", || {
            follower = Some(scope.spawn(follow));
            while poll(pin!(prices.run("key", async || Ok(3)))).is_pending() {
                thread::yield_now();
            }
            Ok(1)
        });
        [led.expect("it leads"), follower.expect("started").join().expect("no panic")]
    });
    assert_eq!(outcomes.map(|outcome| *outcome), [Ok(1), Ok(1)]);
}

#[test]
fn a_thread_gives_up_at_its_deadline_and_does_not_run_its_operation() {
    let (time, prices) = (ManualClock::new(), prices(&options()));
    let clock = time.clock();
    let over = prices.run_until_blocking(Deadline::new(&clock, time.now()), "key", || Ok(1));
    assert_eq!(over.expect_err("it has passed").kind(), RefusalKind::Deadline);
    let never = Deadline::new(&clock, Tick::MAX);
    let outcome = prices.run_until_blocking(never, "key", || Err("down")).expect("it leads");
    assert_eq!(*outcome, Err("down"));
}
