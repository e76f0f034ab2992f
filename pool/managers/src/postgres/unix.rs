use std::path::{Path, PathBuf};

use tokio::net::UnixStream;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::tls::{NoTls, NoTlsStream};
use tokio_postgres::{CancelToken, Client, Config, Connection};

use super::traffic::{Followed, SharedTraffic};
use super::{PostgresError, PostgresErrorKind};

type Stream = Followed<UnixStream>;

/// Returns the Unix sockets that `config` names, in its order. The driver encrypts nothing there, so
/// it would hand these streams to no connector, and they are opened here.
pub(super) fn sockets(config: &Config) -> Vec<PathBuf> {
    let ports = config.get_ports();
    let folder = |(index, host): (usize, &Host)| match host {
        Host::Unix(folder) => {
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            Some(folder.join(format!(".s.PGSQL.{port}")))
        }
        Host::Tcp(_) => None,
    };
    config.get_hosts().iter().enumerate().filter_map(folder).collect()
}

/// Connects to the first of `sockets` at which a server lets this client in.
pub(super) async fn connect(
    config: &Config,
    sockets: Vec<PathBuf>,
    traffic: &SharedTraffic,
) -> Result<(PathBuf, (Client, Connection<Stream, NoTlsStream>)), PostgresError> {
    let bad_setup = |problem| PostgresError::because(PostgresErrorKind::BadSetup, problem);
    if sockets.len() != config.get_hosts().len() {
        return Err(bad_setup("Unix sockets and other hosts cannot be mixed"));
    }
    if config.get_target_session_attrs() != TargetSessionAttrs::Any {
        return Err(bad_setup("Unix sockets have no target_session_attrs"));
    }
    let mut config = config.clone();
    config.ssl_mode(SslMode::Disable);
    let mut result = Err(bad_setup("there is no host"));
    for socket in sockets {
        result = match UnixStream::connect(&socket).await {
            Ok(stream) => {
                let stream = Followed::new(stream, traffic.clone(), false);
                config.connect_raw(stream, NoTls).await.map_err(Into::into)
            }
            Err(error) => Err(error.into()),
        }
        .map(|connected| (socket, connected));
        if result.is_ok() {
            break;
        }
    }
    result
}

/// Has the server at `socket` end the request of the session that `token` stands for.
pub(super) async fn cancel(socket: &Path, token: CancelToken) -> Result<(), PostgresError> {
    let stream = UnixStream::connect(socket).await?;
    let stream = Followed::new(stream, SharedTraffic::default(), true);
    Ok(token.cancel_query_raw(stream, NoTls).await?)
}
