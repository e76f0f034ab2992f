//! A disk that is read-only, full, read-only while it is full, and a folder that is removed, while a
//! service runs: a file system of its own, which needs no privileges where the kernel has user namespaces.

#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use seawall_core::{Clock, Component, Driver, Layer, Refusal, RefusalKind};
use seawall_journal::{JournalWriter, Query, SqliteJournal, WriterOptions};

const FOLDER: &str = "SEAWALL_TEST_FOLDER";

fn remount(folder: &Path, how: &str) -> bool {
    let options = format!("remount,{how}");
    let mounted = Command::new("mount").args(["-o", &options]).arg(folder).output();
    mounted.expect("there is a command for it").status.success()
}

/// Waits until the writer has found out about an error, or that there is none any more.
async fn wait(writer: &JournalWriter, is_so: impl Fn(Option<&str>) -> bool) {
    let clock = Clock::system();
    let end = clock.now() + Duration::from_secs(60);
    while !is_so(writer.status().error.as_deref()) {
        assert!(clock.now() < end, "{:?}", writer.status());
        tokio::task::yield_now().await;
    }
}

/// Not a test by itself: it changes how its own file system is mounted.
#[test]
#[ignore = "the other test starts it, with a file system of its own"]
fn writes_to_a_bad_disk() {
    let disk = PathBuf::from(env::var_os(FOLDER).expect("the other test starts it"));
    let (below, ballast) = (disk.join("below"), disk.join("ballast"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        assert!(remount(&disk, "ro"));
        let journal = SqliteJournal::open(below.join("journal.db")).await.expect("a thread");
        let options = WriterOptions::new().room(100, 200).batches(50, Duration::from_millis(1));
        let writer = JournalWriter::new(journal, options, Clock::system());
        let driver = Driver::new().with_clock(Clock::system()).with_observer(writer.clone());
        let _run = tokio::spawn(writer.run());
        let refuse = |count| {
            let layer = Layer::new(Component::CircuitBreaker, "payments");
            let refusal = Refusal::new(RefusalKind::CircuitOpen, &layer);
            (0..count).for_each(|_| driver.emit_refusal(&refusal));
        };
        let is_read_only = |error: Option<&str>| {
            error.is_some_and(|error| {
                let error = error.to_lowercase();
                error.contains("readonly") || error.contains("read-only")
            })
        };

        refuse(10);
        wait(&writer, is_read_only).await;
        assert!(remount(&disk, "rw"));
        writer.flush().await;
        assert_eq!((writer.status().written, writer.status().error), (10, None), "by itself");

        fs::write(&ballast, vec![1; 8 << 20]).expect_err("it is full before");
        refuse(1000);
        wait(&writer, |error| error.is_some_and(|error| error.contains("full"))).await;
        // Between two tries, the file is closed.
        while !remount(&disk, "ro") {
            tokio::task::yield_now().await;
        }
        wait(&writer, is_read_only).await;
        let lost = writer.status().lost;
        assert!(lost.calls >= 750 && lost.changes == 0, "{lost:?}");
        assert!(remount(&disk, "rw"));
        fs::remove_file(&ballast).expect("removed");
        writer.flush().await;
        let status = writer.status();
        assert_eq!((status.error, status.waiting, status.lost), (None, 0, lost));
        assert_eq!(status.written + lost.calls, 1010, "each event was written or counted");
        let told = Query::new().topic("events_lost").limit(10_000);
        let told = writer.journal().query(told).await.expect("it can be read").records;
        let told: u64 = told.iter().filter_map(|record| record.detail["calls"].as_u64()).sum();
        assert_eq!(told, lost.calls, "the journal says so too");

        fs::remove_dir_all(&below).expect("removed");
        refuse(5);
        writer.flush().await;
        let stats = writer.journal().stats().await.expect("it can be read");
        assert_eq!((stats.records, stats.set_aside.len()), (5, 0), "in a new file");
    });
}

#[test]
fn writing_goes_on_by_itself_whatever_was_wrong_with_the_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script]);
        command.env(FOLDER, folder.path());
        command
    };
    let mount = "mount -t tmpfs -o size=1m none \"$SEAWALL_TEST_FOLDER\"";
    let mounted = own(mount).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        println!("this kernel or container allows no mount of a file system");
        return;
    }
    let output = own(&format!("{mount} && exec \"$0\" \"$@\""))
        .arg(env::current_exe().expect("this one"))
        .args(["writes_to_a_bad_disk", "--exact", "--ignored"])
        .output()
        .expect("it starts");
    let (out, error) = (&output.stdout, &output.stderr);
    let shown = [out, error].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{shown:?}");
}
