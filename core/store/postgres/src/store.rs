use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use seawall_store::{
    Contact, Moment, Place, Script, Store, StoreError, StoreErrorKind as Kind, StoreKey,
};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::PostgresOptions;
use crate::connection::{Connection, Read};
use crate::error::store_error;
use crate::link::Link;
use crate::options::Connecting;

/// Keeps states in a table of PostgreSQL, version 12 or later, and runs the scripts in this process.
///
/// A state is read, and replaced if it is still the same, so no lock is held while a script runs. It needs
/// a Tokio runtime with I/O and time, where it is used.
///
/// ```no_run
/// # async fn example() -> Result<(), seawall_store::StoreError> {
/// use seawall_store::Store;
/// use seawall_store_postgres::PostgresStore;
///
/// let store = PostgresStore::connect("postgres://seawall:secret@db.internal/shop")?;
/// println!("{}", store.contact().await?.server);
/// # Ok(())
/// # }
/// ```
pub struct PostgresStore {
    place: Place,
    dial: Box<dyn Fn() -> Connecting + Send + Sync>,
    timeout: Duration,
    links: Vec<Link>,
    /// Runs on keys that share one of these wait for each other here, in place of failing there.
    turns: Vec<Mutex<()>>,
    /// The server's time in seconds at which states are removed next.
    prune_at: AtomicU64,
}

const TURNS: usize = 64;
const PRUNE_EVERY_SECS: u64 = 300;
/// A state is kept for some thousand years at most.
const MAX_KEEP_MS: f64 = 1e14;

impl PostgresStore {
    /// Creates a store in the database at `url`, with the default [options](PostgresOptions).
    ///
    /// # Errors
    /// If the URL is not valid. Whether the server can serve, [`contact`](Store::contact) tells.
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        PostgresOptions::new(url).map(Self::with_options)
    }

    /// Creates a store with these options.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "as other stores take them")]
    pub fn with_options(options: PostgresOptions) -> Self {
        Self {
            place: options.place(),
            dial: Box::new(options.dial()),
            timeout: options.timeout,
            links: (0..options.connections).map(|_| Link::default()).collect(),
            turns: (0..TURNS).map(|_| Mutex::default()).collect(),
            prune_at: AtomicU64::new(0),
        }
    }

    async fn up(&self, link: &Link) -> Result<Arc<Connection>, StoreError> {
        if Handle::try_current().is_err() {
            return Err(self.place.error(Kind::Unsuitable, "this needs a Tokio runtime"));
        }
        link.up(&*self.dial, &self.place, self.timeout).await
    }

    /// Waits for `asked` until the timeout.
    async fn in_time<T>(
        &self,
        link: &Link,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        timeout(self.timeout, asked).await.unwrap_or_else(|_| {
            link.give_up();
            Err(self.place.error(Kind::TimedOut, "it did not answer in time"))
        })
    }

    async fn apply(
        &self,
        link: &Link,
        script: &Script,
        key: &str,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let connection = self.up(link).await?;
        let failed = |error| store_error(&self.place, &error);
        // A write that finds another state has changed nothing.
        loop {
            let Read { now, bytes, is_past } = connection.read(key).await.map_err(failed)?;
            let state = bytes.as_deref().filter(|_| !is_past).map(decode);
            let moment = Moment { now, epoch: connection.epoch, born: connection.born.min(now) };
            let applied = (script.model)(state.as_deref(), moment, arguments);
            let is_done = match &applied.state {
                None => true,
                Some(state) => {
                    let (new, keep_ms) = (encode(state), applied.keep_ms.clamp(1.0, MAX_KEEP_MS));
                    let written = connection.write(key, bytes.as_deref(), &new, keep_ms).await;
                    written.map_err(failed)?
                }
            };
            if is_done {
                self.prune(&connection, now);
                return Ok(applied.reply);
            }
        }
    }

    /// Removes states that are past their time, some minutes after the last time, in the background.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time")]
    fn prune(&self, connection: &Arc<Connection>, now: f64) {
        let now = (now / 1e6) as u64;
        let due = self.prune_at.load(Relaxed);
        if now < due {
            return;
        }
        let next = self.prune_at.compare_exchange(due, now + PRUNE_EVERY_SECS, Relaxed, Relaxed);
        if next.is_ok() {
            let connection = Arc::clone(connection);
            // Whatever is left is removed the next time.
            tokio::spawn(async move { connection.prune().await.is_ok() });
        }
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn place(&self) -> String {
        self.place.name().to_owned()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        let link = &self.links[0];
        let key = "seawall:1:contact";
        let looked = async {
            let connection = self.up(link).await?;
            let failed = |error| store_error(&self.place, &error);
            let old = connection.read(key).await.map_err(failed)?.bytes;
            connection.write(key, old.as_deref(), &[], 1.0).await.map_err(failed)?;
            connection.prune().await.map_err(failed)?;
            Ok(Contact::new(format!("PostgreSQL {}", connection.version)))
        };
        self.in_time(link, looked).await
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % (1 << 30)).unwrap_or_default();
        let link = &self.links[at % self.links.len()];
        let ran = async {
            let _turn = self.turns[at % TURNS].lock().await;
            self.apply(link, script, key.as_str(), arguments).await
        };
        self.in_time(link, ran).await
    }
}

/// Reads a list of little-endian doubles. What is not a whole number of them is the empty list, which no
/// script takes for a state of its own.
fn decode(bytes: &[u8]) -> Vec<f64> {
    match bytes.as_chunks() {
        (numbers, []) => numbers.iter().map(|number| f64::from_le_bytes(*number)).collect(),
        _ => Vec::new(),
    }
}

fn encode(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresStore({})", self.place.name())
    }
}
