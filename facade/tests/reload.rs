//! Settings that change while calls run: what is kept, what is replaced, what is refused.

use std::convert::Infallible;
use std::time::Duration;

use seawall::breaker::{CircuitBreaker, State};
use seawall::bulkhead::Bulkhead;
use seawall::ratelimit::RateLimiter;
use seawall::{
    ChangeKind, ConfigError, ConfigSource, Error, Infrastructure, Origin, Refusal, RefusalKind,
    Topic,
};
use seawall_testkit::{ManualClock, Recorder};

/// An infrastructure whose settings can be changed.
struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    infra: Infrastructure,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new(settings: &str) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("seawall.toml");
        std::fs::write(&file, settings).expect("written");
        let infra = Infrastructure::builder()
            .config(ConfigSource::new().file(file))
            .clock(time.clock())
            .observer(recorder.clone())
            .build()
            .expect("valid settings");
        let _started = recorder.take();
        Self { time, recorder, infra, folder }
    }

    fn set(&self, settings: &str) {
        std::fs::write(self.folder.path().join("seawall.toml"), settings).expect("written");
    }

    fn reload(&self, settings: &str) -> Result<seawall::Applied, ConfigError> {
        self.set(settings);
        self.infra.reload()
    }

    /// Applies settings, and returns what differs in one line.
    fn apply(&self, settings: &str) -> String {
        self.reload(settings).expect("valid settings").version().to_string()
    }

    fn refused(&self, settings: &str) -> String {
        self.reload(settings).expect_err("not to be applied").to_string()
    }

    fn call(
        &self,
        name: &str,
        result: Result<(), &'static str>,
    ) -> Result<(), Error<&'static str>> {
        self.infra.protect(name)?.key("ann").run_blocking(|| result)
    }

    fn reading(&self, name: &str, reading: &str) -> u64 {
        let statuses = self.infra.components();
        let status = statuses.iter().find(|status| &**status.layer.name() == name);
        status.and_then(|status| status.reading(reading)).expect("known")
    }
}

const PAYMENTS: &str = r#"
    [breaker.payments]
    failures = 2
    reset_after = "1m"

    [rate_limit.api]
    limit = 10
    period = "1h"

    [bulkhead.reports]
    max_concurrent = 2

    [protection.charge]
    rate_limit = "api"
    bulkhead = "reports"
    breaker = "payments"
    timeout = "1s"
"#;

#[test]
fn what_the_settings_still_describe_keeps_its_state() {
    let fixture = Fixture::new(PAYMENTS);
    for _ in 0..2 {
        fixture.call("charge", Err("down")).expect_err("it fails");
    }
    let handle = fixture.infra.protection("charge").expect("configured");
    let changed =
        PAYMENTS.replace("failures = 2", "failures = 3").replace("limit = 10", "limit = 20");
    let changed = changed.replace("max_concurrent = 2", "max_concurrent = 1");
    assert_eq!(fixture.apply(&changed), "version 2 (reload): 3 changed");
    let refused = handle.run_blocking(|| Ok::<_, Infallible>(())).expect_err("the circuit is open");
    assert!(refused.refusal().is_some_and(Refusal::is_circuit_open), "{refused}");
    let left = fixture.infra.peek_rate("ann", "api", 1).expect("configured");
    assert_eq!((left.limit, left.remaining), (20, 18), "two tokens are spent");
    assert_eq!(fixture.reading("payments", "failure"), 2);
    assert_eq!(fixture.reading("reports", "max_concurrent"), 1);
    fixture.time.advance(Duration::from_secs(60));
    fixture.call("charge", Ok(())).expect("a probe, and it closes");
    for _ in 0..3 {
        fixture.call("charge", Err("down")).expect_err("it fails");
    }
    let refused = fixture.call("charge", Ok(())).expect_err("after three failures");
    assert!(refused.refusal().is_some_and(Refusal::is_circuit_open), "{refused}");
}

#[test]
fn the_same_settings_in_other_words_change_nothing() {
    let fixture = Fixture::new(PAYMENTS);
    let before = fixture.infra.version();
    let words = format!("# A comment\n{}", PAYMENTS.replace("\"1m\"", "\"60s\""));
    let applied = fixture.reload(&words).expect("valid");
    assert!(!applied.is_new());
    assert_eq!((applied.version(), applied.previous()), (&before, 1));
    assert_eq!(fixture.recorder.count(Topic::ConfigReloaded), 0);
}

#[test]
fn calls_follow_by_name_by_handle_and_in_compositions() {
    let fixture = Fixture::new(PAYMENTS);
    let infra = &fixture.infra;
    let handle = infra.protection("charge").expect("configured");
    let composed = infra.compose().breaker("payments").build().expect("valid");
    let timeout = |call: &dyn std::fmt::Debug| {
        let text = format!("{call:?}");
        let at = text.find("timeout: ").expect("it has one");
        text[at..].chars().take_while(|c| *c != ',').collect::<String>()
    };
    for (number, limit) in [(2, "2s"), (3, "3s"), (4, "2s")] {
        let settings = PAYMENTS.replace("timeout = \"1s\"", &format!("timeout = \"{limit}\""));
        assert_eq!(fixture.apply(&settings), format!("version {number} (reload): 1 changed"));
        let expected = format!("timeout: Some({limit})");
        assert_eq!(timeout(&infra.protect("charge").expect("open")), expected);
        assert_eq!(timeout(&infra.clone().protect("charge").expect("open")), expected);
        assert_eq!(timeout(&handle.call()), expected);
        assert_eq!(timeout(&handle.owned()), expected);
    }
    for _ in 0..2 {
        composed.run_blocking(|| Err::<(), _>("down")).expect_err("it fails");
    }
    let backup = PAYMENTS.replace("\"payments\"", "\"backup\"").replace(".payments", ".backup");
    assert!(
        fixture.refused(&backup).contains("breaker.payments: it is gone, and the code uses it")
    );
}

#[test]
fn components_and_protections_come_and_go() {
    let fixture = Fixture::new(PAYMENTS);
    let more = format!(
        "{PAYMENTS}\n[breaker.mail]\nfailures = 1\n[protection.send]\nbreaker = \"mail\"\n"
    );
    let unknown = fixture.call("send", Ok(())).expect_err("not configured");
    assert_eq!(unknown.refusal().map(Refusal::kind), Some(RefusalKind::UnknownName));
    assert_eq!(fixture.apply(&more), "version 2 (reload): 2 added");
    assert_eq!(fixture.infra.protections().len(), 2);
    assert_eq!(fixture.infra.components().len(), 4);
    assert_eq!(fixture.apply(PAYMENTS), "version 3 (reload): 2 removed", "no code used them");
    fixture.call("send", Ok(())).expect_err("it is gone");
    assert_eq!(fixture.apply(&more), "version 4 (reload): 2 added");
    fixture.call("send", Ok(())).expect("it is back, for a clone from before as well");
    assert_eq!(
        fixture
            .recorder
            .names()
            .into_iter()
            .filter(|name| name.contains("infra"))
            .collect::<Vec<_>>(),
        [
            "infrastructure.component_started",
            "infrastructure.config_reloaded",
            "infrastructure.component_removed",
            "infrastructure.config_reloaded",
            "infrastructure.component_started",
            "infrastructure.config_reloaded",
        ]
    );
}

#[test]
fn a_name_that_code_uses_does_not_go_away() {
    let settings = format!(
        "{PAYMENTS}\n[breaker.mail]\n[rate_limit.batch]\nlimit = 5\nperiod = '1s'\n[protection.send]\n\
         breaker = \"mail\"\n[protection.report]\nrate_limit = \"batch\"\n"
    );
    let fixture = Fixture::new(&settings);
    fixture.call("report", Ok(())).expect("admitted");
    let _handle = fixture.infra.protection("send").expect("configured");
    fixture.infra.check_rate("ann", "batch", 1).expect("there are five");
    let error = fixture.refused(PAYMENTS);
    assert_eq!(
        error,
        "3 problems in the configuration:\n\
         protection.report: it is gone, and the code uses it; expected it to stay for as long as the \
         program runs\n\
         protection.send: it is gone, and the code uses it; expected it to stay for as long as the \
         program runs\n\
         rate_limit.batch: it is gone, and the code uses it; expected it to stay for as long as the \
         program runs"
    );
    assert_eq!(fixture.infra.version().number(), 1);
    fixture.call("send", Ok(())).expect("all of it is still there");
    assert_eq!(fixture.infra.components().len(), 5);
    assert_eq!(fixture.infra.dry_run().expect_err("the same").to_string(), error);
}

#[test]
fn a_component_that_code_composed_with_does_not_go_away() {
    let settings = format!("{PAYMENTS}\n[breaker.mail]\n");
    let fixture = Fixture::new(&settings);
    fixture.infra.compose().breaker("mail").build().expect("valid");
    assert!(fixture.refused(PAYMENTS).contains("breaker.mail: it is gone"));
}

#[test]
fn another_backend_starts_anew_and_the_difference_says_so() {
    let fixture = Fixture::new(PAYMENTS);
    let composed = fixture.infra.compose().rate_limit("api").build().expect("valid");
    for _ in 0..3 {
        composed.call().key("ann").run_blocking(|| Ok::<_, Infallible>(())).expect("admitted");
    }
    let governor = PAYMENTS.replace("limit = 10", "limit = 10\n    backend = \"governor\"");
    fixture.set(&governor);
    let difference = fixture.infra.dry_run().expect("valid");
    let [change] = difference.changes() else { panic!("one change: {difference}") };
    assert!(change.loses_state() && matches!(change.kind(), ChangeKind::Restarted(_)));
    assert_eq!(fixture.infra.version().number(), 1, "nothing is applied");
    assert_eq!(fixture.infra.peek_rate("ann", "api", 1).expect("native").remaining, 7);

    assert_eq!(fixture.apply(&governor), "version 2 (reload): 1 started anew");
    assert!(fixture.infra.peek_rate("ann", "api", 1).is_err(), "governor cannot peek");
    for _ in 0..10 {
        composed.call().key("ann").run_blocking(|| Ok::<_, Infallible>(())).expect("new tokens");
    }
    fixture.call("charge", Ok(())).expect_err("the composition took all of them");
    assert_eq!(fixture.recorder.count(Topic::ComponentReplaced), 1);

    let unkeyed = governor.replace("backend = \"governor\"", "key_parts = 0");
    assert_eq!(fixture.apply(&unkeyed), "version 3 (reload): 1 started anew");
    let _held: RateLimiter = fixture.infra.component("api").expect("native");
    let error = fixture.refused(&governor);
    assert!(
        error.contains("rate_limit.api: it would be started anew, and the code has a handle"),
        "{error}"
    );
    assert!(error.contains("it has another backend"), "{error}");
}

#[test]
fn calls_that_run_end_where_they_began() {
    let fixture = Fixture::new(PAYMENTS);
    let permit = fixture.infra.protection("charge").expect("configured").owned().acquire_blocking();
    let permit = permit.expect("admitted");
    assert_eq!(fixture.reading("reports", "running"), 1);
    let without = PAYMENTS.replace("    bulkhead = \"reports\"\n", "");
    fixture.apply(&without);
    fixture.call("charge", Ok(())).expect("admitted");
    assert_eq!(fixture.reading("reports", "running"), 1);
    let before = fixture.reading("payments", "success");
    permit.success();
    assert_eq!(fixture.reading("reports", "running"), 0);
    assert_eq!(fixture.reading("payments", "success"), before + 1);
}

#[test]
fn manual_control_and_own_limits_of_code_outlive_a_reload() {
    let fixture = Fixture::new(PAYMENTS);
    let breaker: CircuitBreaker = fixture.infra.component("payments").expect("native");
    let limiter: RateLimiter = fixture.infra.component("api").expect("native");
    let bulkhead: Bulkhead = fixture.infra.component("reports").expect("native");
    breaker.force_open();
    limiter
        .set_limit_of("vip", seawall::ratelimit::Limit::new(99, Duration::from_secs(1)))
        .expect("valid");
    let running = bulkhead.protect().acquire_blocking().expect("free");
    let more = PAYMENTS.replace("failures = 2", "failures = 5").replace("limit = 10", "limit = 11");
    fixture.apply(&more);
    assert_eq!(breaker.status().state, State::ForcedOpen);
    assert_eq!(limiter.status("vip").limit, 99);
    assert_eq!(fixture.reading("reports", "running"), 1);
    running.success();
}

#[test]
fn the_limits_of_keys_follow_the_settings() {
    let limits = |overrides: &str| format!("{PAYMENTS}\n{overrides}");
    let own = |name: &str, key: &str, limit: u32| {
        format!("[rate_limit.api.override.{name}]\nkey = \"{key}\"\nlimit = {limit}\n")
    };
    let fixture = Fixture::new(&limits(&(own("a", "ann", 50) + &own("b", "bob", 60))));
    fixture.infra.check_rate("ann", "api", 5).expect("fifty");
    fixture.infra.check_rate("bob", "api", 5).expect("sixty");
    fixture.apply(&limits(&(own("a", "ann", 70) + &own("c", "cat", 80))));
    let read = |key: &str| {
        let status = fixture.infra.rate_status(key, "api").expect("native");
        (status.limit, status.limit - status.remaining)
    };
    assert_eq!(["ann", "bob", "cat"].map(read), [(70, 5), (10, 5), (80, 0)]);
}

#[test]
fn wrong_settings_leave_the_running_version_and_are_reported_once_per_content() {
    let fixture = Fixture::new(PAYMENTS);
    let wrong = PAYMENTS.replace("failures = 2", "failurs = 2");
    assert!(fixture.refused(&wrong).contains("did you mean `failures`?"));
    assert!(fixture.refused(&wrong).contains("did you mean `failures`?"), "an answer each time");
    assert_eq!(fixture.recorder.count(Topic::ConfigRejected), 1, "but one event");
    let status = fixture.infra.config_status();
    assert!(status.is_stale() && status.version().number() == 1);
    assert_eq!(status.to_status().state, "stale");
    assert_eq!(status.rejected().expect("stale").error().problems().len(), 1);
    fixture.call("charge", Ok(())).expect("the running version goes on");

    let other = PAYMENTS.replace("failures = 2", "failurs = 3");
    fixture.refused(&other);
    fixture.refused(&wrong);
    assert_eq!(fixture.recorder.count(Topic::ConfigRejected), 3, "one for each change");

    let applied = fixture.reload(PAYMENTS).expect("valid");
    assert!(!applied.is_new() && !fixture.infra.config_status().is_stale());
    assert_eq!(fixture.recorder.count(Topic::ConfigReloaded), 1, "it is stale no more");
    assert_eq!(fixture.infra.config_status().to_status().state, "current");
}

#[test]
fn all_of_a_reload_is_applied_or_nothing() {
    let fixture = Fixture::new(PAYMENTS);
    let wrong = PAYMENTS.replace("failures = 2", "failures = 9").replace("limit = 10", "limit = 0");
    fixture.refused(&wrong);
    let _handle = fixture.infra.protection("charge").expect("configured");
    fixture.refused(&PAYMENTS.replace("failures = 2", "failures = 9").replace("charge", "other"));
    for _ in 0..2 {
        fixture.call("charge", Err("down")).expect_err("it fails");
    }
    let refused = fixture.call("charge", Ok(())).expect_err("two failures open it");
    assert!(refused.refusal().is_some_and(Refusal::is_circuit_open), "{refused}");
}

#[test]
fn settings_that_are_gone_as_a_whole_are_refused() {
    let fixture = Fixture::new(PAYMENTS);
    let error = fixture.refused("[defaults.breaker]\nfailures = 3");
    assert!(error.contains("the settings are empty, and were not before"), "{error}");
    let empty = Fixture::new("");
    assert!(!empty.reload("# nothing").expect("still nothing").is_new());
    assert!(empty.reload(PAYMENTS).expect("more").is_new());
}

#[test]
fn a_file_that_is_truncated_is_refused_though_other_sources_have_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    std::fs::write(&file, "[breaker.mail]").expect("written");
    let config = ConfigSource::new().file(&file).toml_str(PAYMENTS);
    let infra = Infrastructure::builder().config(config).build().expect("valid");
    std::fs::write(&file, "").expect("truncated");
    let error = infra.reload().expect_err("an editor may be writing").to_string();
    assert!(error.contains("seawall.toml: the file is empty, and had settings before"), "{error}");
    std::fs::remove_file(&file).expect("removed");
    infra.reload().expect_err("it must be there");
    std::fs::write(&file, "[breaker.mail]\nfailures = 1").expect("written");
    assert_eq!(infra.reload().expect("valid").version().number(), 2);
}

#[test]
fn versions_can_be_listed_and_returned_to() {
    let fixture = Fixture::new(PAYMENTS);
    fixture.time.advance(Duration::from_secs(5));
    let more = PAYMENTS.replace("failures = 2", "failures = 1");
    let applied = fixture.reload(&more).expect("valid");
    let back = fixture.infra.roll_back(applied.previous()).expect("valid");
    assert_eq!(back.version().to_string(), "version 3 (roll back to version 1): 1 changed");
    let origins: Vec<_> =
        fixture.infra.versions().iter().map(|version| version.origin().to_string()).collect();
    assert_eq!(origins, ["start", "reload", "roll back to version 1"]);
    let seconds: Vec<_> = fixture
        .infra
        .versions()
        .iter()
        .map(|version| version.at().as_nanos() / 1_000_000_000)
        .collect();
    assert_eq!(seconds, [0, 5, 5]);
    fixture.call("charge", Err("down")).expect_err("it fails");
    fixture.call("charge", Ok(())).expect("one failure opens nothing");
    assert!(!fixture.infra.config_status().is_stale());
    let again = fixture.infra.reload().expect("valid");
    assert_eq!(again.version().origin(), Origin::Reload, "the sources are in effect again");
    let error = fixture.infra.roll_back(77).expect_err("there is none").to_string();
    assert!(error.ends_with("version 77 is not kept; expected a number from 1 to 4"), "{error}");
    for failures in 10..60 {
        fixture.apply(&PAYMENTS.replace("failures = 2", &format!("failures = {failures}")));
    }
    assert_eq!(fixture.infra.versions().len(), 32);
}

#[test]
fn a_closed_infrastructure_changes_no_more() {
    let fixture = Fixture::new(PAYMENTS);
    fixture.infra.close();
    let error = fixture.refused(&PAYMENTS.replace("failures = 2", "failures = 1"));
    assert!(error.ends_with("the infrastructure is closed"), "{error}");
    let refused = fixture.call("charge", Ok(())).expect_err("closed");
    assert_eq!(refused.refusal().map(Refusal::kind), Some(RefusalKind::ShuttingDown));
}
