use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seawall::pooling::{Manage, ManageBlocking};
use seawall_pool::{Blocking, Threaded};
use seawall_pool_managers::{ManagerError, Sqlite};

use crate::Failure;
use crate::order::Order;

/// The manager of connections to the database of orders. They work on threads that may block.
pub(crate) type Connections = Blocking<Sqlite>;

/// The database of orders: a file.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    file: Sqlite,
    connections: Connections,
    opened: Arc<AtomicU64>,
}

impl Orders {
    pub(crate) fn create(path: PathBuf) -> Result<Self, Failure> {
        let file = Sqlite::file(path)
            .with_pragma("journal_mode", "wal")
            // The file is deleted at the end, so that it need not survive a power cut.
            .with_pragma("synchronous", "off");
        let table = "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer, amount)";
        file.create()?.execute_batch(table)?;
        let opened = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&opened);
        let counted = file.clone().with_setup(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        Ok(Self { file, connections: Blocking::new(counted), opened })
    }

    /// Returns the manager for a pool.
    pub(crate) fn connections(&self) -> Connections {
        self.connections.clone()
    }

    /// Opens a connection for one use, as the shop without a pool does.
    pub(crate) async fn connect(&self) -> Result<Threaded<Sqlite>, ManagerError> {
        Manage::create(&self.connections).await
    }

    /// Writes `order` into the database and returns its number.
    pub(crate) async fn insert(db: &mut Threaded<Sqlite>, order: Order) -> rusqlite::Result<i64> {
        db.run(move |db| {
            let values = (order.customer, order.amount);
            db.execute("INSERT INTO orders (customer, amount) VALUES (?, ?)", values)?;
            Ok(db.last_insert_rowid())
        })
        .await
    }

    /// Returns the number of connections that were opened.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Returns the numbers of all orders in the file.
    pub(crate) fn numbers(&self) -> Result<BTreeSet<i64>, Failure> {
        let db = self.file.create()?;
        let mut all = db.prepare("SELECT id FROM orders")?;
        Ok(all.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }
}
