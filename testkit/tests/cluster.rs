//! The simulator: the same plan gives the same run, and clients that break a limit are seen.

use std::sync::Arc;
use std::time::Duration;

use seawall_core::BoxFuture;
use seawall_store::tokens::{Lease, LeaseReply, Rate, TOKENS};
use seawall_store::{KeySecret, Store, StoreKey};
use seawall_testkit::cluster::{Fault, FaultKind, Held, Instance, Plan, Report, Setup, simulate};

/// A client that asks the store for each call.
struct Asking {
    store: Arc<dyn Store>,
    key: StoreKey,
    admits_while_away: bool,
}

impl Instance for Asking {
    fn background(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    fn call(&self) -> BoxFuture<'static, Option<Held>> {
        let (store, key, away) =
            (Arc::clone(&self.store), self.key.clone(), self.admits_while_away);
        Box::pin(async move {
            let lease = Lease { want: 1, least: 1, ..Lease::new(rate()) };
            let admitted = match store.run(&TOKENS, &key, &lease.arguments()).await {
                Ok(reply) => LeaseReply::read(&reply, &lease)?.granted.is_some(),
                Err(_) => away,
            };
            admitted.then(|| -> Held { Box::new(()) })
        })
    }
}

fn rate() -> Rate {
    Rate::new(100, SECOND, 100, SECOND).expect("a rate")
}

const SECOND: Duration = Duration::from_secs(1);

fn run(plan: &Plan, admits_while_away: bool) -> Report {
    let key = KeySecret::new("").name("tokens", "api", None);
    simulate(plan, |Setup { store, .. }| Asking { store, key: key.clone(), admits_while_away })
}

fn plan() -> Plan {
    let at = Duration::from_secs;
    Plan::new(7, 4, at(20), 200.0)
        .with(Fault::new(at(2), SECOND, FaultKind::Crash(1)))
        .with(Fault::new(at(4), SECOND, FaultKind::Partition(2)))
        .with(Fault::new(at(6), SECOND, FaultKind::LoseReplies(0)))
        .with(Fault::new(at(8), SECOND, FaultKind::Delay(3, Duration::from_millis(80))))
        .with(Fault::new(at(10), SECOND, FaultKind::Stop))
        .with(Fault::new(at(12), SECOND, FaultKind::FailOver(Duration::from_millis(500))))
        .with(Fault::new(at(14), SECOND, FaultKind::RestartEmpty))
        .with(Fault::new(at(16), SECOND, FaultKind::ClockBack(SECOND)))
        .with(Fault::new(at(18), SECOND, FaultKind::Down))
}

#[test]
fn the_same_plan_gives_the_same_run() {
    assert_eq!(run(&plan(), false), run(&plan(), false));
    assert_ne!(run(&plan(), false), run(&Plan { seed: 8, ..plan() }, false));
}

#[test]
fn a_client_that_asks_for_each_call_keeps_the_limit() {
    let report = run(&plan(), false);
    assert!(report.most_above(100.0, 100.0) <= 1e-6, "{}", report.most_above(100.0, 100.0));
    assert!(report.admitted() > 1000, "{}", report.admitted());
    let asked = report.requests.iter().sum::<u64>();
    assert!(asked >= report.admitted() as u64, "{asked}");
}

#[test]
fn a_client_that_admits_while_the_store_is_away_is_seen() {
    assert!(run(&plan(), true).most_above(100.0, 100.0) > 50.0);
}

#[test]
fn a_key_that_is_evicted_lets_more_through_than_the_limit() {
    let evicted = Plan::new(7, 4, Duration::from_secs(4), 400.0).with(Fault::new(
        Duration::from_secs(2),
        Duration::ZERO,
        FaultKind::Evict,
    ));
    let above = run(&evicted, false).most_above(100.0, 100.0);
    assert!((20.0..=101.0).contains(&above), "{above}");
}

#[test]
fn an_instance_that_crashed_is_started_again() {
    let crash = Fault::new(SECOND, SECOND, FaultKind::Crash(0));
    let report = run(&Plan::new(3, 1, Duration::from_secs(3), 50.0).with(crash), false);
    let admitted = |from: u64| {
        let second = Duration::from_secs(from)..Duration::from_secs(from + 1);
        report
            .calls
            .iter()
            .filter(|call| call.admitted.is_some_and(|at| second.contains(&at)))
            .count()
    };
    assert!(admitted(0) > 30 && admitted(1) == 0 && admitted(2) > 30);
}
