//! When a circuit follows the others.

use seawall_breaker_redis::{BreakerOptions, Contact, Phase, Prober, Ratio, SharedOptions, State};
use seawall_core::Backend as _;

use crate::cluster::{Cluster, EXCHANGE, Mode, RESET, SECOND, options};

#[test]
fn an_instance_without_calls_follows_the_others_and_names_the_reason() {
    let mut cluster = Cluster::new(3, &options());
    cluster.open();
    assert_eq!(cluster.nodes[2].changes(), [("open", "shared view")]);
    assert!(!cluster.nodes[2].succeeds());
}

#[test]
fn an_instance_for_which_the_service_works_does_not_follow() {
    let mut cluster = Cluster::new(4, &options());
    for _ in 0..5 {
        assert!(cluster.nodes[3].succeeds());
    }
    for node in &cluster.nodes[..2] {
        node.fail(20);
    }
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states()[..3], [State::Open; 3]);
    assert_eq!(cluster.nodes[3].state(), State::Closed);
    // Its calls are old by now, and say nothing.
    cluster.pass(2 * SECOND);
    assert_eq!(cluster.nodes[3].state(), State::Open);
}

#[test]
fn the_status_has_the_circuit_the_view_and_the_contact() {
    let mut cluster = Cluster::new(3, &options());
    cluster.nodes[0].fail(3);
    assert!(cluster.nodes[1].succeeds());
    cluster.pass(2 * EXCHANGE);
    let status = cluster.nodes[2].breaker.status();
    let view = status.view.expect("in contact");
    assert_eq!((status.contact, status.circuit.state), (Contact::Connected, State::Closed));
    assert_eq!((view.phase, view.succeeded, view.failed), (Phase::New, 1, 3));
    assert_eq!((view.active_nodes, view.failing_nodes), (2, 1));

    cluster.pass(3 * SECOND);
    cluster.probe();
    let readings = ["connected", "shared_open", "probes_here", "probes_elsewhere"];
    let read = |n: usize| {
        let status = cluster.nodes[n].breaker.status();
        let prober = status.view.expect("in contact").prober;
        let status = seawall_core::Backend::status(&cluster.nodes[n].breaker, cluster.time.now());
        (prober, readings.map(|name| status.reading(name)))
    };
    assert_eq!(read(0), (Prober::This, [Some(1), Some(1), Some(1), Some(0)]));
    assert_eq!(read(1), (Prober::Other, [Some(1), Some(1), Some(0), Some(1)]));
}

#[test]
fn manual_control_is_not_undone_by_the_others() {
    let mut cluster = Cluster::new(3, &options());
    cluster.nodes[1].breaker.circuit().disable();
    cluster.nodes[0].fail(20);
    cluster.nodes[2].fail(20);
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states(), [State::Open, State::Disabled, State::Open]);
    cluster.nodes[0].breaker.circuit().reset();
    cluster.pass(4 * EXCHANGE);
    assert_eq!(
        cluster.nodes[0].state(),
        State::Closed,
        "it does not follow the same opening again"
    );
}

#[test]
fn snapshots_and_manual_control_are_those_of_the_circuit() {
    use seawall_core::{ControlAction, ManualControl as _};

    let mut cluster = Cluster::new(2, &options());
    cluster.open();
    let snapshot = cluster.nodes[0].breaker.circuit().export();
    assert_eq!(snapshot.state, State::Open);
    assert!(snapshot.open_for <= RESET);
    let breaker = &cluster.nodes[0].breaker;
    breaker.act(ControlAction::ForceOpen, None).expect("supported");
    assert_eq!(cluster.nodes[0].state(), State::ForcedOpen);
    breaker.circuit().import(&snapshot).expect("a snapshot");
    assert_eq!(cluster.nodes[0].state(), State::Open);
}

#[test]
fn new_options_are_those_of_the_next_exchange() {
    let mut cluster = Cluster::new(2, &options());
    for node in &cluster.nodes {
        node.breaker.reconfigure(&options().shared_minimum_calls(41)).expect("valid");
        node.fail(20);
    }
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states(), [State::Closed; 2], "with forty calls");
    for node in &cluster.nodes {
        node.breaker.reconfigure(&options().shared_minimum_calls(40)).expect("valid");
    }
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states(), [State::Open; 2]);
    let invalid = options().failing_nodes(0);
    assert!(cluster.nodes[0].breaker.reconfigure(&invalid).is_err());
}

#[test]
fn options_out_of_their_range_are_refused() {
    let valid = || SharedOptions::new(BreakerOptions::new("a"));
    for (options, option) in [
        (valid().exchange_every(SECOND), "view_window"),
        (valid().exchange_every(SECOND / 1000), "exchange_every"),
        (valid().view_window(2 * 3600 * SECOND), "view_window"),
        (valid().shared_probe_lease(SECOND / 4), "shared_probe_lease"),
        (valid().shared_minimum_calls(0), "shared_minimum_calls"),
        (valid().failing_nodes(0), "failing_nodes"),
        (valid().shared_failure_rate(Ratio::percent(0)), "shared_failure_rate"),
        (SharedOptions::new(BreakerOptions::new("a").failures(0)), "failures"),
    ] {
        let invalid = options.validate().expect_err(option);
        assert_eq!(invalid.option(), option);
    }
    valid().validate().expect("the defaults");
}

#[test]
fn requests_that_are_carried_out_twice_change_nothing() {
    let mut cluster = Cluster::new(3, &options());
    for node in &cluster.nodes {
        node.store.set(Mode::Repeats);
    }
    cluster.nodes[0].fail(9);
    cluster.nodes[1].fail(9);
    cluster.pass(4 * EXCHANGE);
    let view = cluster.nodes[2].breaker.status().view.expect("in contact");
    assert_eq!((view.failed, view.phase), (18, Phase::New));
    cluster.pass(2 * SECOND);
    cluster.probe();
    assert!(cluster.nodes[0].succeeds());
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states(), [State::Closed; 3]);
    assert!(cluster.nodes[0].breaker.layer().name().as_str() == "payments");
}

#[test]
fn circuits_that_were_tripped_do_not_count_as_failing() {
    let mut cluster = Cluster::new(4, &options());
    for node in &cluster.nodes[..2] {
        node.breaker.circuit().trip(60 * SECOND);
    }
    cluster.nodes[2].fail(25);
    cluster.pass(2 * EXCHANGE);
    let view = cluster.nodes[3].breaker.status().view.expect("in contact");
    assert_eq!((view.failing_nodes, view.phase), (1, Phase::New));
    assert_eq!(cluster.nodes[3].state(), State::Closed);
}
