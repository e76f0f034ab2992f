//! A disk that is full, by the kernel's own limit on the size of files, in a process of its own.

#![cfg(unix)]

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::SystemTime;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seawall_journal::{Journal, Record, SqliteJournal};

const PATH: &str = "SEAWALL_TEST_JOURNAL";

/// Not a test by itself: files of this process cannot be large.
#[test]
#[ignore = "the other test starts it, with the signal ignored that the limit raises"]
fn writes_to_a_disk_that_is_full_for_a_while() {
    let path = PathBuf::from(env::var_os(PATH).expect("the other test starts it"));
    let batch = |size: usize| -> Arc<[Record]> {
        let name = "x".repeat(1000);
        let one = Record::new(SystemTime::UNIX_EPOCH, "seawall.x.y", "circuit_breaker", &name);
        std::iter::repeat_n(one, size).collect()
    };
    let before = getrlimit(Resource::Fsize);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let journal = SqliteJournal::open(path).await.expect("a thread");
        let last = journal.store_batch(batch(10)).await.expect("there is room");
        assert_eq!(last, 10);
        let small = Rlimit { current: Some(200_000), ..before };
        setrlimit(Resource::Fsize, small).expect("it can be less");
        for _ in 0..3 {
            let full = journal.store_batch(batch(400)).await.expect_err("it is full");
            assert!(full.is_unavailable(), "{full}");
        }
        setrlimit(Resource::Fsize, before).expect("it can be as before");
        let last = journal.store_batch(batch(400)).await.expect("there is room again");
        assert_eq!(last, 410, "nothing of what failed was stored");
        let stats = journal.stats().await.expect("it can be read");
        assert_eq!((stats.records, stats.set_aside.len()), (410, 0));
    });
}

#[test]
fn writing_goes_on_when_there_is_room_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let ignoring = "trap '' XFSZ; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", ignoring])
        .arg(env::current_exe().expect("this one"))
        .args(["writes_to_a_disk_that_is_full_for_a_while", "--exact", "--ignored"])
        .env(PATH, folder.path().join("journal.db"))
        .output()
        .expect("there is a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
