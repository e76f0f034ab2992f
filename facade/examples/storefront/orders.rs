use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, Result};
use seawall::pooling::Manage;
use tokio::task::spawn_blocking;

use crate::order::Order;

/// The database of orders: a file, and what a pool has to know of connections to it.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    path: PathBuf,
    opened: Arc<AtomicU64>,
}

/// A connection. Its work is done on Tokio's threads for what blocks.
pub(crate) struct Db(
    /// `None` while it is there.
    Option<Connection>,
);

impl Orders {
    pub(crate) fn create(path: PathBuf) -> Result<Self> {
        let orders = Self { path, opened: Arc::default() };
        let db = orders.open()?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer, amount)", [])?;
        Ok(orders)
    }

    fn open(&self) -> Result<Connection> {
        let db = Connection::open(&self.path)?;
        db.busy_timeout(Duration::from_secs(5))?;
        // The file is thrown away in the end, so it need not outlive a power cut.
        db.pragma_update(None, "synchronous", "OFF")?;
        Ok(db)
    }

    /// Opens a connection for one use, as the shop without a pool does.
    pub(crate) async fn connect(&self) -> Result<Db> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let orders = self.clone();
        Ok(Db(Some(off_the_runtime(move || orders.open()).await?)))
    }

    /// How many connections were opened for use.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// The numbers of all orders in the file.
    pub(crate) fn numbers(&self) -> Result<BTreeSet<i64>> {
        let db = self.open()?;
        let mut all = db.prepare("SELECT id FROM orders")?;
        all.query_map([], |row| row.get(0))?.collect()
    }
}

impl Manage for Orders {
    type Resource = Db;
    type Error = rusqlite::Error;

    async fn create(&self) -> Result<Db> {
        self.connect().await
    }

    async fn check(&self, db: &mut Db) -> Result<()> {
        db.run(|db| db.query_row("SELECT 1", [], |_| Ok(()))).await
    }

    fn is_broken(&self, db: &Db) -> bool {
        db.0.is_none()
    }
}

impl Db {
    /// Writes `order` down; its number.
    pub(crate) async fn insert(&mut self, order: Order) -> Result<i64> {
        self.run(move |db| {
            let values = (order.customer, order.amount);
            db.execute("INSERT INTO orders (customer, amount) VALUES (?, ?)", values)?;
            Ok(db.last_insert_rowid())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let db = self.0.take().expect("the pool closes one whose work was cut short");
        let (db, result) = off_the_runtime(move || {
            let result = work(&db);
            (db, result)
        })
        .await;
        self.0 = Some(db);
        result
    }
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}
