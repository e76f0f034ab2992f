use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::{Cmd, ConnectionAddr, ConnectionInfo, RedisResult, Value};
use seawall_store::{Place, StoreError, StoreErrorKind as Kind};
use tokio::time::Instant;

use crate::dial::{Dial, Timeouts};
use crate::link::Link;

/// The servers of a cluster, or a single one. Which of them has a slot, they say when they are asked for a
/// key of another.
pub(crate) struct Cluster {
    /// The first address; the login and the use of TLS are the same for all.
    dial: Dial,
    timeouts: Timeouts,
    place: Place,
    seeds: Vec<Address>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    links: HashMap<Address, Link>,
    slots: HashMap<u16, Address>,
}

type Address = (String, u16);

/// A slot may move once more while it is looked for.
const MAX_REDIRECTS: usize = 5;

impl Cluster {
    pub(crate) fn new(
        nodes: &[ConnectionInfo],
        dial: Dial,
        timeouts: Timeouts,
        place: Place,
    ) -> Self {
        let seeds = nodes.iter().filter_map(|node| address(node.addr())).collect();
        Self { dial, timeouts, place, seeds, known: Mutex::default() }
    }

    /// Sends `command` to the server that has `slot`. What a server refuses since it does not have the
    /// slot has not run there, so it is sent to the server that it names.
    pub(crate) async fn send(
        &self,
        slot: u16,
        command: &Cmd,
        deadline: Instant,
    ) -> Result<(RedisResult<Value>, Place), StoreError> {
        let (mut address, mut answer) = self.ask_any(slot, command, deadline).await?;
        let mut redirects = 0;
        while let Some((to, asking)) = redirect(&address, &answer) {
            redirects += 1;
            if redirects > MAX_REDIRECTS {
                let problem = "its nodes name each other as the owner of this key: is the cluster \
                    being changed?";
                return Err(self.place.error(Kind::Unavailable, problem));
            }
            if !asking {
                self.known().slots.insert(slot, to.clone());
            }
            answer = self.link(&to).send(command, asking, deadline).await?;
            address = to;
        }
        Ok((answer, self.link(&address).place().clone()))
    }

    /// Sends `command` to the server that had `slot`. If there is no connection to it, sends the command to
    /// another one, which knows of a failover.
    async fn ask_any(
        &self,
        slot: u16,
        command: &Cmd,
        deadline: Instant,
    ) -> Result<(Address, RedisResult<Value>), StoreError> {
        let mut candidates: Vec<_> = self.known().slots.get(&slot).cloned().into_iter().collect();
        candidates.extend(self.seeds.iter().cloned());
        candidates.extend(self.known().links.keys().cloned());
        let mut failed = None;
        for (n, address) in candidates.iter().enumerate() {
            if candidates[..n].contains(address) {
                continue;
            }
            let link = self.link(address);
            match link.up(deadline).await {
                Ok(up) => {
                    let answer = link.send_on(up, command, false, deadline).await?;
                    return Ok((address.clone(), answer));
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Err(failed.unwrap_or_else(|| self.place.error(Kind::Unavailable, "it has no known server")))
    }

    fn link(&self, address: &Address) -> Link {
        let mut known = self.known();
        let link = known.links.entry(address.clone()).or_insert_with(|| {
            let (host, port) = address.clone();
            let name = format!("{} ({host}:{port})", self.place.name());
            let server = self.dial.server.clone();
            let moved = match server.addr().clone() {
                ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
                    ConnectionAddr::TcpTls { host, port, insecure, tls_params }
                }
                _ => ConnectionAddr::Tcp(host, port),
            };
            let dial = Dial { server: server.set_addr(moved), sentinels: None };
            Link::new(dial, self.timeouts, self.place.at(&name))
        });
        link.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn address(address: &ConnectionAddr) -> Option<Address> {
    match address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            Some((host.clone(), *port))
        }
        _ => None,
    }
}

/// Returns the server that `answer`, which came `from` another, names, and whether for this command only.
fn redirect(from: &Address, answer: &RedisResult<Value>) -> Option<(Address, bool)> {
    let error = answer.as_ref().err()?;
    let (to, _) = error.redirect_node()?;
    let (host, port) = to.rsplit_once(':')?;
    // A server that does not know its own name leaves that out.
    let host = if host.is_empty() { &from.0 } else { host.trim_matches(['[', ']']) };
    Some(((host.to_owned(), port.parse().ok()?), error.code() == Some("ASK")))
}
