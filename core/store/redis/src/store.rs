use std::fmt;

use async_trait::async_trait;
use redis::{Cmd, Value};
use seawall_store::{Contact, Place, Script, Store, StoreError, StoreErrorKind as Kind, StoreKey};
use tokio::time::Instant;

use crate::RedisOptions;
use crate::cluster::Cluster;
use crate::code::{Answer, Codes};
use crate::contact;
use crate::dial::Timeouts;
use crate::epochs::Epochs;
use crate::error::store_error;
use crate::link::Link;
use crate::slot::slot;

/// Keeps states in Redis 7 or later, or in Valkey, which run the scripts.
///
/// Connects in the background at the first request, and again when the connection is lost; while there
/// is none, requests fail at once. It needs a Tokio runtime with I/O and time, where it is used.
///
/// ```no_run
/// # async fn example() -> Result<(), seawall_store::StoreError> {
/// use seawall_store::Store;
/// use seawall_store_redis::RedisStore;
///
/// let store = RedisStore::connect("redis://seawall:secret@redis.internal:6379")?;
/// let contact = store.contact().await?;
/// println!("{}: {:?}", contact.server, contact.warnings);
/// # Ok(())
/// # }
/// ```
pub struct RedisStore {
    place: Place,
    servers: Servers,
    timeouts: Timeouts,
    codes: Codes,
    epochs: Epochs,
}

pub(crate) enum Servers {
    One(Link),
    Cluster(Box<Cluster>),
}

impl RedisStore {
    /// Creates a store in the server at `url`, with the default [options](RedisOptions).
    ///
    /// # Errors
    /// If the URL is not valid. Whether the server can serve, [`contact`](Store::contact) tells.
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        RedisOptions::new(url).map(Self::with_options)
    }

    /// Creates a store with these options.
    #[must_use]
    pub fn with_options(options: RedisOptions) -> Self {
        let (place, servers, timeouts) = options.into_parts();
        let (codes, epochs) = (Codes::default(), Epochs::default());
        Self { place, servers, timeouts, codes, epochs }
    }

    /// Sends `command`, which is about `key`, and returns the answer. If it is an error of code `missing`,
    /// with which the command has not run, returns `None`.
    pub(crate) async fn ask(
        &self,
        command: &Cmd,
        key: &str,
        missing: &str,
        deadline: Instant,
    ) -> Result<Option<Value>, StoreError> {
        let (answer, place) = match &self.servers {
            Servers::One(link) => {
                (link.send(command, false, deadline).await?, link.place().clone())
            }
            Servers::Cluster(cluster) => cluster.send(slot(key), command, deadline).await?,
        };
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(error) if !missing.is_empty() && error.code() == Some(missing) => Ok(None),
            Err(error) => Err(store_error(&place, &error)),
        }
    }

    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.timeouts.response
    }

    pub(crate) const fn named(&self) -> &Place {
        &self.place
    }

    pub(crate) fn garbled(&self) -> StoreError {
        self.place.error(Kind::Garbled, "the answer is not one of the script: is it Redis?")
    }
}

#[async_trait]
impl Store for RedisStore {
    fn place(&self) -> String {
        self.place.name().to_owned()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        contact::contact(self).await
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let (deadline, code) = (self.deadline(), self.codes.get(script));
        let seen = self.epochs.numbers();
        let by_hash = code.by_hash(key, arguments, &seen);
        let mut value = self.ask(&by_hash, key.as_str(), "NOSCRIPT", deadline).await?;
        if value.is_none() {
            let by_text = code.by_text(key, arguments, &seen);
            value = self.ask(&by_text, key.as_str(), "", deadline).await?;
        }
        let Some(Value::BulkString(bytes)) = value else { return Err(self.garbled()) };
        let answer = Answer::read(&bytes).ok_or_else(|| self.garbled())?;
        if let Some(epoch) = answer.promoted {
            self.epochs.saw(epoch, answer.now);
        }
        Ok(answer.reply)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisStore({})", self.place.name())
    }
}
