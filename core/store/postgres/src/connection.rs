use seawall_store::{Place, StoreError, StoreErrorKind as Kind};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

use crate::error::store_error;
use crate::schema::{CREATE, EXISTS, INSERT, PRUNE, READ, SEE, SERVER, UPDATE};

/// A connection to a primary. What a primary is does not change while a connection to it lasts.
pub(crate) struct Connection {
    client: Client,
    read: Statement,
    insert: Statement,
    update: Statement,
    pub(crate) version: String,
    pub(crate) epoch: f64,
    pub(crate) born: f64,
}

/// A state as it is in the table, and the server's time.
pub(crate) struct Read {
    pub(crate) now: f64,
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) is_past: bool,
}

impl Connection {
    /// Makes sure that the server can serve and has the table.
    pub(crate) async fn new(
        client: Client,
        place: &Place,
        timeout_ms: u128,
    ) -> Result<Self, StoreError> {
        let failed = |error| store_error(place, &error);
        let limits = format!(
            "SET statement_timeout = {timeout_ms}; SET lock_timeout = {timeout_ms}; \
             SET idle_in_transaction_session_timeout = {timeout_ms}"
        );
        client.batch_execute(&limits).await.map_err(failed)?;
        let server = client.query_one(SERVER, &[]).await.map_err(failed)?;
        let (is_replica, version): (bool, String) = (server.get(0), server.get(1));
        if is_replica {
            return Err(place.error(Kind::Unavailable, "it is a replica: connect to the primary"));
        }
        let hash: String = server.get(2);
        let exists = client.query_one(EXISTS, &[]).await.map_err(failed)?;
        if !exists.get::<_, bool>(0) {
            create(&client, place).await?;
        }
        let types = [Type::TEXT, Type::BYTEA, Type::FLOAT8, Type::BYTEA];
        let see = client.prepare_typed(SEE, &types[..1]).await.map_err(failed)?;
        let seen = client.query_one(&see, &[&hash]).await.map_err(failed)?;
        // Another program may have written it, or changed the table.
        let born = seen.try_get::<_, Option<f64>>(0).map_err(failed)?;
        let Some(born) = born.filter(|born| born.is_finite()) else {
            let problem = "the table `seawall_states` has a row `seawall:1:epoch …` that another \
                program wrote: remove it";
            return Err(place.error(Kind::Garbled, problem));
        };
        // The first 52 bits, as a number that a double holds exactly.
        let epoch = hash.get(..13).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        Ok(Self {
            read: client.prepare_typed(READ, &types[..1]).await.map_err(failed)?,
            insert: client.prepare_typed(INSERT, &types[..3]).await.map_err(failed)?,
            update: client.prepare_typed(UPDATE, &types).await.map_err(failed)?,
            version,
            epoch: epoch.unwrap_or_default() as f64,
            born,
            client,
        })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(crate) async fn read(&self, key: &str) -> Result<Read, Error> {
        let row = self.client.query_one(&self.read, &[&key]).await?;
        let is_past = row.try_get::<_, Option<bool>>(2)?.unwrap_or(false);
        Ok(Read { now: row.try_get(0)?, bytes: row.try_get(1)?, is_past })
    }

    /// Replaces `old` by `new`. Returns false if another state is there.
    pub(crate) async fn write(
        &self,
        key: &str,
        old: Option<&[u8]>,
        new: &[u8],
        keep_ms: f64,
    ) -> Result<bool, Error> {
        let written = match old {
            None => self.client.execute(&self.insert, &[&key, &new, &keep_ms]).await?,
            Some(old) => self.client.execute(&self.update, &[&key, &new, &keep_ms, &old]).await?,
        };
        Ok(written == 1)
    }

    pub(crate) async fn prune(&self) -> Result<u64, Error> {
        self.client.execute(PRUNE, &[]).await
    }
}

/// Creates the table, unless another instance does at the same time.
async fn create(client: &Client, place: &Place) -> Result<(), StoreError> {
    let Err(error) = client.batch_execute(CREATE).await else { return Ok(()) };
    match error.code().map(SqlState::code) {
        Some("23505" | "42P07") => Ok(()),
        Some("42501") => {
            let problem = format!(
                "there is no table `seawall_states`, and the user may not create it: run `{CREATE}`"
            );
            Err(place.error(Kind::Denied, problem))
        }
        _ => Err(store_error(place, &error)),
    }
}
