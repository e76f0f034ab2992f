use std::time::UNIX_EPOCH;

use seawall::ConfigSource;
use seawall::breaker::CircuitBreaker;
use seawall_testkit::ManualClock;

use super::*;
use crate::MemoryJournal;

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
"#;

const SECOND: Duration = Duration::from_secs(1);

struct Process {
    time: ManualClock,
    infra: Infrastructure,
    remember: Remember,
}

fn start(journal: &Arc<MemoryJournal>) -> Process {
    let time = ManualClock::new();
    let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS));
    let infra = builder.clock(time.clock()).build().expect("valid settings");
    let remember = Remember::new(&infra, Arc::clone(journal) as _);
    Process { time, infra, remember }
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
fn what_cannot_be_read_is_not_restored() {
    let journal = Arc::new(MemoryJournal::new());
    let process = start(&journal);
    for json in ["{", "[]", "{\"circuit\": {\"state\": \"ajar\"}}"] {
        let value = Kept { at_ns: nanos(at(0)), json: json.to_owned() };
        let keep = journal.keep("circuit_breaker.payments".to_owned(), value);
        process.time.block_on(keep).expect("it is kept");
        assert!(process.restore(at(1)).is_empty(), "{json}");
    }
}
