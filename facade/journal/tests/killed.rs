//! A process that writes a journal is killed at random moments: whatever was stored is there.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::SystemTime;

use seawall_journal::{Journal, Query, Record, SqliteJournal};

const PATH: &str = "SEAWALL_TEST_JOURNAL";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// Not a test: what the process does that is killed. It prints the number of each batch once that is
/// stored.
#[test]
#[ignore = "it writes until it is killed"]
fn writes_until_it_is_killed() {
    let path = PathBuf::from(env::var_os(PATH).expect("the other test starts it"));
    block_on(async {
        let journal = SqliteJournal::open(path).await.expect("a thread");
        let mut out = std::io::stdout().lock();
        for size in (1..40).cycle() {
            let record = |nth| {
                let name = format!("component {nth}");
                Record::new(SystemTime::UNIX_EPOCH, "seawall.x.y", "circuit_breaker", &name)
            };
            let batch: Arc<[Record]> = (0..size).map(record).collect();
            let last = journal.store_batch(batch).await.expect("it stores records");
            writeln!(out, "stored {last}").and_then(|()| out.flush()).expect("it is read");
        }
    });
}

#[test]
fn what_was_stored_is_there_after_each_of_fifty_kills() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for kill in 0..50 {
        let mut child = Command::new(env::current_exe().expect("this one"))
            .args(["writes_until_it_is_killed", "--exact", "--ignored", "--nocapture"])
            .env(PATH, &path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        // The test runner writes lines of its own.
        let mut stored = lines.filter_map(|line| {
            let line = line.ok()?;
            Some(line.strip_prefix("stored ")?.parse::<u64>().expect("a number"))
        });
        let batches = usize::try_from(seed % 30).expect("it is small");
        let known = stored.by_ref().nth(batches).expect("it stores batches");
        child.kill().expect("it runs");
        let known = stored.last().unwrap_or(known);
        child.wait().expect("it was killed");
        block_on(async {
            let journal = SqliteJournal::open(&path).await.expect("a thread");
            let stats = journal.stats().await.expect("it can be read");
            assert_eq!(stats.set_aside, [], "after kill {kill}");
            assert!(stats.last_number >= known, "{known} was stored, {stats:?} after kill {kill}");
            assert_eq!(stats.records, stats.last_number, "no gap after kill {kill}");
            let page = journal.query(Query::new().after(known - 1).limit(1)).await;
            let found = page.expect("it can be read").records[0].number;
            assert_eq!(found, known, "after kill {kill}");
        });
    }
}
