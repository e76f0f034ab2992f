//! Real servers, and what happens to them.

use std::time::Duration;

use seawall_store::KeySecret;
use seawall_store::tokens::TOKENS;
use seawall_test_servers::{Redis, RedisCluster, Sentinel};

use crate::clock;
use crate::limits::LIMITS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server's process is stopped, and goes on later.
    Stopped,
    /// The server is killed, and comes back with its data.
    Killed,
    /// The server is killed, and comes back without its data.
    RestartedEmpty,
    /// The server is killed, and sentinels put a replica in its place.
    FailedOver,
    /// The keys of all limits move to other servers of a cluster.
    SlotsMoved,
}

/// How long slots are on the move.
const MOVE: Duration = Duration::from_millis(500);

impl Fault {
    pub(crate) const ALL: [Self; 5] =
        [Self::Stopped, Self::Killed, Self::RestartedEmpty, Self::FailedOver, Self::SlotsMoved];

    /// Returns true if one server goes away and comes back, when the test says.
    pub(crate) fn is_of_one_server(self) -> bool {
        !matches!(self, Self::FailedOver | Self::SlotsMoved)
    }

    /// Returns true if each process counts the store as away meanwhile, if it lasts for `outage`.
    pub(crate) fn is_noticed(self, outage: Duration) -> bool {
        match self {
            Self::FailedOver => true,
            Self::SlotsMoved => false,
            _ => outage > Duration::from_secs(1),
        }
    }
}

/// The servers that a fault happens to.
pub(crate) enum Servers {
    One(Redis),
    Replicated(Box<(Redis, Redis, Sentinel)>),
    Cluster(RedisCluster),
}

impl Servers {
    pub(crate) fn start(fault: Fault) -> Self {
        match fault {
            Fault::Stopped | Fault::RestartedEmpty => Self::One(Redis::start()),
            Fault::Killed => {
                // A killed process loses nothing that it has written, and waiting for a disk takes time.
                let lazy = ["--appendfsync", "no"];
                Self::One(Redis::options().with_file().with_arguments(lazy).start())
            }
            Fault::FailedOver => {
                let primary = Redis::start();
                let replica = Redis::options().replica_of(&primary).start();
                replica.wait_for_primary();
                let sentinel = Sentinel::of(&primary);
                Self::Replicated(Box::new((primary, replica, sentinel)))
            }
            Fault::SlotsMoved => Self::Cluster(RedisCluster::start()),
        }
    }

    /// Returns what processes need to find the store.
    pub(crate) fn store(&self) -> String {
        match self {
            Self::One(server) => format!("one {}", server.url()),
            Self::Replicated(servers) => format!("sentinel {}", servers.2.url()),
            Self::Cluster(cluster) => {
                let urls: Vec<_> = cluster.nodes().iter().map(Redis::url).collect();
                format!("cluster {}", urls.join(" "))
            }
        }
    }

    /// Has `fault` happen, which lasts for `outage` if that can be chosen, and returns when the store has answered
    /// this process again.
    pub(crate) fn strike(&mut self, fault: Fault, outage: Duration) -> u64 {
        let end = clock::now() + clock::nanos(outage);
        match self {
            Self::One(server) if fault == Fault::Stopped => {
                server.stop_signal();
                clock::wait_until(end);
                server.resume();
                first(|| server.answers())
            }
            Self::One(server) => {
                server.kill();
                clock::wait_until(end);
                server.restart();
                first(|| server.answers())
            }
            Self::Replicated(servers) => {
                let (primary, replica, sentinel) = &mut **servers;
                primary.kill();
                first(|| sentinel.primary() == replica.port() && replica.is_primary())
            }
            Self::Cluster(cluster) => {
                let slots = LIMITS.map(|limit| {
                    let key = KeySecret::new("").name(TOKENS.name, limit.name, None);
                    let slot = cluster.nodes()[0].command(&["CLUSTER", "KEYSLOT", key.as_str()]);
                    slot.parse().expect("a slot")
                });
                let moves = slots.map(|slot| (slot, (cluster.owner(slot) + 1) % 3));
                moves.iter().for_each(|(slot, to)| cluster.begin_move(*slot, *to));
                clock::wait_until(clock::now() + clock::nanos(MOVE));
                moves.iter().for_each(|(slot, to)| cluster.end_move(*slot, *to));
                clock::now()
            }
        }
    }
}

/// Waits until `is_so`, and returns the time.
fn first(is_so: impl Fn() -> bool) -> u64 {
    while !is_so() {
        clock::wait_until(clock::now() + clock::nanos(Duration::from_millis(2)));
    }
    clock::now()
}
