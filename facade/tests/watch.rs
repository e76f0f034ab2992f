//! Changes of real files, found by the background work and applied to what runs.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use seawall::breaker::CircuitBreaker;
use seawall::{ConfigSource, Infrastructure, Topic, Watch};
use seawall_testkit::{ManualClock, Recorder};
use tempfile::TempDir;

/// Longer than a look, the quiet after it, and the patience with a file that may be half written.
const SETTLED: Duration = Duration::from_secs(70);

/// A time after which a look is due soon, whether the file system reports anything or not, and one that
/// the look is in, less than the patience with a file that may be half written.
const BEFORE_A_LOOK: Duration = Duration::from_secs(29);
const PAST_IT: Duration = Duration::from_millis(1500);

struct Fixture {
    _folder: TempDir,
    root: PathBuf,
    file: PathBuf,
    time: ManualClock,
    recorder: Recorder,
    infra: Infrastructure,
    run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

fn settings(failures: u32) -> String {
    format!("[breaker.cards]\nfailures = {failures}\n[protection.charge]\nbreaker = 'cards'\n")
}

impl Fixture {
    /// Runs by `file`, in a folder that `prepare` fills.
    fn new(file: &str, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = fs::canonicalize(folder.path()).expect("it is there");
        prepare(&root);
        let file = root.join(file);
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let infra = Infrastructure::builder()
            .config(ConfigSource::new().file(&file))
            .clock(time.clock())
            .observer(recorder.clone())
            .watch(Watch::new().in_place())
            .build()
            .expect("valid");
        let run = Box::pin(infra.run());
        let mut fixture = Self { _folder: folder, root, file, time, recorder, infra, run };
        fixture.pass(Duration::ZERO);
        fixture
    }

    fn plain() -> Self {
        Self::new("seawall.toml", |root| {
            fs::write(root.join("seawall.toml"), settings(1)).expect("written");
        })
    }

    fn write(&self, content: &str) {
        fs::write(&self.file, content).expect("written");
    }

    fn pass(&mut self, time: Duration) {
        let end = self.time.now() + time;
        let mut cx = Context::from_waker(Waker::noop());
        while let Some(next) = self.time.next_sleeper().filter(|next| *next <= end) {
            self.time.advance_to(next);
            assert!(self.run.as_mut().poll(&mut cx).is_pending());
        }
        self.time.advance_to(end);
        assert!(self.run.as_mut().poll(&mut cx).is_pending());
    }

    /// Lets everything settle; returns the version, whether it is stale, and what was reported.
    fn settle(&mut self) -> (u64, bool, Vec<Topic>) {
        self.pass(SETTLED);
        let status = self.infra.config_status();
        let reports = self.recorder.take().into_iter().map(|event| event.topic);
        let reports =
            reports.filter(|topic| matches!(topic, Topic::ConfigReloaded | Topic::ConfigRejected));
        (status.version().number(), status.is_stale(), reports.collect())
    }

    /// Returns the number of failures that opens the circuit now.
    fn failures(&self) -> u32 {
        let breaker: CircuitBreaker = self.infra.component("cards").expect("configured");
        breaker.reset();
        let fail = |_: &u32| breaker.execute_blocking(|| Err::<(), _>("down")).is_err();
        let open = (1..100).filter(fail).find(|_| breaker.status().retry_after.is_some());
        breaker.reset();
        open.expect("it opens")
    }
}

#[test]
fn a_changed_file_is_applied_once() {
    let mut fixture = Fixture::plain();
    assert_eq!(fixture.settle(), (1, false, vec![]));
    fixture.write(&settings(2));
    assert_eq!(fixture.settle(), (2, false, vec![Topic::ConfigReloaded]));
    assert_eq!(fixture.failures(), 2);
    assert_eq!(fixture.settle(), (2, false, vec![]));
}

#[test]
fn a_wrong_file_is_reported_once_per_content_and_stale_until_it_is_right() {
    let mut fixture = Fixture::plain();
    for wrong in ["failures = ", "[breaker.cards]\nfailures = 0", ""] {
        fixture.write(wrong);
        assert_eq!(fixture.settle(), (1, true, vec![Topic::ConfigRejected]), "{wrong:?}");
        assert_eq!(fixture.settle(), (1, true, vec![]), "{wrong:?}");
        assert_eq!(fixture.failures(), 1, "the running version goes on");
    }
    let status = fixture.infra.config_status();
    let said = status.rejected().expect("it is stale").error().to_string();
    assert!(
        said.ends_with("the file is empty, and had settings before; expected settings"),
        "{said}"
    );
    fixture.write(&settings(1));
    assert_eq!(fixture.settle(), (1, false, vec![Topic::ConfigReloaded]));
}

#[test]
fn a_deleted_file_is_reported_once_and_the_running_version_goes_on() {
    let mut fixture = Fixture::plain();
    fs::remove_file(&fixture.file).expect("it was there");
    assert_eq!(fixture.settle(), (1, true, vec![Topic::ConfigRejected]));
    assert_eq!(fixture.settle(), (1, true, vec![]));
    fixture.write(&settings(3));
    assert_eq!(fixture.settle(), (2, false, vec![Topic::ConfigReloaded]));
    assert_eq!(fixture.failures(), 3);
}

#[test]
fn a_file_that_is_half_written_is_applied_whole() {
    let mut fixture = Fixture::plain();
    let whole = settings(4);
    fixture.pass(BEFORE_A_LOOK);
    fixture.write("");
    fixture.pass(PAST_IT);
    for end in [20, 40, whole.len()] {
        fixture.write(&whole[..end]);
        fixture.pass(Duration::from_millis(200));
    }
    assert_eq!(fixture.settle(), (2, false, vec![Topic::ConfigReloaded]));
    assert_eq!(fixture.failures(), 4);
}

#[test]
fn an_editors_rename_is_applied_once() {
    let mut fixture = Fixture::plain();
    let new = fixture.root.join(".seawall.toml.swp");
    fs::write(&new, settings(5)).expect("written");
    fixture.pass(BEFORE_A_LOOK);
    fs::rename(&fixture.file, fixture.root.join("seawall.toml~")).expect("it was there");
    fixture.pass(PAST_IT);
    fs::rename(&new, &fixture.file).expect("it was there");
    assert_eq!(fixture.settle(), (2, false, vec![Topic::ConfigReloaded]));
    assert_eq!(fixture.failures(), 5);
}

#[test]
fn a_folder_renamed_above_the_file_takes_its_place() {
    let mut fixture = Fixture::new("app/conf/seawall.toml", |root| {
        for (app, failures) in [("app", 1), ("new", 6)] {
            let folder = root.join(app).join("conf");
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("seawall.toml"), settings(failures)).expect("written");
        }
    });
    fixture.pass(BEFORE_A_LOOK);
    fs::rename(fixture.root.join("app"), fixture.root.join("old")).expect("it was there");
    fixture.pass(PAST_IT);
    fs::rename(fixture.root.join("new"), fixture.root.join("app")).expect("it was there");
    assert_eq!(fixture.settle(), (2, false, vec![Topic::ConfigReloaded]));
    assert_eq!(fixture.failures(), 6);
}

#[cfg(unix)]
#[test]
fn a_mounted_volume_that_is_swapped_is_applied_once() {
    use std::os::unix::fs::symlink;

    /// Makes `version` the current one, as the kubelet does with a ConfigMap.
    fn publish(root: &Path, version: u32) {
        let (folder, link) = (format!("..v{version}"), root.join("..data_tmp"));
        fs::create_dir(root.join(&folder)).expect("a folder");
        fs::write(root.join(&folder).join("seawall.toml"), settings(version)).expect("written");
        symlink(&folder, &link).expect("a link");
        fs::rename(&link, root.join("..data")).expect("it was there");
    }

    let mut fixture = Fixture::new("seawall.toml", |root| {
        publish(root, 1);
        symlink("..data/seawall.toml", root.join("seawall.toml")).expect("a link");
    });
    for version in 2..5_u32 {
        publish(&fixture.root, version);
        let old = fixture.root.join(format!("..v{}", version - 1));
        fs::remove_dir_all(old).expect("it was there");
        assert_eq!(fixture.settle(), (version.into(), false, vec![Topic::ConfigReloaded]));
        assert_eq!(fixture.failures(), version);
    }
}

#[test]
fn what_code_has_reloaded_already_is_not_applied_again() {
    let mut fixture = Fixture::plain();
    fixture.write(&settings(7));
    let applied = fixture.infra.reload().expect("valid");
    assert_eq!(applied.version().number(), 2);
    assert_eq!(fixture.settle(), (2, false, vec![Topic::ConfigReloaded]));
    fixture.write("x");
    fixture.infra.reload().expect_err("wrong");
    assert_eq!(fixture.settle(), (2, true, vec![Topic::ConfigRejected]));
}

#[test]
fn the_background_work_ends_when_everything_is_closed() {
    let mut fixture = Fixture::plain();
    fixture.infra.close();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(fixture.run.as_mut().poll(&mut cx).is_ready());
}
