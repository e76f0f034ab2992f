use std::ops::{Deref, DerefMut};

use seawall_core::pool::library::LibraryItem;
use sqlx_core::database::Database;
use sqlx_core::pool::PoolConnection;
use tokio::sync::OwnedSemaphorePermit;

/// A connection of sqlx, with its place in the queue of Seawall.
pub struct Checkout<DB: Database> {
    /// `None` while it is being closed.
    pub(crate) connection: Option<PoolConnection<DB>>,
    /// Released after the connection is given back: fields are dropped in their order.
    pub(crate) _permit: OwnedSemaphorePermit,
}

const CLOSED: &str = "BUG: a connection is used that was closed";

impl<DB: Database> Deref for Checkout<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        self.connection.as_ref().expect(CLOSED)
    }
}

impl<DB: Database> DerefMut for Checkout<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        self.connection.as_mut().expect(CLOSED)
    }
}

impl<DB: Database> LibraryItem for Checkout<DB> {
    /// Closes the connection, which ends what it is doing where the database notices that.
    async fn cancel(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _closed_anyway = connection.close().await;
        }
    }
}

seawall_core::__debug! { impl[DB: Database] Checkout<DB> }
