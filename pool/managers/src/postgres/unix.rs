use std::path::{Path, PathBuf};

use tokio::net::UnixStream;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::tls::{NoTls, NoTlsStream};
use tokio_postgres::{CancelToken, Client, Config, Connection};

use super::POSTGRES;
use super::error::of_io;
use super::traffic::{Followed, SharedTraffic};
use crate::{ManagerError, ManagerErrorKind};

type Connected = (Client, Connection<Followed<UnixStream>, NoTlsStream>);

/// Connects to the first of the Unix sockets that `config` names at which a server lets this client
/// in, or returns `None` if it names none. The driver encrypts nothing there, so it would hand these
/// streams to no connector, and they are opened here.
pub(super) async fn connect(
    config: &Config,
    traffic: &SharedTraffic,
) -> Result<Option<(PathBuf, Connected)>, ManagerError> {
    let folders: Vec<_> = config.get_hosts().iter().filter_map(folder).collect();
    let problem = match folders.len() {
        0 => return Ok(None),
        named if named < config.get_hosts().len() => "Unix sockets and other hosts cannot be mixed",
        _ if config.get_target_session_attrs() == TargetSessionAttrs::Any => "",
        _ => "Unix sockets have no target_session_attrs",
    };
    let mut error = ManagerError::because(POSTGRES, ManagerErrorKind::BadSetup, problem);
    if !problem.is_empty() {
        return Err(error);
    }
    let ports = config.get_ports();
    for (index, folder) in folders.into_iter().enumerate() {
        let port = ports.get(index).or(ports.first()).unwrap_or(&5432);
        let socket = folder.join(format!(".s.PGSQL.{port}"));
        error = match connect_to(&socket, config, traffic).await {
            Ok(connected) => return Ok(Some((socket, connected))),
            Err(error) => error,
        };
    }
    Err(error)
}

fn folder(host: &Host) -> Option<&PathBuf> {
    match host {
        Host::Unix(folder) => Some(folder),
        Host::Tcp(_) => None,
    }
}

async fn connect_to(
    socket: &Path,
    config: &Config,
    traffic: &SharedTraffic,
) -> Result<Connected, ManagerError> {
    let stream = UnixStream::connect(socket).await.map_err(of_io)?;
    let stream = Followed::new(stream, traffic.clone(), false);
    Ok(config.clone().ssl_mode(SslMode::Disable).connect_raw(stream, NoTls).await?)
}

/// Has the server at `socket` end the request of the session that `token` stands for.
pub(super) async fn cancel(socket: &Path, token: CancelToken) -> Result<(), ManagerError> {
    let stream = UnixStream::connect(socket).await.map_err(of_io)?;
    let stream = Followed::new(stream, SharedTraffic::default(), true);
    Ok(token.cancel_query_raw(stream, NoTls).await?)
}
