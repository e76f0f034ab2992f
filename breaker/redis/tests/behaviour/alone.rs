//! Without the store, a circuit is its instance's alone.

use seawall_breaker_redis::{Contact, State};
use seawall_core::Topic;

use crate::cluster::{Cluster, EXCHANGE, MS, Mode, Node, RESET, SECOND, options};

#[test]
fn a_store_that_is_away_leaves_each_instance_to_its_own_probes_at_once() {
    for mode in [Mode::Away, Mode::RepliesStale, Mode::Silent] {
        let mut cluster = Cluster::new(3, &options());
        cluster.open();
        cluster.pass(RESET);
        assert!(cluster.nodes.iter().all(|node| !node.breaker.circuit().status().is_due), "held");
        for node in &cluster.nodes {
            node.store.set(mode);
        }
        // One exchange, and half a second in which no answer comes.
        cluster.pass(EXCHANGE + SECOND / 2);
        assert!(cluster.nodes.iter().all(Node::succeeds), "each one probes");
        assert_eq!(cluster.states(), [State::Closed; 3]);
        let status = cluster.nodes[0].breaker.status();
        assert_eq!((status.contact, status.view), (Contact::Away, None));
    }
}

#[test]
fn readings_say_for_how_long_the_store_has_been_away() {
    let mut cluster = Cluster::new(1, &options());
    let read = |cluster: &Cluster| {
        let status = seawall_core::Backend::status(&cluster.nodes[0].breaker, cluster.time.now());
        ["exchanging", "connected", "away_for"].map(|name| status.reading(name))
    };
    cluster.pass(2 * EXCHANGE);
    assert_eq!(read(&cluster), [Some(1), Some(1), None]);
    cluster.nodes[0].store.set(Mode::Away);
    cluster.pass(2 * EXCHANGE);
    let [_, connected, before] = read(&cluster);
    assert_eq!(connected, Some(0));
    // It begins with the first exchange that failed, not with the last.
    cluster.pass(10 * SECOND);
    assert_eq!(read(&cluster), [Some(1), Some(0), before.map(|before| before + 10_000)]);
    cluster.nodes[0].stop();
    assert_eq!(read(&cluster), [Some(0), Some(0), None]);
}

#[test]
fn its_own_circuit_opens_without_the_store_and_stays_open_when_it_is_back() {
    let mut cluster = Cluster::new(3, &options());
    cluster.nodes[0].store.set(Mode::Away);
    cluster.pass(2 * EXCHANGE);
    cluster.nodes[0].fail(30);
    cluster.nodes[0].store.set(Mode::Plain);
    cluster.pass(RESET - MS);
    assert_eq!(cluster.states(), [State::Open, State::Closed, State::Closed]);
    assert!(!cluster.nodes[0].succeeds());
    cluster.pass(MS);
    assert!(cluster.nodes[0].succeeds(), "as its own options say");
}

#[test]
fn a_close_that_was_missed_closes_no_circuit_that_opened_without_the_store() {
    let mut cluster = Cluster::new(3, &options().shared_probe_lease(10 * SECOND));
    cluster.probe();
    cluster.nodes[2].store.set(Mode::Away);
    cluster.pass(2 * EXCHANGE);
    assert!(cluster.nodes[2].succeeds(), "its own probe");
    cluster.nodes[2].fail(30);
    assert!(cluster.nodes[0].succeeds());
    cluster.pass(2 * EXCHANGE);
    cluster.nodes[2].store.set(Mode::Plain);
    cluster.pass(4 * EXCHANGE);
    assert_eq!(cluster.states(), [State::Closed, State::Closed, State::Open]);
}

#[test]
fn a_store_that_lost_its_data_leaves_open_circuits_to_themselves() {
    let mut cluster = Cluster::new(3, &options());
    cluster.open();
    cluster.pass(RESET);
    cluster.memory.restart_empty();
    cluster.pass(2 * EXCHANGE);
    assert_eq!(cluster.states(), [State::Open; 3], "nothing was probed");
    assert!(cluster.nodes.iter().all(Node::succeeds), "each one probes");
}

#[test]
fn contact_is_reported_once_as_it_is_lost_and_once_as_it_is_back() {
    let mut cluster = Cluster::new(1, &options());
    cluster.nodes[0].store.set(Mode::Away);
    cluster.pass(10 * SECOND);
    cluster.nodes[0].store.set(Mode::Plain);
    cluster.pass(10 * SECOND);
    let topics = [Topic::ComponentDegraded, Topic::ComponentRecovered];
    assert_eq!(topics.map(|topic| cluster.nodes[0].recorder.count(topic)), [1, 1]);
}

#[test]
fn background_work_that_ends_leaves_the_circuit_to_itself_and_goes_on_when_it_begins_again() {
    let mut cluster = Cluster::new(2, &options());
    cluster.open();
    cluster.pass(RESET);
    cluster.nodes[0].stop();
    assert_eq!(cluster.nodes[0].breaker.status().contact, Contact::Stopped);
    assert!(cluster.nodes[0].succeeds(), "it is not held");
    cluster.nodes[0].start_again();
    cluster.pass(2 * EXCHANGE);
    let status = cluster.nodes[0].breaker.status();
    assert_eq!(status.contact, Contact::Connected);
    assert!(status.view.is_some(), "its requests have later numbers");
}

#[test]
fn of_two_background_works_one_ends_at_once() {
    let cluster = Cluster::new(1, &options());
    cluster.time.block_on(cluster.nodes[0].breaker.run());
}
