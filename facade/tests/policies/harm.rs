//! What the checks between settings warn of, in virtual time: the settings do harm, and the next value does
//! none. Code composes what the settings refuse.

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use seawall::policy::{Hedge, QuantileTimeout, Retry};
use seawall::{Class, Clock, Composition, Error, Handle, Pool, RefusalKind, Topic, Verdict};
use seawall_testkit::ManualClock;
use seawall_testkit::pool::{Connection, Dummy};

use super::{Fixture, MS};

const S: Duration = Duration::from_secs(1);

fn build(composition: Composition<'_>) -> Handle {
    composition.build().expect("a valid composition")
}

/// Makes a call that never answers.
fn hang(fixture: &Fixture, handle: &Handle) -> Error<()> {
    let call = handle.run(std::future::pending::<Result<(), ()>>);
    fixture.time.block_on(call).expect_err("it hangs")
}

fn is_open(error: &Error<()>) -> bool {
    error.refusal().is_some_and(|refusal| refusal.kind() == RefusalKind::CircuitOpen)
}

/// An infrastructure with a pool of one connection behind the breaker `b`, and with `settings`.
fn pooled(settings: &str) -> (Fixture, Pool<Dummy>) {
    let time = ManualClock::new();
    let settings = format!("{settings}\n[pool.db]\nmax_size = 1\nbreaker = 'b'\n");
    let fixture =
        Fixture::of(&time, &settings, |builder| builder.pool("db", Dummy::new(time.clock())));
    let pool = fixture.infra.pool("db").expect("given");
    (fixture, pool)
}

#[test]
fn a_timeout_beyond_the_deadline_leaves_a_hung_call_no_second_attempt() {
    let attempts = |timeout: Duration| {
        let fixture = Fixture::new("[breaker.b]");
        let retry = Retry::new().idempotent(true);
        let handle = build(fixture.infra.compose().deadline(2 * S).retry(retry));
        let sent = Cell::new(0);
        let call = handle.call().timeout(timeout).run_attempts(|_| {
            sent.set(sent.get() + 1);
            std::future::pending::<Result<(), ()>>()
        });
        fixture.time.block_on(call).expect_err("it hangs");
        sent.get()
    };
    assert_eq!((attempts(5 * S), attempts(900 * MS)), (1, 2));
}

/// A call is answered at once every 100 ms, and 170 calls hang together and are cut after 10 s. With a window of
/// 15 s, more than half of the calls in it are those, although the service has been well ever since they began.
#[test]
fn a_short_window_opens_the_circuit_for_an_outage_that_was_over_before_it_was_known() {
    let opens = |window: u32| {
        let fixture = Fixture::new(&format!(
            "[breaker.b]\nfailure_rate = 0.5\nrate_window = '{window}s'\nreset_after = '10s'"
        ));
        let handle = build(fixture.infra.compose().breaker("b"));
        let call = || handle.call().acquire_blocking();
        let mut hanging = Vec::new();
        (0..400).any(|nth| {
            fixture.time.advance(100 * MS);
            match nth {
                200 => hanging.extend((0..170).map(|_| call().expect("admitted"))),
                300 => hanging.drain(..).for_each(seawall::Permit::failure),
                _ => {}
            }
            call().map(seawall::Permit::success).is_err()
        })
    };
    assert_eq!((opens(15), opens(20)), (true, false));
}

#[test]
fn calls_that_wait_for_a_connection_inside_the_breaker_open_the_circuit_of_a_fast_database() {
    let opens = |concurrent: u32| {
        let (fixture, pool) = pooled(&format!(
            "[bulkhead.h]\nmax_concurrent = {concurrent}\nmax_wait = '1s'\n\
             [breaker.b]\nslow_call = '100ms'\nslow_call_rate = 0.5\nminimum_calls = 10\n\
             [protection.p]\nbulkhead = 'h'\nbreaker = 'b'"
        ));
        let clock = fixture.infra.clock();
        let query = || async {
            let call = fixture.infra.protect("p").expect("configured");
            let query = async |_: &mut Connection| {
                clock.sleep_until(clock.now() + 60 * MS).await;
                Ok::<_, ()>(())
            };
            call.with(&pool, query).await
        };
        let both = || async { tokio::join!(query(), query()) };
        (0..10).any(|_| {
            let (one, other) = fixture.time.block_on(both());
            [one, other].iter().filter_map(|result| result.as_ref().err()).any(is_open)
        })
    };
    assert_eq!((opens(2), opens(1)), (true, false));
}

/// An operation that takes a connection itself, after a millisecond, is cut while it waits for one. A call that
/// is given to the pool, as above, is not.
#[test]
fn a_full_pool_that_shows_as_a_timeout_opens_the_circuit_of_a_database_that_is_well() {
    let opens = |checkout: u32| {
        let (fixture, pool) = pooled(
            "[breaker.b]\nconsecutive_failures = 3\n[protection.p]\nbreaker = 'b'\ntimeout = '500ms'",
        );
        fixture.change(&format!("[pool.db]\ncheckout_timeout = '{checkout}ms'"));
        let _held = fixture.time.block_on(pool.checkout()).expect("it connects");
        let clock = fixture.infra.clock();
        (0..5).any(|_| {
            let call = fixture.infra.protect("p").expect("configured");
            let call = call.run_nested(async || {
                clock.sleep_until(clock.now() + MS).await;
                pool.checkout().await.map(drop).map_err(Error::<()>::Refused)
            });
            is_open(&fixture.time.block_on(call).expect_err("it is full"))
        })
    };
    assert_eq!((opens(500), opens(499)), (true, false));
}

#[test]
fn an_attempt_that_does_not_fit_is_cut_by_the_deadline() {
    let whole = |timeout: Duration| {
        let fixture = Fixture::new("[breaker.b]");
        let retry = Retry::new().attempts(3).idempotent(true);
        let call = fixture.infra.compose().timeout(timeout).deadline(5 * S).retry(retry);
        let handle = build(call);
        let attempts = handle.call().run_attempts(|_| std::future::pending::<Result<(), ()>>());
        fixture.time.block_on(attempts).expect_err("it hangs");
        let events = fixture.recorder.events();
        let whole = |event: &&seawall_testkit::Recorded| {
            event.topic == Topic::AttemptExecuted && event.elapsed == Some(timeout)
        };
        events.iter().filter(whole).count()
    };
    assert_eq!((whole(2 * S), whole(1600 * MS)), (2, 3));
}

#[test]
fn a_breaker_that_never_sees_its_minimum_of_calls_never_opens() {
    let opens = |minimum: u32| {
        let fixture = Fixture::new(&format!(
            "[rate_limit.l]\nlimit = '5/s'\nburst = 1\nkey_parts = 0\n\
             [breaker.b]\nfailure_rate = 0.5\nrate_window = '10s'\nminimum_calls = {minimum}"
        ));
        let handle = build(fixture.infra.compose().rate_limit("l").breaker("b"));
        (0..1000).any(|_| {
            fixture.time.advance(100 * MS);
            let result = handle.run_blocking(|| Err::<(), ()>(()));
            is_open(&result.expect_err("it fails"))
        })
    };
    assert!(!opens(52), "51 calls at most are in the window");
    assert!(opens(45));
}

#[test]
fn a_circuit_is_probed_while_calls_of_before_still_run() {
    let together = |reset: u32| {
        let fixture = Fixture::new(&format!(
            "[breaker.b]\nconsecutive_failures = 1\nreset_after = '{reset}s'"
        ));
        let handle = build(fixture.infra.compose().breaker("b").timeout(5 * S));
        let running = Cell::new(0_u32);
        let mut old = pin!(handle.run(|| {
            running.set(running.get() + 1);
            std::future::pending::<Result<(), ()>>()
        }));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(old.as_mut().poll(&mut cx).is_pending());
        handle.run_blocking(|| Err::<(), ()>(())).expect_err("the circuit opens");
        fixture.time.advance(reset * S);
        if old.as_mut().poll(&mut cx).is_ready() {
            running.set(0);
        }
        let call = handle.run_blocking(|| Ok::<_, ()>(running.get() + 1));
        call.expect("it is a probe")
    };
    assert_eq!((together(4), together(5)), (2, 1));
}

#[test]
fn a_probe_that_is_taken_for_lost_is_followed_by_another_one() {
    let probes = |lease: u32| {
        let fixture = Fixture::new(&format!(
            "[breaker.b]\nconsecutive_failures = 1\nreset_after = '5s'\nprobe_lease = '{lease}s'"
        ));
        let handle = build(fixture.infra.compose().breaker("b").timeout(5 * S));
        handle.run_blocking(|| Err::<(), ()>(())).expect_err("the circuit opens");
        fixture.time.advance(5 * S);
        let mut probe = pin!(handle.run(std::future::pending::<Result<(), ()>>));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(probe.as_mut().poll(&mut cx).is_pending());
        fixture.time.advance(4500 * MS);
        handle.run_blocking(|| Ok::<_, ()>(())).is_ok()
    };
    assert_eq!((probes(4), probes(5)), (true, false));
}

#[test]
fn calls_that_are_cut_before_they_are_slow_never_open_the_circuit() {
    let opens = |slow: u32| {
        let fixture = Fixture::new(&format!(
            "[breaker.b]\nslow_call = '{slow}s'\nslow_call_rate = 0.5\nminimum_calls = 5\nrate_window = '1m'"
        ));
        let handle = build(fixture.infra.compose().breaker("b").timeout(S));
        (0..10).any(|_| is_open(&hang(&fixture, &handle)))
    };
    assert_eq!((opens(2), opens(1)), (false, true));
}

#[test]
fn more_hung_calls_than_the_bulkhead_lets_in_never_open_the_circuit() {
    let opens = |hung: u32| {
        let fixture = Fixture::new(&format!(
            "[bulkhead.h]\nmax_concurrent = 2\n[breaker.b]\nslow_call = '1s'\nhung_calls = {hung}"
        ));
        let handle = build(fixture.infra.compose().bulkhead("h").breaker("b"));
        let hanging: Vec<_> =
            (0..2).map(|_| handle.call().acquire_blocking().expect("admitted")).collect();
        fixture.time.advance(2 * S);
        // A call that comes past the bulkhead finds the breaker as it is.
        let breaker = build(fixture.infra.compose().breaker("b"));
        let refused = breaker.run_blocking(|| Ok::<_, ()>(())).is_err();
        drop(hanging);
        refused
    };
    assert_eq!((opens(3), opens(2)), (false, true));
}

#[test]
fn a_copy_after_the_timeout_is_never_sent() {
    let copies = |after: Duration| {
        let fixture = Fixture::new("[budget.b]\nratio = 1");
        let hedge = Hedge::new().after(after).share(1.0);
        let retry = Retry::new().attempts(1).idempotent(true);
        let call = fixture.infra.compose().timeout(S).hedge(hedge).retry(retry).budget("b");
        let handle = build(call);
        let ok = handle.call().run_attempts(async |_| Ok::<_, ()>(()));
        fixture.time.block_on(ok).expect("it succeeds");
        let hang = handle.call().run_attempts(|_| std::future::pending::<Result<(), ()>>());
        fixture.time.block_on(hang).expect_err("it hangs");
        fixture.count(Topic::Hedge)
    };
    assert_eq!((copies(S), copies(999 * MS)), (0, 1));
}

#[test]
fn hedges_above_the_ratio_of_the_budget_are_not_sent() {
    let copies = |ratio: &str| {
        let fixture = Fixture::new(&format!("[budget.b]\nfloor = 0\nratio = {ratio}"));
        let hedge = Hedge::new().after(10 * MS).share(0.5);
        let retry = Retry::new().attempts(1).idempotent(true);
        let handle = build(fixture.infra.compose().hedge(hedge).retry(retry).budget("b"));
        for _ in 0..20 {
            let ok = handle.call().run_attempts(async |_| Ok::<_, ()>(()));
            fixture.time.block_on(ok).expect("it succeeds");
        }
        for _ in 0..7 {
            let clock = fixture.infra.clock().clone();
            let slow = handle.call().run_attempts(async |attempt| {
                if attempt.number() == 1 {
                    clock.sleep_until(clock.now() + S).await;
                }
                Ok::<_, ()>(())
            });
            fixture.time.block_on(slow).expect("it succeeds");
        }
        fixture.count(Topic::Hedge)
    };
    assert_eq!((copies("0.2"), copies("0.5")), (4, 7));
}

#[test]
fn calls_that_nothing_says_may_be_repeated_are_not() {
    let fixture = Fixture::new("[breaker.b]");
    let handle = build(fixture.infra.compose().retry(Retry::new()));
    let sent = |is_idempotent: bool| {
        let sent = Cell::new(0);
        let call = if is_idempotent { handle.call().idempotent() } else { handle.call() };
        let call = call.run_attempts(async |_| {
            sent.set(sent.get() + 1);
            Err::<(), ()>(())
        });
        fixture.time.block_on(call).expect_err("it fails");
        sent.get()
    };
    assert_eq!((sent(false), sent(true)), (1, 2));
}

#[test]
fn a_wait_as_long_as_the_deadline_uses_it_up() {
    let kind = |wait: &str| {
        let settings = format!("[bulkhead.h]\nmax_concurrent = 1\nmax_wait = '{wait}'");
        let fixture = Fixture::new(&settings);
        let handle = build(fixture.infra.compose().bulkhead("h").deadline(2 * S));
        let _held = handle.call().acquire_blocking().expect("admitted");
        let refused = fixture.time.block_on(handle.run(async || Ok::<_, ()>(())));
        refused.expect_err("it is full").refusal().expect("refused").kind()
    };
    assert_eq!(kind("2s"), RefusalKind::Deadline);
    assert_ne!(kind("1999ms"), RefusalKind::Deadline);
}

#[test]
fn a_wait_that_the_service_asks_for_beyond_the_deadline_ends_the_call() {
    let sent = |asked: Duration| {
        let fixture = Fixture::new("[breaker.b]");
        let retry = Retry::new().idempotent(true).retry_after_max(6 * S);
        let handle = build(fixture.infra.compose().deadline(5 * S).retry(retry));
        let handle = handle.with_classifier(move |result: &Result<(), ()>| match result {
            Ok(()) => Class::new(Verdict::Success),
            Err(()) => Class::overload(Some(asked)),
        });
        let sent = Cell::new(0);
        let call = handle.call().run_attempts(async |_| {
            sent.set(sent.get() + 1);
            Err::<(), ()>(())
        });
        fixture.time.block_on(call).expect_err("it is overloaded");
        sent.get()
    };
    assert_eq!((sent(6 * S), sent(4 * S)), (1, 2));
}

#[test]
fn a_timeout_that_grows_past_the_deadline_leaves_calls_to_it() {
    let time = |max: Duration| {
        let fixture = Fixture::new("[breaker.b]");
        let timeout = QuantileTimeout::new().max(max);
        let handle = build(fixture.infra.compose().quantile_timeout(timeout).deadline(2 * S));
        let clock: &Clock = fixture.infra.clock();
        let began = clock.now();
        hang(&fixture, &handle);
        clock.now().since(began)
    };
    assert_eq!((time(5 * S), time(1900 * MS)), (2 * S, 1900 * MS));
}

#[test]
fn a_fallback_with_the_same_breaker_is_refused_with_it() {
    let answers = |breaker: &str| {
        let fixture = Fixture::new(&format!(
            "[breaker.b]\nconsecutive_failures = 1\n[breaker.c]\n\
             [protection.p]\nbreaker = 'b'\nfallback = 'q'\n[protection.q]\nbreaker = '{breaker}'"
        ));
        let call = || fixture.infra.protect("p").expect("configured");
        let fail = call().run_attempts(async |_| Err::<u8, ()>(()));
        fixture.time.block_on(fail).expect_err("the circuit opens");
        let call = call().run_or_fallback(async |_| Ok::<_, ()>(1), async || Ok::<_, ()>(7));
        fixture.time.block_on(call).is_ok()
    };
    assert_eq!((answers("b"), answers("c")), (false, true));
}
