//! Real files, changed in the ways in which editors, volumes and programs change them.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use seawall_testkit::ManualClock;
use tempfile::TempDir;

use super::*;
use crate::config::Setting;

#[cfg(feature = "notify")]
mod events;
mod properties;

pub(super) const QUIET: Duration = Duration::from_millis(250);
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
pub(super) const EVERY: Duration = Duration::from_secs(30);

/// Keeps what it was offered: `v3` for a content with `v = 3`, or what is wrong with it.
pub(super) struct Offers {
    handled: Mutex<Option<ContentHash>>,
    applied: Mutex<Content>,
    log: Mutex<Vec<String>>,
}

impl ContentReceiver for Offers {
    fn handled(&self) -> Option<ContentHash> {
        *self.handled.lock().unwrap()
    }

    fn offer(&self, content: Content, _: Option<ContentHash>) {
        *self.handled.lock().unwrap() = Some(content.hash());
        let emptied = content.emptied_since(&self.applied.lock().unwrap());
        let said = match (emptied.first(), content.reader()) {
            (Some(problem), _) => problem.found.clone(),
            (None, Err(error)) => error.problems()[0].found.clone(),
            (None, Ok(reader)) => {
                *self.applied.lock().unwrap() = content;
                let version: Setting<u32> = Setting::count("v", "version");
                format!("v{}", reader.root().get(&version).unwrap_or_default())
            }
        };
        self.log.lock().unwrap().push(said);
    }
}

/// A file that is watched, in virtual time.
pub(super) struct Fixture {
    _folder: TempDir,
    pub(super) root: PathBuf,
    pub(super) file: PathBuf,
    pub(super) time: ManualClock,
    pub(super) offers: Arc<Offers>,
    pub(super) run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Fixture {
    /// Watches `file`, a path in a new folder that `prepare` fills.
    pub(super) fn new(file: &str, watch: Watch, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        prepare(&root);
        let file = root.join(file);
        let source = ConfigSource::new().file(&file);
        let (first, time) = (source.gather(), ManualClock::new());
        let offers = Arc::new(Offers {
            handled: Mutex::new(Some(first.hash())),
            applied: Mutex::new(first),
            log: Mutex::default(),
        });
        let engine = Arc::downgrade(&offers);
        let run = Box::pin(run(source, watch, time.clock(), engine));
        let mut fixture = Self { _folder: folder, root, file, time, offers, run };
        fixture.poll();
        fixture
    }

    /// Watches a file that has `v = 1`.
    pub(super) fn plain() -> Self {
        Self::new("seawall.toml", Watch::new().in_place(), |root| {
            fs::write(root.join("seawall.toml"), "v = 1\n").unwrap();
        })
    }

    fn poll(&mut self) {
        let ended = self.run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(ended.is_pending(), "it ends with its engine only");
    }

    /// Lets time pass, and everything happen that is due meanwhile.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.time.now() + time;
        while let Some(next) = self.time.next_sleeper().filter(|next| *next <= end) {
            self.time.advance_to(next);
            self.poll();
        }
        self.time.advance_to(end);
        self.poll();
    }

    /// Returns what was offered since the last time.
    pub(super) fn offered(&self) -> Vec<String> {
        std::mem::take(&mut self.offers.log.lock().unwrap())
    }

    /// Returns what was offered once everything has been seen and has settled.
    pub(super) fn settled(&mut self) -> Vec<String> {
        self.pass(EVERY + PATIENCE + EVERY);
        self.offered()
    }

    fn write(&self, content: &str) {
        fs::write(&self.file, content).unwrap();
    }
}

#[test]
fn a_changed_file_is_found_without_an_event_and_offered_once() {
    let mut fixture = Fixture::plain();
    assert_eq!(fixture.settled(), [""; 0], "nothing has changed");
    fixture.write("v = 2\n");
    assert_eq!(fixture.settled(), ["v2"]);
    fixture.write("v = 2\n");
    assert_eq!(fixture.settled(), [""; 0], "it was written, and is the same");
}

#[test]
fn a_content_is_offered_when_it_has_been_quiet_for_long_enough() {
    let mut fixture = Fixture::plain();
    fixture.write("v = 2\n");
    fixture.pass(EVERY);
    assert_eq!(fixture.offered(), [""; 0], "it was seen for the first time");
    fixture.pass(QUIET - Duration::from_nanos(1));
    assert_eq!(fixture.offered(), [""; 0]);
    fixture.pass(Duration::from_nanos(1));
    assert_eq!(fixture.offered(), ["v2"]);
}

#[test]
fn what_changes_back_is_not_offered() {
    let mut fixture = Fixture::plain();
    fixture.write("v = 2\n");
    fixture.pass(EVERY);
    fixture.write("v = 1\n");
    assert_eq!(fixture.settled(), [""; 0]);
}

#[test]
fn a_file_that_is_written_slowly_is_offered_whole() {
    let mut fixture = Fixture::plain();
    fixture.write("v");
    fixture.pass(EVERY);
    for half in ["v =", "", "v = ", "w = 1\nv = '"] {
        fixture.write(half);
        fixture.pass(PATIENCE / 2);
    }
    fixture.write("v = 2\n");
    assert_eq!(fixture.settled(), ["v2"]);
}

#[test]
fn a_file_that_stays_half_written_is_reported_once_per_content() {
    let mut fixture = Fixture::plain();
    let said = "not TOML: string values must be quoted, expected literal string";
    fixture.write("v = ");
    assert_eq!(fixture.settled(), [said]);
    assert_eq!(fixture.settled(), [""; 0], "it is the same");
    fixture.write("vv = ");
    assert_eq!(fixture.settled(), [said], "it is another one");
    fixture.write("v = 1\n");
    assert_eq!(fixture.settled(), ["v1"], "it is right again");
}

#[test]
fn an_emptied_file_is_refused_with_that_reason() {
    let mut fixture = Fixture::plain();
    fixture.write("");
    assert_eq!(fixture.settled(), ["the file is empty, and had settings before"]);
    fixture.write("v = 2\n");
    assert_eq!(fixture.settled(), ["v2"]);
}

#[test]
fn a_deleted_file_is_reported_once_and_found_again() {
    let mut fixture = Fixture::plain();
    fs::remove_file(&fixture.file).unwrap();
    assert_eq!(fixture.settled(), ["no such file"]);
    assert_eq!(fixture.settled(), [""; 0]);
    fixture.write("v = 2\n");
    assert_eq!(fixture.settled(), ["v2"]);
}

#[test]
fn an_editor_that_puts_the_old_file_aside_is_not_noticed() {
    let mut fixture = Fixture::plain();
    fs::rename(&fixture.file, fixture.root.join("seawall.toml~")).unwrap();
    fixture.pass(EVERY);
    fixture.write("");
    fixture.pass(QUIET);
    fixture.write("v = 2\n");
    assert_eq!(fixture.settled(), ["v2"]);
    let new = fixture.root.join(".seawall.toml.swp");
    fs::write(&new, "v = 3\n").unwrap();
    fs::rename(&new, &fixture.file).unwrap();
    assert_eq!(fixture.settled(), ["v3"]);
}

#[test]
fn a_folder_that_is_renamed_above_the_file_takes_its_place() {
    let mut fixture = Fixture::new("app/config/seawall.toml", Watch::new().in_place(), |root| {
        for (app, content) in [("app", "v = 1\n"), ("new", "v = 2\n")] {
            fs::create_dir_all(root.join(app).join("config")).unwrap();
            fs::write(root.join(app).join("config/seawall.toml"), content).unwrap();
        }
    });
    fs::rename(fixture.root.join("app"), fixture.root.join("old")).unwrap();
    fixture.pass(EVERY);
    fs::rename(fixture.root.join("new"), fixture.root.join("app")).unwrap();
    assert_eq!(fixture.settled(), ["v2"]);
    fs::rename(fixture.root.join("app"), fixture.root.join("gone")).unwrap();
    assert_eq!(fixture.settled(), ["no such file"]);
}

/// A volume as Kubernetes mounts a ConfigMap: a link to a link to a folder, which is swapped.
#[cfg(unix)]
mod volume {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Makes `version` the current one, as the kubelet does.
    fn publish(root: &Path, version: u32) {
        let (folder, link) = (format!("..v{version}"), root.join("..data_tmp"));
        fs::create_dir(root.join(&folder)).unwrap();
        fs::write(root.join(&folder).join("seawall.toml"), format!("v = {version}\n")).unwrap();
        symlink(&folder, &link).unwrap();
        fs::rename(&link, root.join("..data")).unwrap();
    }

    pub(super) fn mounted(watch: Watch) -> Fixture {
        Fixture::new("seawall.toml", watch, |root| {
            publish(root, 1);
            symlink("..data/seawall.toml", root.join("seawall.toml")).unwrap();
        })
    }

    pub(super) fn swap(root: &Path, version: u32) {
        publish(root, version);
        fs::remove_dir_all(root.join(format!("..v{}", version - 1))).unwrap();
    }

    #[test]
    fn each_swap_is_offered_once() {
        let mut fixture = mounted(Watch::new().in_place());
        for version in 2..5 {
            swap(&fixture.root, version);
            assert_eq!(fixture.settled(), [format!("v{version}")]);
        }
        assert_eq!(fixture.settled(), [""; 0]);
    }

    #[test]
    fn a_link_that_leads_nowhere_for_a_while_is_not_noticed() {
        let mut fixture = mounted(Watch::new().in_place());
        fs::remove_file(fixture.root.join("..data")).unwrap();
        symlink("..v2", fixture.root.join("..data")).unwrap();
        fixture.pass(EVERY);
        fs::create_dir(fixture.root.join("..v2")).unwrap();
        fixture.pass(QUIET);
        fs::write(fixture.root.join("..v2/seawall.toml"), "v = 2\n").unwrap();
        assert_eq!(fixture.settled(), ["v2"]);
    }
}

#[test]
fn it_ends_with_its_engine() {
    let Fixture { offers, mut run, time, .. } = Fixture::plain();
    drop(offers);
    time.advance(EVERY);
    assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

#[test]
fn a_thread_reads_unless_reading_in_place_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seawall.toml");
    fs::write(&file, "v = 1\n").unwrap();
    let reading_thread = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&reading_thread);
    let source = ConfigSource::new().file(&file).figment_with(move || {
        *seen.lock().unwrap() = Some(std::thread::current().id());
        figment::Figment::new()
    });
    let hash = source.gather().hash();
    for in_place in [true, false] {
        let content = ManualClock::new();
        let reading = read::gather(&source, in_place);
        let content = if in_place { content.block_on(reading) } else { wait_for(reading) };
        assert_eq!(content.hash(), hash);
        let here = Some(std::thread::current().id());
        assert_eq!(*reading_thread.lock().unwrap() == here, in_place);
    }
}

#[test]
fn a_source_that_panics_is_not_waited_for_in_vain() {
    let source = ConfigSource::new().figment_with(|| panic!("broken"));
    let reading = std::panic::AssertUnwindSafe(|| wait_for(read::gather(&source, false)).hash());
    assert!(std::panic::catch_unwind(reading).is_err());
}

/// Blocks this thread until other threads have completed `future`.
pub(super) fn wait_for<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);

    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(output) =
            future.as_mut().poll(&mut Context::from_waker(&waker))
        {
            return output;
        }
        std::thread::park();
    }
}
