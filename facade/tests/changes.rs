//! Components and protections that code starts, replaces and removes while everything runs; and several
//! infrastructures in one program.

use std::convert::Infallible;
use std::fs;

use seawall::breaker::CircuitBreaker;
use seawall::{ConfigSource, Infrastructure, Origin, Topic};
use seawall_testkit::{ManualClock, Recorder};

fn toml(settings: &str) -> ConfigSource {
    ConfigSource::new().toml_str(settings)
}

fn build(config: ConfigSource) -> Infrastructure {
    let clock = ManualClock::new().clock();
    Infrastructure::builder().config(config).clock(clock).build().expect("valid")
}

fn names(infra: &Infrastructure) -> Vec<String> {
    infra.components().into_iter().map(|status| status.layer.name().to_string()).collect()
}

fn call(infra: &Infrastructure, protection: &str) -> bool {
    infra.execute_protected_blocking(protection, || Ok::<_, Infallible>(())).is_ok()
}

#[test]
fn code_starts_changes_and_removes_what_runs() {
    let infra =
        build(toml("[breaker.cards]\nfailures = 1\n[protection.charge]\nbreaker = 'cards'"));
    let cards: CircuitBreaker = infra.component("cards").expect("configured");
    cards.execute_blocking(|| Err::<(), _>("down")).expect_err("its own error");

    let more = "[bulkhead.mails]\nmax_concurrent = 1\n[protection.send]\nbulkhead = 'mails'";
    let applied = infra.change(&toml(more)).expect("valid");
    assert_eq!(applied.version().origin(), Origin::Code);
    assert_eq!(names(&infra), ["mails", "cards"]);
    assert!(call(&infra, "send"));
    assert!(!call(&infra, "charge"), "the circuit is still open");

    let more = toml("").set("bulkhead.mails.max_concurrent", 5).set("breaker.cards.failures", 9);
    let _applied = infra.change(&more).expect("valid");
    assert_eq!(infra.components()[0].reading("max_concurrent"), Some(5));
    assert!(!call(&infra, "charge"), "the circuit is still open");

    let replaced =
        toml("").remove("protection.charge").toml_str("[protection.charge]\ntimeout = '1s'");
    let _applied = infra.change(&replaced).expect("valid");
    assert!(call(&infra, "charge"), "it has no breaker any more");

    let less = ConfigSource::new().remove("breaker.cards");
    let error = infra.change(&less).expect_err("the code has a handle to it");
    assert!(error.to_string().contains("breaker.cards"), "{error}");
    assert_eq!(names(&infra), ["mails", "cards"]);
}

#[test]
fn a_wrong_change_is_reported_where_it_is_written_and_changes_nothing() {
    let infra = build(toml("[breaker.cards]"));
    let before = infra.version().number();
    let wrong = toml("[breaker.new]\nfailurs = 3\n[protection.p]\nbreaker = 'card'")
        .remove("bulkhead.none");
    let error = infra.change(&wrong).expect_err("wrong");
    assert_eq!(
        error.to_string(),
        "3 problems in the configuration:\n\
         inline TOML:2: breaker.new.failurs: unknown key; did you mean `failures`?\n\
         inline TOML:4: protection.p.breaker: no breaker named `card` is configured; expected one of \
         cards, new; did you mean `cards`?\n\
         code: bulkhead.none: there is nothing to remove"
    );
    assert_eq!((infra.version().number(), names(&infra).len()), (before, 1));
}

#[test]
fn changes_stay_across_reloads_and_do_not_wait_for_a_file_to_be_right() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    fs::write(&file, "[breaker.a]\n[breaker.b]\n").expect("written");
    let infra = build(ConfigSource::new().file(&file));
    fs::write(&file, "[breaker.").expect("written");
    infra.reload().expect_err("it is half written");
    let changes = toml("[breaker.c]").remove("breaker.b");
    let _applied = infra.change(&changes).expect("the settings in effect are right");
    assert_eq!(names(&infra), ["a", "c"]);
    assert!(infra.config_status().is_stale(), "the file is still wrong");
    fs::write(&file, "[breaker.a]\n[breaker.b]\n[breaker.d]\n").expect("written");
    let _applied = infra.reload().expect("valid");
    assert_eq!(names(&infra), ["a", "c", "d"]);
}

#[test]
fn infrastructures_in_one_program_are_told_apart_by_their_namespace() {
    let recorder = Recorder::new();
    let [shop, bank] = ["shop", "bank"].map(|namespace| {
        Infrastructure::builder()
            .config(toml("[breaker.cards]\n[protection.charge]\nbreaker = 'cards'"))
            .observer(recorder.clone())
            .namespace(namespace)
            .build()
            .expect("valid")
    });
    assert!(call(&shop, "charge") && call(&bank, "charge"));
    let _applied = shop.change(&toml("[breaker.mails]")).expect("valid");
    let events = recorder.take();
    let of = |topic: Topic| {
        let events = events.iter().filter(|event| event.topic == topic);
        events.filter_map(|event| event.namespace.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of(Topic::ComponentStarted), ["shop", "bank", "shop"]);
    assert_eq!(of(Topic::BreakerExecuted), ["shop", "bank"]);
    assert_eq!(of(Topic::ProtectionExecuted), ["shop", "bank"]);
    assert_eq!(of(Topic::ConfigReloaded), ["shop"]);
    assert!(events.iter().all(|event| event.namespace.is_some()));
    let shown = bank.components()[0].to_string();
    assert!(shown.starts_with("bank: circuit breaker `cards`: closed"), "{shown}");
    let status = &bank.status("charge").expect("configured")[0];
    assert_eq!(status.namespace.as_deref(), Some("bank"));
}
