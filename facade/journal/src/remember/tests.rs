use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use seawall::breaker::CircuitBreaker;
use seawall::{Builder, ConfigSource};
use seawall_testkit::ManualClock;

use super::*;
use crate::{JournalStats, MemoryJournal, Page, Query, Record, Retention};

const SETTINGS: &str = r#"
    [breaker.payments]
    failures = 2
    window = "60s"
    reset_after = "30s"
    remember = true
    [breaker.mails]
    failures = 1
    [bulkhead.all]
    max_concurrent = 5
    remember = true
    [breaker.all]
    failures = 1
"#;

const SECOND: Duration = Duration::from_secs(1);

struct Process {
    time: ManualClock,
    infra: Infrastructure,
    remember: Remember,
}

fn start(journal: &Arc<MemoryJournal>) -> Process {
    start_with(Arc::clone(journal) as _, |builder| builder)
}

fn start_with(journal: Arc<dyn Journal>, with: impl FnOnce(Builder) -> Builder) -> Process {
    let time = ManualClock::new();
    let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS));
    let infra = with(builder.clock(time.clock())).build().expect("valid settings");
    let remember = Remember::new(&infra, journal);
    Process { time, infra, remember }
}

/// Keeps a value as another version or a person may have written it.
fn keep(journal: &MemoryJournal, name: &str, json: &str) {
    let value = Kept { at_ns: nanos(at(0)), json: json.to_owned() };
    ManualClock::new().block_on(journal.keep(name.to_owned(), value)).expect("it is kept");
}

/// Returns what the journal says of what was not restored.
fn told(journal: &MemoryJournal) -> Vec<String> {
    let query = journal.query(Query::new().topic("not_restored"));
    let records = ManualClock::new().block_on(query).expect("it can be read").records;
    let told = |record: Record| {
        format!("{}.{}: {}", record.component, record.name, record.detail["reason"])
    };
    records.into_iter().map(told).collect()
}

impl Process {
    fn breaker(&self, name: &str) -> CircuitBreaker {
        self.infra.component(name).expect("configured")
    }

    fn fail(&self, name: &str) {
        self.breaker(name).execute_blocking(|| Err::<(), _>("down")).expect_err("down");
    }

    fn save(&self, at: SystemTime) {
        self.time.block_on(self.remember.save_at(at)).expect("it is kept");
    }

    fn restore(&self, at: SystemTime) -> Vec<Restored> {
        self.time.block_on(self.remember.restore_at(at)).expect("it can be read")
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

#[test]
fn an_open_circuit_stays_open_for_what_is_left_of_its_time() {
    let journal = Arc::new(MemoryJournal::new());
    let before = start(&journal);
    before.fail("payments");
    before.fail("payments");
    before.fail("mails");
    before.save(at(0));
    let after = start(&journal);
    let restored = after.restore(at(10));
    let [payments] = &restored[..] else { panic!("{restored:?}") };
    assert_eq!((payments.layer.name().as_str(), payments.age), ("payments", 10 * SECOND));
    assert_eq!(payments.state.as_deref(), Some("open"));
    assert_eq!(after.breaker("payments").status().retry_after, Some(20 * SECOND));
    assert_eq!(after.breaker("mails").status().retry_after, None, "it is not remembered");
}

#[test]
fn failures_within_the_window_count_after_a_restart() {
    let journal = Arc::new(MemoryJournal::new());
    let before = start(&journal);
    before.fail("payments");
    before.save(at(0));
    let after = start(&journal);
    after.restore(at(10));
    after.fail("payments");
    assert!(after.breaker("payments").status().retry_after.is_some(), "it is the second one");
    let later = start(&journal);
    later.restore(at(70));
    later.fail("payments");
    assert_eq!(later.breaker("payments").status().retry_after, None, "the first one is too old");
}

#[test]
fn what_is_too_old_is_not_restored_but_manual_control_without_an_end_is() {
    let journal = Arc::new(MemoryJournal::new());
    let before = start(&journal);
    before.fail("payments");
    before.fail("payments");
    let control = || before.infra.control("ana", "maintenance");
    control().bulkhead("all").resize(2).expect("it can be resized");
    before.save(at(0));
    let after = start(&journal);
    let restored = after.restore(at(3601));
    let [all] = &restored[..] else { panic!("{restored:?}") };
    assert_eq!(all.layer.name().as_str(), "all");
    assert_eq!(all.control, ["resize by ana: maintenance"]);
    let statuses = after.infra.components();
    let all = statuses.iter().find(|status| status.layer == all.layer).expect("it runs");
    assert_eq!(all.reading("max_concurrent"), Some(2));
}

#[test]
fn manual_control_goes_on_for_what_is_left_of_its_time() {
    let journal = Arc::new(MemoryJournal::new());
    let before = start(&journal);
    let control = || before.infra.control("ana", "maintenance").breaker("payments");
    control().expires_after(60 * SECOND).force_open().expect("it can be forced");
    before.save(at(0));
    let after = start(&journal);
    after.restore(at(20));
    let statuses = after.infra.components();
    let status = statuses.iter().find(|status| status.state == "forced_open").expect("it is");
    assert_eq!(status.control[0].expires_in, Some(40 * SECOND));
    assert_eq!((&*status.control[0].by, &*status.control[0].reason), ("ana", "maintenance"));
    let late = start(&journal);
    assert!(late.restore(at(61)).is_empty(), "its time is over");
}

#[test]
fn only_what_has_changed_is_kept_again() {
    let journal = Arc::new(MemoryJournal::new());
    let process = start(&journal);
    process.save(at(0));
    let kept = || {
        let kept = process.time.block_on(journal.kept("circuit_breaker.payments".to_owned()));
        kept.expect("it can be read").expect("it was kept").at_ns
    };
    let first = kept();
    process.time.advance(10 * SECOND);
    process.save(at(10));
    assert_eq!(kept(), first, "only time has passed");
    process.fail("payments");
    process.save(at(20));
    let second = kept();
    assert!(second > first);
    process.save(at(20 + 3600 / 4));
    assert!(kept() > second, "it would seem too old after a restart");
}

#[test]
fn what_cannot_be_read_is_not_restored_and_reported() {
    let forms = [
        ("{", "cannot be read"),
        ("{\"circuit\": {\"state\": \"ajar\"}}", "cannot be read"),
        (
            "{\"circuit\": {\"state\": \"open\", \"open_for\": {\"secs\": 1, \"nanos\": -1}}}",
            "cannot be read",
        ),
        (
            "{\"circuit\": {\"state\": \"closed\", \"open_for\": {\"secs\": 99, \"nanos\": 0}}}",
            "open circuits only",
        ),
        (
            "{\"control\": [{\"action\": \"explode\", \"by\": \"ana\", \"reason\": \"\"}]}",
            "`explode` by ana: this version does not know it",
        ),
        (
            "{\"control\": [{\"action\": \"resize\", \"by\": \"ana\", \"reason\": \"\", \"limit\": 3}]}",
            "`resize` by ana: ",
        ),
    ];
    for (json, reason) in forms {
        let journal = Arc::new(MemoryJournal::new());
        let process = start(&journal);
        keep(&journal, "circuit_breaker.payments", json);
        assert!(process.restore(at(1)).is_empty() || reason.starts_with('`'), "{json}");
        let told = told(&journal);
        let [told] = &told[..] else { panic!("{json}: {told:?}") };
        assert!(told.starts_with("circuit_breaker.payments: ") && told.contains(reason), "{told}");
    }
}

#[test]
fn a_circuit_that_is_too_old_is_reported_unless_it_is_as_a_new_one() {
    let journal = Arc::new(MemoryJournal::new());
    let before = start(&journal);
    before.save(at(0));
    assert!(start(&journal).restore(at(4000)).is_empty());
    assert_eq!(told(&journal), [""; 0]);
    before.fail("payments");
    before.save(at(0));
    start(&journal).restore(at(4000));
    assert_eq!(told(&journal), ["circuit_breaker.payments: \"the circuit was kept 4000 s ago\""]);
}

#[test]
fn the_state_of_a_circuit_that_was_kept_for_a_bulkhead_changes_no_breaker_of_that_name() {
    let journal = Arc::new(MemoryJournal::new());
    let process = start(&journal);
    let open = "{\"circuit\": {\"state\": \"open\", \"open_for\": {\"secs\": 30, \"nanos\": 0}}}";
    keep(&journal, "bulkhead.all", open);
    assert!(process.restore(at(1)).is_empty());
    assert_eq!(process.breaker("all").status().retry_after, None);
    assert_eq!(told(&journal).len(), 1);
}

#[test]
fn a_clock_that_was_set_back_lengthens_no_time() {
    let journal = Arc::new(MemoryJournal::new());
    let before = start(&journal);
    before.fail("payments");
    before.fail("payments");
    let control = before.infra.control("ana", "maintenance").bulkhead("all");
    control.expires_after(60 * SECOND).resize(2).expect("it can be resized");
    before.save(at(3000));
    let after = start(&journal);
    after.restore(at(0));
    assert_eq!(after.breaker("payments").status().retry_after, Some(30 * SECOND));
    let statuses = after.infra.components();
    let all = statuses.iter().find(|status| !status.control.is_empty()).expect("it is resized");
    assert_eq!(all.control[0].expires_in, Some(60 * SECOND));
    before.save(at(10_000));
    let after = start(&journal);
    after.restore(at(0));
    assert_eq!(after.breaker("payments").status().retry_after, None, "it may be of any age");
    assert!(told(&journal)[0].contains("10000 s in the future"), "{:?}", told(&journal));
}

#[test]
fn namespaces_remember_each_for_itself() {
    let journal = Arc::new(MemoryJournal::new());
    let names = [Some("circuit_breaker.payments"), Some("b"), None];
    let start = |name: Option<&'static str>| {
        start_with(Arc::clone(&journal) as _, |builder| match name {
            Some(name) => builder.namespace(name),
            None => builder,
        })
    };
    let first = start(names[0]);
    first.fail("payments");
    first.fail("payments");
    first.save(at(0));
    let states = names.map(|name| {
        let after = start(name);
        after.restore(at(1));
        after.breaker("payments").status().retry_after
    });
    assert_eq!(states, [Some(29 * SECOND), None, None]);
}

#[test]
fn a_later_end_of_manual_control_is_kept_at_once() {
    let journal = Arc::new(MemoryJournal::new());
    let before = start(&journal);
    for (second, time) in [(0, 60), (1, 600)] {
        let control = before.infra.control("ana", "maintenance").bulkhead("all");
        control.expires_after(time * SECOND).resize(2).expect("it can be resized");
        before.save(at(second));
    }
    let after = start(&journal);
    after.restore(at(100));
    let statuses = after.infra.components();
    let all = statuses.iter().find(|status| !status.control.is_empty()).expect("it is resized");
    assert_eq!(all.control[0].expires_in, Some(501 * SECOND));
}

/// A journal that cannot be read at first.
#[derive(Default)]
struct Unreadable {
    inner: Arc<MemoryJournal>,
    is_away: AtomicBool,
}

#[async_trait]
impl Journal for Unreadable {
    async fn store_batch(&self, records: Arc<[Record]>) -> Result<u64, JournalError> {
        self.inner.store_batch(records).await
    }

    async fn get(&self, number: u64) -> Result<Option<Record>, JournalError> {
        self.inner.get(number).await
    }

    async fn query(&self, query: Query) -> Result<Page, JournalError> {
        self.inner.query(query).await
    }

    async fn stats(&self) -> Result<JournalStats, JournalError> {
        self.inner.stats().await
    }

    async fn prune(&self, retention: Retention, now: SystemTime) -> Result<u64, JournalError> {
        self.inner.prune(retention, now).await
    }

    async fn keep(&self, name: String, value: Kept) -> Result<(), JournalError> {
        self.inner.keep(name, value).await
    }

    async fn kept(&self, name: String) -> Result<Option<Kept>, JournalError> {
        match self.is_away.load(Ordering::Relaxed) {
            true => Err(JournalError::unavailable("the disk is away")),
            false => self.inner.kept(name).await,
        }
    }
}

#[test]
fn what_could_not_be_read_at_the_start_is_not_written_over() {
    let journal = Arc::new(Unreadable::default());
    let before = start(&journal.inner);
    let control = before.infra.control("ana", "maintenance").bulkhead("all");
    control.resize(2).expect("it can be resized");
    before.save(at(0));
    journal.is_away.store(true, Ordering::Relaxed);
    let after = start_with(Arc::clone(&journal) as _, |builder| builder);
    let error = after.time.block_on(after.remember.restore_at(at(1))).expect_err("it is away");
    assert!(error.is_unavailable());
    after.time.block_on(after.remember.save_at(at(2))).expect_err("it is still away");
    journal.is_away.store(false, Ordering::Relaxed);
    after.save(at(3));
    let statuses = after.infra.components();
    let all = statuses.iter().find(|status| !status.control.is_empty()).expect("it is resized");
    assert_eq!(all.control[0].by, "ana");
    let later = start(&journal.inner);
    let restored = later.restore(at(4));
    assert!(
        restored.iter().any(|one| one.control == ["resize by ana: maintenance"]),
        "{restored:?}"
    );
}
