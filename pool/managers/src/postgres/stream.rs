use std::any::TypeId;
use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, NoTls, TlsConnect, TlsStream};
use tokio_postgres::{Config, Socket};
use tokio_util::either::Either;

use super::traffic::{Followed, SharedTraffic};

type BoxError = Box<dyn Error + Send + Sync>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;
type BoxStream = Box<dyn TlsStream + Send + Unpin>;
type Stream = Either<Socket, BoxStream>;

/// Encrypts sockets to a host with the user's connector, if there is one.
#[derive(Clone, Default)]
pub(super) struct Tls(Option<Arc<Handshake>>);

type Handshake = dyn Fn(&str, Socket) -> BoxFuture<BoxStream> + Send + Sync;

impl Tls {
    pub(super) fn new<T>(tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + 'static,
        T::TlsConnect: Send + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        if TypeId::of::<T>() == TypeId::of::<NoTls>() {
            return Self::default();
        }
        Self(Some(Arc::new(move |domain, socket| {
            let made = tls.clone().make_tls_connect(domain).map_err(Into::into);
            Box::pin(async move {
                let stream = made?.connect(socket).await.map_err(Into::into)?;
                Ok(Box::new(stream) as BoxStream)
            })
        })))
    }
}

/// Makes streams whose messages are followed, with or without TLS.
///
/// The driver hands a connector only sockets that are to be encrypted at once. So all of them are
/// declared to be (see [`hand_over`]), and the negotiation happens here instead of in the driver.
#[derive(Clone)]
pub(super) struct Connector {
    tls: Tls,
    mode: SslMode,
    negotiation: SslNegotiation,
    domain: String,
    traffic: SharedTraffic,
    lingers: bool,
}

/// Returns `config` changed so that its driver leaves the negotiation of TLS to a [`Connector`].
pub(super) fn hand_over(config: &Config) -> Config {
    let mut config = config.clone();
    config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
    // The driver encrypts nothing without a name.
    if config.get_hosts().is_empty() {
        for address in config.get_hostaddrs().to_vec() {
            config.host(address.to_string());
        }
    }
    config
}

/// Asks whether the server encrypts.
/// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL>
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

impl Connector {
    /// Connects as `config` says, and counts in `traffic`. If it `lingers`, it waits when a
    /// connection is shut down until the server has closed it.
    pub(super) fn new(tls: &Tls, config: &Config, traffic: SharedTraffic, lingers: bool) -> Self {
        let (mode, negotiation) = (config.get_ssl_mode(), config.get_ssl_negotiation());
        Self { tls: tls.clone(), mode, negotiation, domain: String::new(), traffic, lingers }
    }

    async fn negotiate(&self, mut socket: Socket) -> Result<Stream, BoxError> {
        match (self.mode, &self.tls.0) {
            // As the driver has it: without TLS of its own, it does not ask for what it would prefer.
            (SslMode::Disable, _) | (SslMode::Prefer, None) => return Ok(Either::Left(socket)),
            _ => {}
        }
        if self.negotiation != SslNegotiation::Direct {
            socket.write_all(&SSL_REQUEST).await.map_err(NotNegotiated)?;
            match socket.read_u8().await.map_err(NotNegotiated)? {
                b'S' => {}
                _ if self.mode == SslMode::Prefer => return Ok(Either::Left(socket)),
                _ => return Err("server does not support TLS".into()),
            }
        } else if self.mode == SslMode::Prefer {
            return Err("sslnegotiation=direct needs sslmode=require".into());
        }
        let handshake = self.tls.0.as_ref().ok_or("no TLS implementation configured")?;
        handshake(&self.domain, socket).await.map(Either::Right)
    }
}

/// A connection that failed before its TLS handshake.
#[derive(Debug, thiserror::Error)]
#[error("the connection was lost before the handshake")]
pub(super) struct NotNegotiated(#[source] pub(super) io::Error);

impl MakeTlsConnect<Socket> for Connector {
    type Stream = Followed<Stream>;
    type TlsConnect = Self;
    type Error = BoxError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self, BoxError> {
        Ok(Self { domain: domain.to_owned(), ..self.clone() })
    }
}

impl TlsConnect<Socket> for Connector {
    type Stream = Followed<Stream>;
    type Error = BoxError;
    type Future = BoxFuture<Self::Stream>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let stream = self.negotiate(socket).await?;
            Ok(Followed::new(stream, self.traffic, self.lingers))
        })
    }
}

impl TlsStream for Followed<Stream> {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.stream {
            Either::Left(_) => ChannelBinding::none(),
            Either::Right(stream) => stream.channel_binding(),
        }
    }
}
