//! A journal of Seawall's events that survives restarts.
//!
//! A [`JournalWriter`] is an observer: it takes events without ever making a call wait, and writes them
//! in batches to a [`Journal`]: [`SqliteJournal`], a file that any SQLite tool opens, [`MemoryJournal`], or
//! one of your own.
//!
//! ```
//! use seawall::{ConfigSource, Infrastructure};
//! use seawall_journal::{JournalWriter, Query, SqliteJournal, WriterOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("journal.db");
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let journal = SqliteJournal::open(path).await?;
//! let clock = seawall::Clock::fast();
//! let writer = JournalWriter::new(journal, WriterOptions::new(), clock.clone());
//! let settings = ConfigSource::new().toml_str("[breaker.payments]");
//! let infra = Infrastructure::builder()
//!     .config(settings)
//!     .clock(clock)
//!     .observer(writer.clone())
//!     .build()?;
//! let (works, last) = (writer.clone(), writer.clone());
//! infra.supervise("journal", move || works.run())?;
//! infra.at_shutdown("journal", move || async move {
//!     last.flush().await;
//!     Ok::<_, std::convert::Infallible>(())
//! });
//! tokio::spawn(infra.run());
//!
//! infra.component::<seawall::breaker::CircuitBreaker>("payments")?.force_open();
//! writer.flush().await;
//! let page = writer.journal().query(Query::new().topic("state_change")).await?;
//! assert_eq!(page.records[0].detail["to"], "forced_open");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # })
//! # }
//! ```

mod error;
mod journal;
mod key_hash;
#[cfg(feature = "laws")]
pub mod laws;
mod memory;
mod noted;
mod options;
mod query;
mod queue;
mod record;
#[cfg(feature = "remember")]
mod remember;
#[cfg(feature = "sqlite")]
mod sqlite;
mod wall;
mod writer;

pub use self::error::JournalError;
pub use self::journal::{Journal, JournalStats, Kept, Retention, SetAside};
pub use self::key_hash::hash_key;
pub use self::memory::MemoryJournal;
pub use self::options::WriterOptions;
pub use self::query::{Page, Query};
pub use self::queue::Lost;
pub use self::record::Record;
#[cfg(feature = "remember")]
pub use self::remember::{Remember, Restored};
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteJournal;
pub use self::writer::{JournalWriter, WriterStatus};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
