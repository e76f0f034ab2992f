//! Two instances share a circuit through PostgreSQL, which runs no scripts itself.

use std::time::Duration;

use seawall_store::circuit::{Answer, CIRCUIT, ClusterView, Exchange, Phase, Probe, Prober, Terms};
use seawall_store::{KeySecret, Store};
use seawall_store_postgres::PostgresStore;
use seawall_test_servers::Postgres;

const TERMS: Terms = Terms {
    least_calls: 20,
    failure_rate: 0.5,
    least_nodes: 2,
    node_share: 0.333,
    lease: Duration::from_secs(60),
    life: Duration::from_millis(200),
};

struct Instance {
    store: PostgresStore,
    exchange: Exchange,
}

impl Instance {
    fn new(server: &Postgres, node: u64) -> Self {
        let store = PostgresStore::connect(&server.url()).expect("a URL");
        let exchange = Exchange {
            terms: TERMS,
            wait: Duration::from_micros(1),
            node,
            number: 0,
            period: 0,
            succeeded: 0,
            failed: 15,
            is_open: false,
            probe: Probe::None,
            deadline: 0,
        };
        Self { store, exchange }
    }

    async fn say(&mut self, probe: Probe) -> ClusterView {
        self.exchange.number += 1;
        self.exchange.probe = probe;
        let key = KeySecret::new("").name(CIRCUIT.name, "service", None);
        let reply = self.store.run(&CIRCUIT, &key, &self.exchange.arguments()).await;
        match Answer::read(&reply.expect("it serves"), &self.exchange) {
            Some(Answer::View(view)) => {
                self.exchange.period = view.period;
                view
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn instances_share_a_circuit_and_one_of_them_probes() {
    let server = Postgres::start();
    let (mut one, mut two) = (Instance::new(&server, 1), Instance::new(&server, 2));
    let opened = async {
        while one.say(Probe::None).await.phase != Phase::Open {
            two.say(Probe::None).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), opened).await.expect("it opens");
    let mine = one.say(Probe::Wanted).await;
    let theirs = two.say(Probe::Wanted).await;
    assert_eq!((mine.prober, theirs.prober), (Prober::This, Prober::Other));
    let fence = mine.fence.expect("a lease");
    assert_eq!(two.say(Probe::Succeeded(fence)).await.phase, Phase::Open, "it has no lease");
    assert_eq!(one.say(Probe::Succeeded(fence)).await.phase, Phase::Closed);
    assert_eq!(two.say(Probe::None).await.phase, Phase::Closed);
}
