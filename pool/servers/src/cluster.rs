use crate::hurry;
use crate::port::Port;
use crate::{Redis, RedisOptions};

/// Runs a Redis Cluster of three primaries without replicas, each of which has a third of the slots.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
    _buses: Vec<Port>,
}

/// The first slot of each node, and the number of slots.
const SLOTS: [u16; 4] = [0, 5461, 10923, 16384];

impl RedisCluster {
    /// Starts a cluster with the default options.
    ///
    /// # Panics
    /// If the cluster cannot be started.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&Redis::options())
    }

    /// Starts a cluster whose nodes have these options.
    ///
    /// # Panics
    /// If the cluster cannot be started.
    #[must_use]
    pub fn start_with(options: &RedisOptions) -> Self {
        let buses: Vec<_> = SLOTS[1..].iter().map(|_| Port::free()).collect();
        let node = |bus: &Port| {
            let bus = bus.number.to_string();
            let cluster = ["--cluster-enabled", "yes", "--cluster-port", &bus];
            options.clone().with_arguments(cluster).start()
        };
        let cluster = Self { nodes: buses.iter().map(node).collect(), _buses: buses };
        for (node, slots) in cluster.nodes.iter().zip(SLOTS.windows(2)) {
            let [first, last] = [slots[0], slots[1] - 1].map(|slot| slot.to_string());
            node.command(&["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
        }
        for (node, bus) in cluster.nodes.iter().zip(&cluster._buses) {
            let [port, bus] = [node.port(), bus.number].map(|port| port.to_string());
            cluster.nodes[0].command(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        for node in &cluster.nodes {
            let info = || node.command(&["CLUSTER", "INFO"]);
            let is_ready = |info: &str| {
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
            };
            hurry::until(|| is_ready(&info()), || format!("no cluster came up: {}", info()));
        }
        cluster
    }

    /// Returns the nodes, in the order of their slots.
    #[must_use]
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// Begins to move `slot` to node number `to`: keys that are there stay, others come there.
    ///
    /// # Panics
    /// If a node refuses.
    pub fn begin_move(&self, slot: u16, to: usize) {
        let (from, slot) = (self.owner(slot), slot.to_string());
        let [from_id, to_id] = [from, to].map(|node| self.id(node));
        self.nodes[to].command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
        self.nodes[from].command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
    }

    /// Moves all keys of `slot` to node number `to`, and ends the move.
    ///
    /// # Panics
    /// If a node refuses.
    pub fn end_move(&self, slot: u16, to: usize) {
        let (from, slot) = (self.owner(slot), slot.to_string());
        let port = self.nodes[to].port().to_string();
        let keys = self.nodes[from].command(&["CLUSTER", "GETKEYSINSLOT", &slot, "100"]);
        for key in keys.lines() {
            self.nodes[from].command(&["MIGRATE", "127.0.0.1", &port, key, "0", "5000"]);
        }
        let id = self.id(to);
        for node in [to, from] {
            self.nodes[node].command(&["CLUSTER", "SETSLOT", &slot, "NODE", &id]);
        }
    }

    /// Returns the number of the node that had `slot` at the start.
    ///
    /// # Panics
    /// If there is no such slot.
    #[must_use]
    pub fn owner(&self, slot: u16) -> usize {
        SLOTS[1..].iter().position(|end| slot < *end).expect("a slot is below 16384")
    }

    fn id(&self, node: usize) -> String {
        self.nodes[node].command(&["CLUSTER", "MYID"])
    }
}
