use std::sync::Arc;

use redis::sentinel::{Sentinel, SentinelNodeConnectionInfo};
use redis::{ConnectionAddr, ConnectionInfo, TlsMode};
use tokio::sync::Mutex;

use super::Redis;
use crate::ManagerError;

/// Sentinels, and the name by which they know the primary.
#[derive(Clone)]
pub(super) struct Sentinels {
    sentinel: Arc<Mutex<Sentinel>>,
    name: Arc<str>,
}

impl Redis {
    /// Connects to the primary that Redis Sentinel knows by `name`, with the login, the database and the
    /// use of TLS of the configuration, whose address is not used. Each new connection asks the sentinels; each check and
    /// reset asks the server whether it is still the primary, in the same round trip, so that after a
    /// failover no connection to a former primary is lent again. The user needs the command `ROLE`.
    #[must_use]
    pub fn with_sentinels(mut self, sentinel: Sentinel, name: impl Into<Arc<str>>) -> Self {
        let sentinel = Arc::new(Mutex::new(sentinel));
        self.sentinels = Some(Sentinels { sentinel, name: name.into() });
        self
    }

    /// Returns how to reach the server that is the primary now.
    pub(super) async fn primary(&self) -> Result<ConnectionInfo, ManagerError> {
        let Some(Sentinels { sentinel, name }) = &self.sentinels else {
            return Ok(self.info.clone());
        };
        let login = SentinelNodeConnectionInfo::default();
        let mut login = login.set_redis_connection_info(self.info.redis_settings().clone());
        if let ConnectionAddr::TcpTls { insecure, .. } = self.info.addr() {
            let mode = if *insecure { TlsMode::Insecure } else { TlsMode::Secure };
            login = login.set_tls_mode(mode);
        }
        let client = sentinel.lock().await.async_master_for(name, Some(&login)).await?;
        Ok(client.get_connection_info().clone())
    }
}
