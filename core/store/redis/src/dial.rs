use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::sentinel::{Sentinel, SentinelNodeConnectionInfo};
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, PushInfo, PushKind};
use redis::{RedisResult, TlsMode};
use tokio::sync::Mutex;

/// How to connect to one server.
#[derive(Clone)]
pub(crate) struct Dial {
    /// The address, which is not used with sentinels, and the login.
    pub(crate) server: ConnectionInfo,
    pub(crate) sentinels: Option<Sentinels>,
}

/// Sentinels, and the name by which they know the primary.
#[derive(Clone)]
pub(crate) struct Sentinels {
    pub(crate) sentinel: Arc<Mutex<Sentinel>>,
    pub(crate) name: Arc<str>,
}

impl Dial {
    /// Connects, and calls `lost` when the server closes the connection.
    pub(crate) async fn connect(
        &self,
        lost: impl Fn() + Send + Sync + 'static,
    ) -> RedisResult<MultiplexedConnection> {
        let server = match &self.sentinels {
            None => self.server.clone(),
            Some(sentinels) => self.primary(sentinels).await?,
        };
        #[cfg(feature = "tls")]
        provide_cryptography(&server);
        // Both times are limited by the store, which can tell a connect from an answer.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_push_sender(move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    lost();
                }
                Ok::<_, redis::aio::SendError>(())
            });
        Client::open(server)?.get_multiplexed_async_connection_with_config(&config).await
    }

    async fn primary(&self, sentinels: &Sentinels) -> RedisResult<ConnectionInfo> {
        let login = self.server.redis_settings().clone();
        let mut login = SentinelNodeConnectionInfo::default().set_redis_connection_info(login);
        if matches!(self.server.addr(), ConnectionAddr::TcpTls { .. }) {
            login = login.set_tls_mode(TlsMode::Secure);
        }
        let mut sentinel = sentinels.sentinel.lock().await;
        let client = sentinel.async_master_for(&sentinels.name, Some(&login)).await?;
        Ok(client.get_connection_info().clone())
    }
}

/// Chooses a provider of cryptography for this process, unless the application has: with two of them
/// compiled in, rustls would panic.
#[cfg(feature = "tls")]
fn provide_cryptography(server: &ConnectionInfo) {
    use rustls::crypto::{CryptoProvider, ring};
    if matches!(server.addr(), ConnectionAddr::TcpTls { .. })
        && CryptoProvider::get_default().is_none()
    {
        // It fails if another thread was first, which is as good.
        let _chosen = ring::default_provider().install_default();
    }
}

/// The times after which connecting and answers are given up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
}
