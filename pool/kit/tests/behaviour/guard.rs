//! Background connects are calls through a protection, where there is one.

use std::sync::Arc;
use std::time::Duration;

use seawall_breaker::{BreakerOptions, CircuitBreaker, State};
use seawall_core::pool::{Backoff, PoolState};
use seawall_core::{Backend, Component, Driver, Dynamic, RefusalKind, Verdict};
use seawall_testkit::pool::{Act, Step};
use seawall_testkit::{Answer, Scripted};

use crate::support::{MS, Rig, options, poll};

const BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(10), most: Duration::from_millis(10) };

fn scripted() -> Arc<Scripted> {
    Arc::new(Scripted::new(Component::CircuitBreaker, "layer"))
}

fn under(layer: &Arc<Scripted>) -> Dynamic {
    Dynamic::new("orders", vec![Arc::clone(layer) as Arc<dyn Backend>]).expect("not too deep")
}

#[test]
fn while_the_circuit_is_open_nothing_is_connected() {
    let rig = Rig::new(options(2).with_connect_backoff(BACKOFF));
    let driver = Driver::new().with_clock(rig.time.clock());
    let breaker = BreakerOptions::new("orders").failures(2).reset_after(Duration::from_secs(1));
    let breaker = CircuitBreaker::start(&breaker).expect("valid").with_driver(driver);
    let layers: Vec<Arc<dyn Backend>> = vec![Arc::new(breaker.clone())];
    let guard = Dynamic::new("orders", layers).expect("not too deep");
    for _ in 0..2 {
        rig.dummy.then(Act::Create, Step::Fail("refused"));
    }
    let mut work = Box::pin(rig.pool.maintain_under(guard));
    for (wait, attempts, state) in [
        (Duration::ZERO, 1, State::Closed),
        (10 * MS, 2, State::Open),
        (10 * MS, 2, State::Open),
        (989 * MS, 2, State::Open),
        (MS, 3, State::Closed),
    ] {
        rig.time.advance(wait);
        assert!(poll(&mut work).is_pending());
        assert_eq!(rig.dummy.calls(Act::Create), attempts, "{:?}", rig.time.now());
        assert_eq!(breaker.status().state, state, "{:?}", rig.time.now());
    }
    assert_eq!((rig.pool.status().state, rig.pool.status().idle), (PoolState::Ready, 1));
}

#[test]
fn what_refuses_without_a_time_is_asked_again_after_the_backoff() {
    let rig = Rig::new(options(2).with_connect_backoff(BACKOFF));
    let layer = scripted();
    layer.then(Answer::Refuse(RefusalKind::ShuttingDown));
    let mut work = Box::pin(rig.pool.maintain_under(under(&layer)));
    for (wait, attempts) in [(0, 0), (9, 0), (1, 1)] {
        rig.time.advance(wait * MS);
        assert!(poll(&mut work).is_pending());
        assert_eq!(rig.dummy.calls(Act::Create), attempts, "{:?}", rig.time.now());
    }
    assert_eq!(rig.pool.status().failed_connects, 0, "none was tried that failed");
}

#[test]
fn the_protection_hears_how_each_connect_ended() {
    let options = options(2).with_connect_backoff(BACKOFF).with_connect_timeout(30 * MS);
    let rig = Rig::new(options);
    for step in [Step::Fail("refused"), Step::Panic, Step::Hang, Step::Work, Step::Hang] {
        rig.dummy.then(Act::Create, step);
    }
    let layer = scripted();
    let mut work = Box::pin(rig.pool.maintain_under(under(&layer)));
    for (wait, verdict, count) in [
        (0, Verdict::Failure, 1),
        (10, Verdict::Panicked, 1),
        (10, Verdict::Failure, 1),
        (30, Verdict::Failure, 2),
        (10, Verdict::Success, 1),
    ] {
        rig.time.advance(wait * MS);
        assert!(poll(&mut work).is_pending());
        assert_eq!(layer.counts().ended(verdict), count, "{:?}", rig.time.now());
    }
    assert_eq!(rig.pool.status().failed_connects, 3);
}

#[test]
fn a_connect_that_the_end_of_the_pool_cuts_says_nothing_about_the_database() {
    for (ends, verdict) in [(true, Verdict::Ignored), (false, Verdict::Abandoned)] {
        let rig = Rig::new(options(2));
        rig.dummy.then(Act::Create, Step::Hang);
        let layer = scripted();
        let mut work = Box::pin(rig.pool.maintain_under(under(&layer)));
        assert!(poll(&mut work).is_pending());
        if ends {
            rig.pool.close();
            assert!(poll(&mut work).is_ready());
        }
        drop(work);
        assert_eq!(layer.counts().ended(verdict), 1);
    }
}

#[test]
fn a_checkout_that_connects_does_not_ask() {
    let rig = Rig::new(options(2));
    let layer = scripted();
    let work = rig.pool.maintain_under(under(&layer));
    rig.use_all();
    assert_eq!((rig.dummy.made(), layer.counts().admitted), (2, 0));
    drop(work);
}
