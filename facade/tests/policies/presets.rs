use seawall::policy::Retry;
use seawall::{Component, ConfigSource, Infrastructure, Preset};

use super::{Fixture, problems};

const PRESETS: [(&str, Preset); 4] = [
    ("http", Preset::Http),
    ("grpc", Preset::Grpc),
    ("database", Preset::Database),
    ("internal", Preset::Internal),
];

fn plan(settings: &str) -> seawall::Plan {
    let config = ConfigSource::new().toml_str(settings);
    Infrastructure::builder().config(config).plan().expect("valid settings")
}

#[test]
fn each_preset_is_a_whole_protection() {
    for (name, preset) in PRESETS {
        let plan = plan(&format!("[protection.prices]\nuse = '{name}'"));
        assert_eq!(plan.warnings(), [], "{name}");
        let protection = plan.protections().next().expect("a protection");
        let layers: Vec<_> = protection.layers().collect();
        assert_eq!(layers, [(Component::CircuitBreaker, "prices")], "{name}");
        assert!(protection.deadline().is_some());
        assert_eq!(preset.as_str(), name);
        let breaker = plan.components().next().expect("a breaker");
        let source = breaker.settings().iter().find(|setting| setting.name() == "reset_after");
        assert_eq!(source.expect("set").source().to_string(), format!("preset {name}"));
        let fixture = Fixture::new(&format!("[protection.prices]\nuse = '{name}'"));
        fixture.succeed("prices", 1);
    }
}

#[test]
fn a_description_shows_each_value_with_the_preset() {
    let plan = plan("[protection.prices]\nuse = 'http'\nattempts = 3\nbreaker = []");
    assert_eq!(
        plan.to_string(),
        "budget `prices`\n\
         \x20 ratio = 0.2 (default)\n\
         \x20 floor = 1 (default)\n\
         \x20 ttl = \"10s\" (default)\n\
         \n\
         protection `prices`: inline TOML:1\n\
         \x20 use = \"http\" (inline TOML:2)\n\
         \x20 breaker = [] (inline TOML:4)\n\
         \x20 timeout = \"3s\" (preset http)\n\
         \x20 deadline = \"10s\" (preset http)\n\
         \x20 idempotent = false (preset http)\n\
         \x20 budget = \"prices\" (default)\n\
         \x20 attempts = 3 (inline TOML:3)\n\
         \x20 backoff = \"exponential\" (default)\n\
         \x20 backoff_jitter = \"full\" (default)\n\
         \x20 backoff_base = \"100ms\" (preset http)\n\
         \x20 backoff_max = \"1s\" (preset http)\n\
         \x20 retry_after_max = \"5s\" (preset http)"
    );
}

#[test]
fn own_settings_win_over_defaults_and_these_over_a_preset() {
    let plan = plan(
        "[defaults.protection]\nuse = 'grpc'\ndeadline = '7s'\nretry_after_max = '3s'\n\
         [protection.prices]\nretry_after_max = '1s'\n[breaker.prices]\nfailures = 3\n\
         [breaker.mails]\nuse = 'internal'\nrate_calls = 50\n",
    );
    let protection = plan.protections().next().expect("a protection");
    let value = |name: &str| {
        let setting = protection.settings().iter().find(|setting| setting.name() == name);
        setting.map(ToString::to_string).expect(name)
    };
    assert_eq!(value("retry_after_max"), "retry_after_max = \"1s\"");
    assert_eq!(value("deadline"), "deadline = \"7s\"");
    assert_eq!(value("timeout"), "timeout = \"p99.9 x 2 (100ms..2s)\"");
    let breaker = |name: &str| {
        let breaker = plan.components().find(|breaker| breaker.name() == name).expect(name);
        let settings = breaker.settings().iter();
        settings.map(|setting| setting.name().to_owned()).collect::<Vec<_>>()
    };
    let prices = breaker("prices");
    assert!(!prices.iter().any(|name| name == "failure_rate"), "a breaker that is written is kept");
    let mails = breaker("mails");
    assert!(mails.iter().any(|name| name == "rate_calls"));
}

#[test]
fn what_is_wrong_with_a_preset_is_said() {
    assert_eq!(
        problems("[protection.p]\nuse = 'htp'"),
        [
            "2: protection.p.use: \"htp\" is not known; expected one of http, grpc, database, internal; did you mean `http`?"
        ]
    );
    assert_eq!(
        problems("[breaker.b]\nbackend = 'failsafe'\nuse = 'http'"),
        [
            "3: breaker.b.use: the backend `failsafe` does not have this; expected `backend = \"native\"` or `backend = \"redis\"` or `backend = \"postgres\"`"
        ]
    );
    assert_eq!(
        problems("[protection.p]\nuse = 'http'\ndeadline = '2s'"),
        [
            "preset http: protection.p.timeout: for `protection.p`, it never passes, as the `deadline` of 2s ends the call; expected 2s at most"
        ]
    );
}

#[test]
fn code_has_the_presets_too_and_what_it_sets_wins() {
    let fixture = Fixture::new("[breaker.prices]");
    let composed = fixture.infra.compose().preset(Preset::Http).breaker("prices").build();
    let composed = composed.expect("a valid composition");
    assert!(format!("{:?}", composed.call()).contains("timeout: Some(3s)"));
    let sent = std::cell::Cell::new(0);
    let call = composed.call().idempotent().run_attempts(async |_| {
        sent.set(sent.get() + 1);
        Err::<(), _>("down")
    });
    fixture.time.block_on(call).expect_err("it fails");
    assert_eq!(sent.get(), 2);
    let once = fixture.infra.compose().preset(Preset::Http).retry(Retry::new().attempts(1));
    let call = once.build().expect("valid");
    let call = call.call().idempotent().run_attempts(async |_| {
        sent.set(sent.get() + 1);
        Err::<(), _>("down")
    });
    fixture.time.block_on(call).expect_err("it fails");
    assert_eq!(sent.get(), 3);
}
