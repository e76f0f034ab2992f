use std::any::TypeId;
use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::Pin;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, NoTls, TlsConnect, TlsStream};
use tokio_postgres::{Config, Socket};
use tokio_util::either::Either;

use super::traffic::{Followed, SharedTraffic};

/// Wraps the connector of the user, so that the messages on each connection can be followed, with
/// or without TLS.
///
/// The driver hands a connector only sockets that are to be encrypted at once. So all of them are
/// declared to be (see [`hand_over`]), and the negotiation happens here instead of in the driver.
#[derive(Clone)]
pub(super) struct Connector<T> {
    tls: T,
    mode: SslMode,
    negotiation: SslNegotiation,
    traffic: SharedTraffic,
    lingers: bool,
}

/// Returns `config` changed so that its driver leaves the negotiation of TLS to a [`Connector`].
pub(super) fn hand_over(config: &Config) -> Config {
    let mut config = config.clone();
    config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
    // The driver encrypts nothing without a name.
    if config.get_hosts().is_empty() {
        let names: Vec<_> = config.get_hostaddrs().iter().map(ToString::to_string).collect();
        for name in names {
            config.host(name);
        }
    }
    config
}

impl<T> Connector<T> {
    /// Connects as `config` says, and counts in `traffic`.
    pub(super) fn new(tls: T, config: &Config, traffic: SharedTraffic) -> Self {
        let (mode, negotiation) = (config.get_ssl_mode(), config.get_ssl_negotiation());
        Self { tls, mode, negotiation, traffic, lingers: false }
    }

    /// Waits, when a connection is shut down, until the server has closed it.
    pub(super) fn lingering(mut self) -> Self {
        self.lingers = true;
        self
    }
}

type BoxError = Box<dyn StdError + Send + Sync>;

/// A connection that failed before its TLS handshake.
#[derive(Debug, thiserror::Error)]
#[error("the connection was lost before the handshake")]
pub(super) struct NotNegotiated(#[source] pub(super) io::Error);

type Stream<T> = Followed<Either<Socket, T>>;

impl<T> MakeTlsConnect<Socket> for Connector<T>
where
    T: MakeTlsConnect<Socket> + 'static,
    T::Stream: Send + 'static,
    T::TlsConnect: Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    type Stream = Stream<T::Stream>;
    type TlsConnect = Handshake<T::TlsConnect>;
    type Error = BoxError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self::TlsConnect, BoxError> {
        // As the driver has it: without TLS of its own, it does not ask for what it would prefer.
        let has_none = TypeId::of::<T>() == TypeId::of::<NoTls>();
        let encrypts = match self.mode {
            SslMode::Disable => false,
            SslMode::Prefer => !has_none,
            _ => true,
        };
        let made = encrypts.then(|| self.tls.make_tls_connect(domain));
        let Self { mode, negotiation, lingers, .. } = *self;
        let tls = made.transpose().map_err(Into::into)?;
        Ok(Handshake { tls, mode, negotiation, traffic: self.traffic.clone(), lingers })
    }
}

/// Makes one connection.
pub(super) struct Handshake<C> {
    tls: Option<C>,
    mode: SslMode,
    negotiation: SslNegotiation,
    traffic: SharedTraffic,
    lingers: bool,
}

impl<C> TlsConnect<Socket> for Handshake<C>
where
    C: TlsConnect<Socket> + Send + 'static,
    C::Stream: Send + 'static,
    C::Future: Send,
{
    type Stream = Stream<C::Stream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, BoxError>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let Self { tls, mode, negotiation, traffic, lingers } = self;
            let stream = match tls {
                Some(tls) => encrypt(socket, tls, mode, negotiation).await?,
                None => Either::Left(socket),
            };
            Ok(Followed::new(stream, traffic, lingers))
        })
    }
}

/// Asks whether the server encrypts.
/// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL>
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

async fn encrypt<C: TlsConnect<Socket>>(
    mut socket: Socket,
    tls: C,
    mode: SslMode,
    negotiation: SslNegotiation,
) -> Result<Either<Socket, C::Stream>, BoxError> {
    match negotiation {
        SslNegotiation::Direct if mode == SslMode::Prefer => {
            return Err("sslnegotiation=direct needs sslmode=require".into());
        }
        SslNegotiation::Direct => {}
        _ => {
            socket.write_all(&SSL_REQUEST).await.map_err(NotNegotiated)?;
            match socket.read_u8().await.map_err(NotNegotiated)? {
                b'S' => {}
                _ if mode == SslMode::Prefer => return Ok(Either::Left(socket)),
                _ => return Err("server does not support TLS".into()),
            }
        }
    }
    tls.connect(socket).await.map(Either::Right).map_err(Into::into)
}

impl<T: TlsStream + Unpin> TlsStream for Stream<T> {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.stream {
            Either::Left(_) => ChannelBinding::none(),
            Either::Right(stream) => stream.channel_binding(),
        }
    }
}
