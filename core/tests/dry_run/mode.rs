//! What each mode does with a layer that refuses, and changes of the mode.

use seawall_core::dry_run::Mode;
use seawall_core::{Error, RefusalKind, Verdict};
use seawall_testkit::Answer;

use crate::fixture::Fixture;

fn open() -> Answer {
    Answer::Refuse(RefusalKind::CircuitOpen)
}

#[test]
fn an_enforced_layer_refuses() {
    let fixture = Fixture::new(Mode::Enforce);
    fixture.breaker.then(open());
    assert!(matches!(fixture.run(), Err(Error::Refused(_))));
    assert_eq!(fixture.reading("would_refuse"), 0);
    assert_eq!(fixture.reading("enforced"), 1_000_000);
    fixture.assert_closed("refused");
}

#[test]
fn an_observed_layer_lets_the_call_pass_and_does_not_learn_of_its_end() {
    let fixture = Fixture::new(Mode::Observe);
    fixture.breaker.then(open());
    fixture.run().expect("only observed");
    assert_eq!(fixture.reading("would_refuse"), 1);
    assert_eq!(fixture.breaker.counts().admitted, 0);
    assert_eq!(fixture.bulkhead.counts().ended(Verdict::Success), 1, "the others do learn of it");
    fixture.run().expect("admitted");
    assert_eq!(fixture.breaker.counts().ended(Verdict::Success), 1, "of admitted calls it learns");
    assert_eq!(fixture.reading("would_refuse"), 1);
    assert_eq!(fixture.reading("enforced"), 0);
    fixture.assert_closed("observed");
}

#[test]
fn a_layer_that_is_off_is_not_asked() {
    let fixture = Fixture::new(Mode::Off);
    fixture.breaker.then(open());
    fixture.run().expect("off");
    assert_eq!(fixture.breaker.counts().admitted, 0);
    assert_eq!(fixture.reading("would_refuse"), 0);
    assert_eq!(fixture.status().state, "off");
    fixture.dry_run.set_mode(Mode::Enforce);
    assert!(fixture.run().is_err(), "the answer is still there");
    assert_eq!(fixture.status().state, "scripted");
}

#[test]
fn only_an_enforced_layer_keeps_retries_and_hedges_back() {
    let fixture = Fixture::new(Mode::Enforce);
    fixture.breaker.accept_extra(false);
    let call = seawall_core::Call::at(fixture.time.now());
    let accepts = |mode| {
        fixture.dry_run.set_mode(mode);
        seawall_core::Backend::accepts_extra(&*fixture.dry_run, &call)
    };
    assert_eq!([Mode::Enforce, Mode::Observe, Mode::Off].map(accepts), [false, true, true]);
}

#[test]
fn a_call_ends_as_it_began_whatever_the_mode_is_by_then() {
    let modes = [Mode::Enforce, Mode::share(0.5).expect("valid"), Mode::Observe, Mode::Off];
    for begin in modes {
        for end in modes {
            for refuses in [false, true] {
                let fixture = Fixture::new(begin);
                if refuses {
                    fixture.breaker.then(open());
                }
                let permit = fixture.time.block_on(fixture.handle.call().acquire());
                let admitted = fixture.breaker.counts().admitted;
                fixture.dry_run.set_mode(end);
                if let Ok(permit) = permit {
                    permit.success();
                }
                let counts = fixture.breaker.counts();
                assert_eq!(counts.ended(Verdict::Success), admitted, "{begin:?}, {end:?}");
                fixture.assert_closed((begin, end, refuses));
            }
        }
    }
}
