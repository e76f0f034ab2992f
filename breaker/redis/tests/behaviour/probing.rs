//! One instance probes, and the others wait for what comes of it.

use seawall_breaker_redis::{BreakerOptions, CircuitBreaker, Phase, Prober, SharedOptions, State};

use crate::cluster::{Cluster, EXCHANGE, Mode, RESET, SECOND, options};

#[test]
fn one_instance_probes_and_all_close_with_it() {
    let mut cluster = Cluster::new(3, &options());
    cluster.probe();
    cluster.pass(EXCHANGE);
    assert!(!cluster.nodes[1].succeeds() && !cluster.nodes[2].succeeds(), "they wait");
    assert!(cluster.nodes[0].succeeds(), "the probe");
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states(), [State::Closed; 3]);
    assert_eq!(cluster.nodes[1].changes().last(), Some(&("closed", "shared probe succeeded")));
    let view = cluster.nodes[1].breaker.status().view.expect("in contact");
    assert_eq!((view.phase, view.prober), (Phase::Closed, Prober::None));
}

#[test]
fn all_stay_open_if_the_probe_fails_and_wait_for_the_next_one() {
    let mut cluster = Cluster::new(3, &options());
    cluster.probe();
    cluster.nodes[0].fail(1);
    cluster.pass(2 * EXCHANGE);
    for _ in 0..8 {
        assert!(cluster.nodes.iter().all(|node| !node.succeeds()));
        cluster.pass(RESET / 10);
    }
    let view = cluster.nodes[1].breaker.status().view.expect("in contact");
    assert_eq!((view.phase, view.failed_probes), (Phase::Open, 1));
    cluster.pass(RESET / 5 + 2 * EXCHANGE);
    let probing = |node: &crate::cluster::Node| node.breaker.circuit().status().is_due;
    assert_eq!(cluster.nodes.iter().filter(|node| probing(node)).count(), 1);
}

#[test]
fn another_one_probes_if_the_prober_crashes() {
    let mut cluster = Cluster::new(3, &options());
    cluster.probe();
    drop(cluster.nodes.remove(0));
    cluster.pass(SECOND / 2);
    assert!(!cluster.nodes[0].succeeds() && !cluster.nodes[1].succeeds());
    cluster.pass(SECOND);
    assert!(cluster.nodes[0].succeeds() != cluster.nodes[1].succeeds(), "one of them probes");
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states(), [State::Closed; 2]);
}

#[test]
fn the_result_of_a_prober_whose_lease_is_over_is_ignored() {
    let mut cluster = Cluster::new(3, &options().shared_probe_lease(10 * SECOND));
    cluster.probe();
    cluster.nodes[0].is_paused = true;
    cluster.pass(10 * SECOND);
    assert!(!cluster.nodes[1].succeeds());
    cluster.pass(2 * EXCHANGE);
    assert!(cluster.nodes[1].breaker.circuit().status().is_due, "it has the lease");
    // The first one probes too late, and hears of nothing.
    assert!(cluster.nodes[0].succeeds());
    cluster.nodes[0].is_paused = false;
    cluster.pass(EXCHANGE);
    assert_eq!(cluster.states()[1..], [State::Open; 2], "nothing is closed by it");
    cluster.nodes[1].fail(1);
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states()[1..], [State::Open; 2]);
    let view = cluster.nodes[2].breaker.status().view.expect("in contact");
    assert_eq!((view.phase, view.failed_probes), (Phase::Open, 1));
}

#[test]
fn a_prober_without_a_call_gives_its_lease_up() {
    let mut cluster = Cluster::new(2, &options());
    cluster.probe();
    cluster.pass(SECOND / 2);
    assert!(!cluster.nodes[1].succeeds());
    cluster.pass(SECOND + 2 * EXCHANGE);
    assert!(cluster.nodes[1].breaker.circuit().status().is_due, "it has the lease");
    assert!(!cluster.nodes[0].succeeds(), "it waits");
}

#[test]
fn a_probe_that_takes_long_keeps_the_lease() {
    let mut cluster = Cluster::new(3, &options());
    cluster.probe();
    let breaker = cluster.nodes[0].breaker.clone();
    let probe = breaker.protect().acquire_blocking().expect("the probe");
    for _ in 0..10 {
        cluster.pass(SECOND);
        assert!(!cluster.nodes[1].succeeds() && !cluster.nodes[2].succeeds());
    }
    probe.success();
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states(), [State::Closed; 3]);
}

#[test]
fn a_prober_that_lost_the_answer_with_its_lease_does_not_keep_the_others_waiting() {
    let mut cluster = Cluster::new(2, &options());
    cluster.open();
    cluster.pass(RESET - EXCHANGE);
    assert!(!cluster.nodes[0].succeeds());
    cluster.nodes[0].store.set(Mode::Silent);
    cluster.pass(2 * SECOND);
    assert!(!cluster.nodes[1].succeeds());
    cluster.pass(2 * EXCHANGE);
    assert!(cluster.nodes[1].succeeds(), "it probes");
}

#[test]
fn manual_control_of_the_prober_is_not_the_result_of_a_probe() {
    let closed = Cluster::new(1, &options()).nodes[0].breaker.circuit().export();
    let controls: [&dyn Fn(&CircuitBreaker); 3] = [
        &|circuit| circuit.reset(),
        &|circuit| circuit.import(&closed).expect("a snapshot"),
        &|circuit| circuit.trip(60 * SECOND),
    ];
    for (n, control) in controls.into_iter().enumerate() {
        for begun in [false, true] {
            let mut cluster = Cluster::new(3, &options());
            cluster.probe();
            let breaker = cluster.nodes[0].breaker.clone();
            let probe = begun.then(|| breaker.protect().acquire_blocking().expect("the probe"));
            control(breaker.circuit());
            cluster.pass(2 * EXCHANGE);
            assert_eq!(cluster.states()[1..], [State::Open; 2], "{n} {begun}");
            let view = cluster.nodes[1].breaker.status().view.expect("in contact");
            assert_eq!((view.phase, view.failed_probes), (Phase::Open, 0), "{n} {begun}");
            assert!(!cluster.nodes[1].succeeds());
            cluster.pass(2 * EXCHANGE);
            assert!(cluster.nodes[1].succeeds(), "another one probes: {n} {begun}");
            drop(probe);
        }
    }
}

#[test]
fn another_one_probes_if_a_probe_does_not_end() {
    let circuit = BreakerOptions::new("payments").failures(30).reset_after(RESET);
    let mut cluster = Cluster::new(3, &SharedOptions::new(circuit.probe_lease(10 * SECOND)));
    cluster.probe();
    let breaker = cluster.nodes[0].breaker.clone();
    let _hangs = breaker.protect().acquire_blocking().expect("the probe");
    cluster.pass(9 * SECOND);
    assert!(!cluster.nodes[1].succeeds(), "it waits");
    cluster.pass(SECOND + 2 * EXCHANGE);
    assert!(cluster.nodes[1].succeeds(), "it probes");
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states(), [State::HalfOpen, State::Closed, State::Closed]);
}
