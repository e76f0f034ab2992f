//! Manual control in front of layers that do not have it themselves.

use std::error::Error as _;
use std::time::Duration;

use proptest::prelude::*;
use seawall_core::{Driver, Stack, Verdict};
use seawall_testkit::{Answer, ManualClock, Scripted};

use super::*;

fn open() -> Mode {
    Mode::Open(Arc::new(ForcedOpen { by: "ann".to_owned(), reason: "bank is down".to_owned() }))
}

fn in_front(
    scripted: &Arc<Scripted>,
    all: Option<Mode>,
    keys: Vec<(ForcedKey, Mode)>,
) -> Stack<AnyLayer> {
    let layer = AnyLayer::Other(Arc::clone(scripted) as _);
    let controlled = AnyLayer::Other(Arc::new(InFront::new(layer, None, all, keys)));
    Stack::new("p", vec![controlled]).expect("a name and a layer")
}

#[test]
fn forced_open_it_refuses_with_the_operator_as_the_source() {
    for (component, kind) in [
        (Component::CircuitBreaker, RefusalKind::CircuitForcedOpen),
        (Component::RateLimiter, RefusalKind::RateLimited),
        (Component::Bulkhead, RefusalKind::BulkheadFull),
    ] {
        let scripted = Arc::new(Scripted::new(component, "x"));
        let stack = in_front(&scripted, Some(open()), Vec::new());
        let driver = Driver::new();
        let refusal = driver.protect(&stack).acquire_blocking().expect_err("forced open");
        assert_eq!((refusal.kind(), refusal.by()), (kind, scripted.layer()));
        let source = refusal.source().map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("forced open by ann: bank is down"));
        assert_eq!(scripted.counts().admitted, 0);
    }
}

#[test]
fn forced_closed_it_admits_what_the_layer_would_refuse_and_does_not_ask_it() {
    let scripted = Arc::new(Scripted::new(Component::CircuitBreaker, "x"));
    scripted.then(Answer::Refuse(RefusalKind::CircuitOpen));
    let stack = in_front(&scripted, Some(Mode::Closed), Vec::new());
    let driver = Driver::new();
    driver.protect(&stack).acquire_blocking().expect("forced closed").failure();
    assert_eq!(scripted.counts().admitted, 0);
    let refused = driver.protect(&*scripted).acquire_blocking();
    refused.expect_err("the layer was not asked, and still has its answer");
}

#[test]
fn observed_the_layer_counts_and_no_call_waits_or_is_refused() {
    let driver = Driver::new().with_clock(ManualClock::new().clock());
    let later = Duration::from_secs(9);
    for (answer, admitted) in [
        (Answer::Go, 1),
        (Answer::GoAfter(later), 1),
        (Answer::AskAfter(later), 0),
        (Answer::Refuse(RefusalKind::RateLimited), 0),
        (Answer::Later(3), 0),
        (Answer::Never(later, RefusalKind::CheckoutTimeout), 0),
    ] {
        let scripted = Arc::new(Scripted::new(Component::RateLimiter, "x"));
        scripted.then(answer.clone());
        let stack = in_front(&scripted, Some(Mode::Observe), Vec::new());
        driver.protect(&stack).acquire_blocking().expect("observed").success();
        let counts = scripted.counts();
        assert_eq!((counts.admitted, counts.in_flight()), (admitted, 0), "{answer:?}");
        let turn = u64::from(matches!(answer, Answer::GoAfter(_)));
        assert_eq!(counts.ended(Verdict::Unused), turn, "{answer:?}");
    }
}

#[test]
fn one_key_and_all_that_begin_with_it_are_controlled_apart_from_the_others() {
    let scripted = Arc::new(Scripted::new(Component::RateLimiter, "x"));
    let keys = vec![
        (ForcedKey::new(Key::new(&"acme")), open()),
        (ForcedKey::new(Key::new(&("bolt", 7))), open()),
    ];
    let stack = in_front(&scripted, None, keys);
    let driver = Driver::new();
    let is_open =
        |key: (&'static str, u32)| driver.protect(&stack).key(key).acquire_blocking().is_err();
    assert!(is_open(("acme", 1)) && is_open(("acme", 2)));
    assert!(is_open(("bolt", 7)) && !is_open(("bolt", 8)) && !is_open(("other", 7)));
    assert!(driver.protect(&stack).key("acme").acquire_blocking().is_err());
    assert!(driver.protect(&stack).acquire_blocking().is_ok(), "a call without a key");
}

proptest! {
    #[test]
    fn every_admission_of_the_layer_has_one_exit(
        modes in prop::collection::vec((0..4_u8, 0..3_u8, any::<bool>()), 1..12),
    ) {
        let scripted = Arc::new(Scripted::new(Component::CircuitBreaker, "x"));
        let driver = Driver::new();
        for (mode, answer, fails) in modes {
            scripted.then(match answer {
                0 => Answer::Go,
                1 => Answer::Refuse(RefusalKind::CircuitOpen),
                _ => Answer::Go,
            });
            let all = match mode {
                0 => None,
                1 => Some(open()),
                2 => Some(Mode::Closed),
                _ => Some(Mode::Observe),
            };
            let stack = in_front(&scripted, all, Vec::new());
            let call = driver.protect(&stack);
            let _ = call.run_blocking(|| if fails { Err(()) } else { Ok(()) });
        }
        prop_assert_eq!(scripted.counts().in_flight(), 0);
    }
}
