//! Instances that share a view of one service, simulated: fewer calls fail, one instance probes, and no
//! instance with a fault of its own stops the others.

use std::time::Duration;

use outage::{Figures, Outage};
use seawall_testkit::cluster::{Fault, FaultKind, explore};

#[path = "../examples/simulate/outage.rs"]
mod outage;

const SECOND: Duration = Duration::from_secs(1);

fn outage() -> Outage {
    Outage::new(64, 640.0)
}

fn with(kind: FaultKind, at: u32, lasts: u32) -> Figures {
    let mut outage = outage();
    outage.plan = outage.plan.with(Fault::new(at * SECOND, lasts * SECOND, kind));
    outage.run()
}

fn alone() -> Figures {
    Outage { is_shared: false, ..outage() }.run()
}

#[test]
fn fewer_calls_fail_one_instance_probes_and_all_recover_sooner() {
    let (alone, shared) = (alone(), outage().run());
    assert!(alone.failed > 3000 && shared.failed < 1000, "{} and {}", alone.failed, shared.failed);
    assert!(alone.probes > 250 && shared.probes <= 6, "{} and {}", alone.probes, shared.probes);
    assert!(shared.refused_after < alone.refused_after);
    assert!(shared.recovery < alone.recovery, "{:?}, {:?}", shared.recovery, alone.recovery);
    let requests = shared.report.requests_per_second(90 * SECOND);
    assert!(requests < 4.5, "{requests} requests a second by one instance");
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let (one, other) = (outage().run(), outage().run());
    assert_eq!((one.failed, one.probes, one.report), (other.failed, other.probes, other.report));
}

#[test]
fn one_instance_with_a_fault_of_its_own_blocks_no_other() {
    let nothing = (90 * SECOND, 90 * SECOND);
    // It makes as many calls as all others together.
    let mut bad = Outage { bad: 1, fails: nothing, ..outage() };
    bad.plan.load.skew = 0.5;
    for outage in [Outage { bad: 1, fails: nothing, ..outage() }, bad] {
        let figures = outage.run();
        assert!(figures.failed > 20, "it fails for the one: {}", figures.failed);
        assert_eq!(figures.blocked, 0);
    }
}

#[test]
fn instances_for_which_the_service_works_are_not_blocked_by_a_majority_for_which_it_does_not() {
    let figures = Outage { bad: 40, fails: (90 * SECOND, 90 * SECOND), ..outage() }.run();
    assert!(figures.probes < 40, "those that fail share their probes: {}", figures.probes);
    assert_eq!(figures.blocked, 0);
}

#[test]
fn without_the_store_each_instance_probes_by_itself_as_breakers_alone_do() {
    let (alone, away) = (alone(), with(FaultKind::Down, 0, 90));
    assert_eq!((alone.failed, alone.probes), (away.failed, away.probes));
    assert_eq!(alone.recovery, away.recovery);
}

#[test]
fn a_store_that_is_lost_in_the_outage_leaves_each_instance_to_itself_at_once() {
    let figures = with(FaultKind::Down, 30, 60);
    assert!(figures.failed < 1300, "{} calls that failed", figures.failed);
    assert!(figures.probes >= 64, "{} probes", figures.probes);
    assert_eq!(refused_at_the_end(&figures), 0);
}

#[test]
fn a_store_that_forgets_the_outage_learns_of_it_again() {
    for kind in [FaultKind::RestartEmpty, FaultKind::Evict, FaultKind::FailOver(SECOND)] {
        let figures = with(kind, 30, 1);
        // Each instance has probed once, and after that one for all of them.
        assert!(figures.probes < 2 * 64 + 10, "{} probes after {kind:?}", figures.probes);
        assert!(figures.failed < 1500, "{} calls that failed after {kind:?}", figures.failed);
        assert_eq!(refused_at_the_end(&figures), 0, "{kind:?}");
    }
}

/// Returns the number of calls that are refused long after the outage.
fn refused_at_the_end(figures: &Figures) -> usize {
    let late = figures.report.calls.iter().filter(|call| call.arrived > 85 * SECOND);
    late.filter(|call| call.admitted.is_none()).count()
}

/// Returns an outage with faults that depend on the seed.
fn rough(seed: u64) -> Outage {
    let at = Duration::from_millis;
    let kinds = [
        FaultKind::Crash(0),
        FaultKind::Crash(1),
        FaultKind::Partition(1),
        FaultKind::LoseReplies(2),
        FaultKind::LoseRequests(3),
        FaultKind::Delay(0, at(700)),
        FaultKind::Down,
        FaultKind::Stop,
        FaultKind::FailOver(at(900)),
        FaultKind::RestartEmpty,
        FaultKind::Evict,
        FaultKind::ClockBack(at(2500)),
        FaultKind::ClockForward(at(2500)),
    ];
    let mut outage = Outage::new(4, 80.0);
    outage.plan.seed = seed;
    for n in 0..8_u32 {
        let mix = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(8 * n);
        let (kind, n) = (kinds[usize::from(mix.to_le_bytes()[0]) % kinds.len()], u64::from(n));
        let fault = Fault::new(at(18_000 + 4000 * n + mix % 1500), at(mix % 9000), kind);
        outage.plan = outage.plan.with(fault);
    }
    outage
}

#[test]
fn whatever_happens_to_the_store_all_recover_and_no_more_calls_fail_than_alone() {
    let template = Outage::new(4, 80.0);
    let run = |plan: &_| Outage { plan: Clone::clone(plan), ..template.clone() }.run();
    explore(
        0..20,
        |seed| rough(seed).plan,
        |plan| {
            let figures = run(plan);
            assert_eq!(refused_at_the_end(&figures), 0, "calls are refused long after the outage");
            let alone = Outage { plan: plan.clone(), is_shared: false, ..template.clone() }.run();
            let most = alone.failed + alone.failed / 4;
            assert!(
                figures.failed <= most,
                "{} failed, and {} alone",
                figures.failed,
                alone.failed
            );
        },
    );
}
