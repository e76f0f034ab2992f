//! The journal's file: whatever is in it, all records are there, or the file was set aside. Nothing panics.

#![no_main]

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use libfuzzer_sys::fuzz_target;
use seawall_core::Clock;
use seawall_journal::{Journal, Query, Record, SqliteJournal};

const STORED: usize = 40;

/// The content of a journal with some records.
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = folder();
    let path = folder.path().join("journal.db");
    Clock::system().block_on(async {
        let journal = SqliteJournal::open(&path).await.expect("a thread");
        journal.store_batch((0..STORED).map(record).collect()).await.expect("it stores records");
        // The thread closes the file some time after this.
        journal.close().await;
    });
    fs::read(&path).expect("it is there")
});

fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a folder")
}

fn record(nth: usize) -> Record {
    let name = format!("component {nth}");
    let mut record = Record::new(SystemTime::UNIX_EPOCH, "seawall.x.y", "circuit_breaker", &name);
    record.detail.insert("cause".to_owned(), "x".repeat(nth * 7).into());
    record
}

/// Changes to the content: bytes that flip, a length that it is cut to, bytes in place of others, or others
/// altogether.
type Input<'a> = (u8, Vec<(u16, u8)>, u16, &'a [u8]);

fuzz_target!(|input: Input<'_>| {
    let (kind, flips, at, bytes) = input;
    let mut content = WHOLE.clone();
    let at = usize::from(at) % content.len();
    match kind % 5 {
        0 => content.truncate(at),
        1 => {
            let end = (at + bytes.len()).min(content.len());
            content[at..end].copy_from_slice(&bytes[..end - at]);
        }
        2 => content = bytes.to_vec(),
        3 => content = [b"SQLite format 3\0", bytes].concat(),
        _ => (),
    }
    if content.is_empty() {
        return;
    }
    for (at, by) in flips {
        let at = usize::from(at) % content.len();
        content[at] ^= by;
    }
    let is_whole = content == *WHOLE;
    let folder = folder();
    let path = folder.path().join("journal.db");
    fs::write(&path, &content).expect("written");
    Clock::system().block_on(async {
        let journal = SqliteJournal::open(&path).await.expect("a thread");
        let one: Arc<[Record]> = Arc::new([record(0)]);
        journal.store_batch(Arc::clone(&one)).await.expect("it stores records");
        let query = || journal.query(Query::new().limit(10_000));
        let found = query().await.expect("it can be read").records.len();
        let aside = journal.stats().await.expect("it can be read").set_aside;
        match &aside[..] {
            [] => assert_eq!(found, STORED + 1),
            [aside] => {
                assert!(!is_whole && found <= 1, "{aside:?}");
                let kept = fs::metadata(&aside.path).expect("it is kept").len();
                assert!(kept >= content.len() as u64, "{aside:?}");
            }
            more => panic!("{more:?}"),
        }
        journal.store_batch(one).await.expect("it goes on");
        journal.close().await;
    });
});
