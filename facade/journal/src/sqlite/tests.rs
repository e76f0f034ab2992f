use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use proptest::prelude::*;
use rusqlite::Connection;

use super::store::Store;
use crate::{JournalError, Query, Record, Retention};

mod in_use;

fn record(nth: usize) -> Record {
    let name = format!("component {nth}");
    let mut record = Record::new(SystemTime::UNIX_EPOCH, "seawall.x.y", "circuit_breaker", &name);
    record.detail.insert("cause".to_owned(), "x".repeat(nth % 300).into());
    record
}

fn records(count: usize) -> Vec<Record> {
    (0..count).map(record).collect()
}

struct Fixture {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        Self { folder, path }
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn store(&self) -> Store {
        Store::new(self.path.clone())
    }

    /// The content of a journal with some records.
    fn content(&self, count: usize) -> Vec<u8> {
        let mut store = self.store();
        store.insert(&records(count)).expect("it stores records");
        drop(store);
        fs::read(&self.path).expect("it was closed")
    }
}

fn count(store: &mut Store) -> usize {
    let query = Query::new().limit(10_000);
    store.query(&query).expect("it can be read").records.len()
}

/// Opens the file, whatever is in it: it has all `stored` records, or was set aside as it was. Then it
/// takes more.
fn opens_or_sets_aside(fixture: &Fixture, stored: usize) -> Result<(), TestCaseError> {
    let before = fs::read(&fixture.path).expect("it is there");
    let mut store = fixture.store();
    let last = store.insert(&records(1)).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let found = count(&mut store);
    let aside = store.stats().expect("it can be read").set_aside;
    match &aside[..] {
        [] => {
            prop_assert_eq!(found, stored + 1);
            prop_assert!(last > stored as u64);
        }
        [aside] => {
            prop_assert!(found <= 1, "{:?}", aside.reason);
            prop_assert!(store.insert(&records(1)).is_ok());
            let kept = fs::read(&aside.path).expect("it is there");
            // A record that is torn is found after others were added to the file.
            prop_assert!(kept.len() >= before.len(), "{:?}", aside.reason);
        }
        more => prop_assert!(false, "{more:?}"),
    }
    Ok(())
}

#[test]
fn records_are_there_after_it_was_closed() {
    let fixture = Fixture::new();
    let mut store = fixture.store();
    assert_eq!(store.insert(&records(3)).expect("it stores records"), 3);
    drop(store);
    let mut store = fixture.store();
    assert_eq!(count(&mut store), 3);
    assert_eq!(store.insert(&records(2)).expect("it stores records"), 5);
    assert!(store.stats().expect("it can be read").set_aside.is_empty());
}

#[test]
fn a_closed_journal_is_one_file_and_stays_closed() {
    let fixture = Fixture::new();
    let mut store = fixture.store();
    store.insert(&records(3)).expect("it stores records");
    store.close();
    let files = fs::read_dir(fixture.folder.path()).expect("a folder").count();
    assert_eq!(files, 1);
    for _ in 0..2 {
        assert!(store.insert(&records(1)).is_err_and(|error| error.is_closed()));
    }
    assert_eq!(count(&mut fixture.store()), 3);
}

#[test]
fn what_is_no_journal_is_set_aside_and_kept() {
    let other = Fixture::new();
    let database = Connection::open(&other.path).expect("a database");
    database.execute_batch("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)").expect("a table");
    drop(database);
    let later = Fixture::new();
    later.content(3);
    let database = Connection::open(&later.path).expect("a database");
    database.pragma_update(None, "user_version", 2).expect("a number");
    drop(database);
    let text = Fixture::new();
    fs::write(&text.path, "a short note").expect("written");
    let empty = Fixture::new();
    fs::write(&empty.path, "").expect("written");
    let changed = Fixture::new();
    changed.content(3);
    let database = Connection::open(&changed.path).expect("a database");
    database.execute_batch("ALTER TABLE events RENAME COLUMN name TO title").expect("a column");
    drop(database);
    for (fixture, reason) in [
        (other, "it is a database of another program"),
        (later, "a later version of the journal wrote it: 2, not 1"),
        (text, "it is no file of SQLite"),
        (empty, "it is empty"),
        (changed, "its tables are not those of a journal"),
    ] {
        let before = fs::read(&fixture.path).expect("it is there");
        let mut store = fixture.store();
        assert_eq!(store.insert(&records(1)).expect("it stores records"), 1);
        let aside = store.stats().expect("it can be read").set_aside;
        let [aside] = &aside[..] else { panic!("{aside:?}") };
        assert_eq!(aside.reason, reason);
        assert_eq!(aside.path, fixture.folder.path().join("journal.db.set-aside-1"));
        assert_eq!(fs::read(&aside.path).expect("it is there"), before, "{reason}");
        drop(store);
        fs::write(&fixture.path, "again").expect("written");
        let mut store = fixture.store();
        store.insert(&records(1)).expect("it stores records");
        let aside = store.stats().expect("it can be read").set_aside;
        assert_eq!(aside[0].path, fixture.folder.path().join("journal.db.set-aside-2"));
    }
}

#[test]
fn a_file_cut_at_any_length_is_set_aside() {
    let fixture = Fixture::new();
    let content = fixture.content(40);
    let lengths = (0..content.len()).step_by(509).chain(content.len() - 20..content.len());
    for length in lengths {
        let cut = Fixture::new();
        fs::write(&cut.path, &content[..length]).expect("written");
        let mut store = cut.store();
        assert_eq!(store.insert(&records(1)).expect("it stores records"), 1, "{length} bytes");
        assert_eq!(store.stats().expect("it can be read").set_aside.len(), 1, "{length} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn flipped_bytes_lose_nothing_silently(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..6)
    ) {
        let fixture = Fixture::new();
        let mut content = fixture.content(40);
        for (at, by) in flips {
            let at = at.index(content.len());
            content[at] ^= by;
        }
        fs::write(&fixture.path, content).expect("written");
        opens_or_sets_aside(&fixture, 40)?;
    }

    #[test]
    fn random_content_is_never_taken_for_a_journal(
        content in prop::collection::vec(any::<u8>(), 0..5000), with_header in any::<bool>()
    ) {
        let fixture = Fixture::new();
        let header: &[u8] = if with_header { b"SQLite format 3\0" } else { b"" };
        fs::write(&fixture.path, [header, &content].concat()).expect("written");
        opens_or_sets_aside(&fixture, usize::MAX)?;
    }
}

#[test]
fn a_removed_file_or_folder_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let below = folder.path().join("below");
    let mut store = Store::new(below.join("journal.db"));
    store.insert(&records(2)).expect("the folder is made");
    fs::remove_dir_all(&below).expect("removed");
    assert_eq!(store.insert(&records(1)).expect("it stores records"), 1);
    fs::remove_file(below.join("journal.db")).expect("removed");
    fs::remove_file(below.join("journal.db-wal")).ok();
    fs::remove_file(below.join("journal.db-shm")).ok();
    assert_eq!(store.insert(&records(1)).expect("it stores records"), 1);
    assert_eq!(count(&mut store), 1);
}

#[test]
fn a_place_that_cannot_be_used_is_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, "a file where the folder should be").expect("written");
    let mut store = Store::new(blocked.join("journal.db"));
    let error = store.insert(&records(1)).expect_err("there is no folder");
    assert!(error.is_unavailable(), "{error}");
    assert!(error.to_string().contains("blocked/journal.db"), "{error}");
    fs::remove_file(&blocked).expect("removed");
    assert_eq!(store.insert(&records(1)).expect("it stores records"), 1);
}

#[test]
fn a_full_disk_is_an_error_and_nothing_of_the_batch_is_stored() {
    let fixture = Fixture::new();
    let mut store = fixture.store();
    store.insert(&records(10)).expect("it stores records");
    store.limit_pages(Some(12));
    let full = (0..200).find_map(|_| store.insert(&records(20)).err()).expect("it is full");
    assert!(full.is_unavailable() && full.to_string().contains("full"), "{full}");
    let before = count(&mut store);
    assert_eq!(before % 20, 10, "whole batches");
    store.insert(&records(500)).expect("there is room again, in a file that is opened anew");
    assert_eq!(count(&mut store), before + 500);
}

#[test]
fn pruning_keeps_the_file_small() {
    let fixture = Fixture::new();
    let mut store = fixture.store();
    for _ in 0..20 {
        store.insert(&records(1000)).expect("it stores records");
    }
    let retention = Retention::everything().max_bytes(1 << 20);
    let removed =
        store.prune(&retention, SystemTime::UNIX_EPOCH, u64::MAX).expect("it can be pruned");
    let stats = store.stats().expect("it can be read");
    assert!(removed > 1000 && stats.records > 1000, "{removed} {stats:?}");
    assert!(stats.bytes.is_some_and(|bytes| bytes <= 1 << 20), "{stats:?}");
    assert_eq!(stats.last_number, 20_000);
    let first = store.query(&Query::new().limit(1)).expect("it can be read").records[0].number;
    assert_eq!(first, removed + 1, "the oldest");
    store.close();
    let size = fs::metadata(&fixture.path).expect("it is there").len();
    assert!(size <= 1 << 20, "{size} bytes on the disk");
}

#[test]
fn a_person_can_read_it() {
    let fixture = Fixture::new();
    let mut store = fixture.store();
    store.insert(&records(1)).expect("it stores records");
    let database = Connection::open(&fixture.path).expect("a database");
    let line: (String, String) = database
        .query_row("SELECT at, name FROM journal", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("a row");
    assert_eq!(line, ("1970-01-01 00:00:00.000".to_owned(), "component 0".to_owned()));
    let mode: String =
        database.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("wal");
    assert_eq!(mode, "wal");
}

#[test]
fn errors_say_which_file() {
    let error: JournalError = Store::new(PathBuf::from("/proc/none/journal.db"))
        .insert(&records(1))
        .expect_err("nothing can be made there");
    assert!(error.to_string().starts_with("the journal /proc/none/journal.db: "), "{error}");
    assert!(Path::new("/proc").exists());
}

#[test]
fn a_record_that_could_not_be_read_again_is_refused() {
    let fixture = Fixture::new();
    let mut store = fixture.store();
    for (depth, is_stored) in [(100, true), (1000, false)] {
        let nested = (0..depth).fold(serde_json::Value::Null, |value, _| vec![value].into());
        let mut record = record(1);
        record.detail.insert("nested".to_owned(), nested);
        let stored = store.insert(&[record]);
        assert_eq!(stored.is_ok(), is_stored, "{depth}: {stored:?}");
        if let Err(error) = stored {
            assert!(!error.is_unavailable(), "it never succeeds: {error}");
        }
        assert_eq!(count(&mut store), 1, "{depth}");
    }
    let mut large = record(1);
    large.detail.insert("cause".to_owned(), "x".repeat(17 << 20).into());
    let error = store.insert(&[record(2), large]).expect_err("it is too large");
    assert!(!error.is_unavailable() && error.to_string().contains("bytes, more than"), "{error}");
    assert_eq!(count(&mut store), 1, "nothing of the batch");
    assert_eq!(store.stats().expect("it can be read").set_aside, []);
}

#[test]
fn numbers_and_sizes_that_no_journal_writes_are_torn() {
    let changes = [
        "UPDATE sqlite_sequence SET seq = 9223372036854775807",
        "CREATE UNIQUE INDEX one ON events (topic)",
    ];
    for change in changes {
        let fixture = Fixture::new();
        fixture.content(1);
        Connection::open(&fixture.path)
            .expect("a database")
            .execute_batch(change)
            .expect("changed");
        let mut store = fixture.store();
        assert_eq!(store.insert(&records(1)).expect("it stores records"), 1, "{change}");
        assert_eq!(store.stats().expect("it can be read").set_aside.len(), 1, "{change}");
    }
}
