//! Profiles, and tables of another file.

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};

use super::*;

const SETTINGS: &str = "\
[breaker.a]
failures = 1
window = '1s'

[profile.production.breaker.a]
failures = 2

[profile.production.breaker.b]
failures = 3

[profile.staging.breaker.a]
failures = 4
";

/// What each breaker has for `failures`.
fn failures(source: &ConfigSource) -> Vec<(String, u32)> {
    let reader = source.read().expect("readable");
    let read = |breaker: &Table<'_>| {
        (breaker.name().to_owned(), breaker.get(&FAILURES).unwrap_or_default())
    };
    let failures = reader.root().tables_in("breaker").iter().map(read).collect();
    reader.finish().expect("valid");
    failures
}

fn of(expected: &[(&str, u32)]) -> Vec<(String, u32)> {
    expected.iter().map(|(name, failures)| ((*name).to_owned(), *failures)).collect()
}

#[test]
fn a_file_without_a_profile_is_read_as_it_is() {
    assert_eq!(failures(&toml(SETTINGS)), of(&[("a", 1)]));
    assert_eq!(failures(&toml(SETTINGS).profile("default")), of(&[("a", 1)]));
}

#[test]
fn the_chosen_profile_is_over_the_plain_values_of_its_source() {
    for name in ["production", "Production"] {
        assert_eq!(failures(&toml(SETTINGS).profile(name)), of(&[("a", 2), ("b", 3)]));
    }
    let later = toml(SETTINGS).toml_str("breaker.a.failures = 5").profile("production");
    assert_eq!(failures(&later), of(&[("a", 5), ("b", 3)]), "the later source wins");
    let code = later.set("profile.production.breaker.a.failures", 6);
    assert_eq!(failures(&code), of(&[("a", 6), ("b", 3)]));
}

#[test]
fn the_last_choice_counts() {
    let variable = |name| [("SEAWALL_PROFILE", name)];
    let chosen = toml(SETTINGS).profile("staging").environment_from(variable("production"));
    assert_eq!(failures(&chosen), of(&[("a", 2), ("b", 3)]));
    let chosen = toml(SETTINGS).environment_from(variable("production")).profile("staging");
    assert_eq!(failures(&chosen), of(&[("a", 4)]));
    let chosen = toml(SETTINGS).profile("staging").environment_from(variable(""));
    assert_eq!(failures(&chosen), of(&[("a", 4)]), "an empty variable chooses nothing");
    let chosen = toml(SETTINGS).profile("staging").environment_from(variable("default"));
    assert_eq!(failures(&chosen), of(&[("a", 1)]));
}

#[test]
fn a_profile_that_no_source_has_is_reported_with_the_nearest() {
    let source = toml(SETTINGS).profile("prodution");
    assert_eq!(
        only("code", &report(&source, breakers)),
        "no source has the profile `prodution`; expected one of production, staging; did you mean \
         `production`?"
    );
    let source = toml("[breaker.a]").environment_from([("SEAWALL_PROFILE", "a b")]);
    assert_eq!(
        only("environment SEAWALL_PROFILE", &report(&source, breakers)),
        "no source has the profile `\"a b\"`; expected a source with tables `[profile.NAME.…]`"
    );
}

#[test]
fn problems_of_a_profile_have_the_key_as_it_is_written() {
    let settings = "[profile.production.breaker.a]\nfailures = 0\n\
                    [profile.production.defaults.breaker]\nwindow = 5\n[profile.staging.x]";
    let report = report(&toml(settings).profile("production"), read_breakers);
    assert_eq!(
        report,
        "2 problems in the configuration:\n\
         inline TOML:2: profile.production.breaker.a.failures: 0 is too small; expected 1 or \
         more\n\
         inline TOML:4: profile.production.defaults.breaker.window: 5 has no unit; expected a \
         duration like \"10s\" or \"250ms\"; did you mean `\"5s\"`?"
    );
}

#[test]
fn a_profile_is_a_table_with_a_name_of_its_own() {
    for (settings, wrong) in [
        ("profile = 3", "profile: a number is not a table; expected `[profile.NAME.…]`"),
        (
            "profile.production = 3",
            "profile.production: a number is not a table; expected `[profile.NAME.…]`, with \
             settings as without a profile",
        ),
        (
            "[profile.default]",
            "profile.default: `default` is not a profile that can be chosen; expected these \
             settings without a profile",
        ),
        (
            "[profile.'a b']",
            "profile.\"a b\": \"a b\" is not a name; expected letters, digits, `_` and `-`",
        ),
    ] {
        assert_eq!(only("inline TOML:1", &report(&toml(settings), breakers)), wrong, "{settings}");
    }
    let unknown = toml("[profile.production.profile.staging]").profile("production");
    assert_eq!(
        only("inline TOML:1", &report(&unknown, breakers)),
        "profile.production.profile: a profile has no profiles of its own"
    );
}

#[test]
fn nested_profiles_are_layered_as_figment_does() {
    let nested = "[default.breaker.a]\nfailures = 1\nwindow = '1s'\n\
                  [production.breaker.a]\nfailures = 2\n\
                  [production.breaker.b]\nfailures = 3\n\
                  [global.breaker.b]\nfailures = 4\n";
    for profile in ["default", "production"] {
        let ours = toml(nested).nested().profile(profile);
        let theirs = Figment::from(Toml::string(nested).nested()).select(profile);
        let theirs = ConfigSource::new().figment(theirs);
        assert_eq!(failures(&ours), failures(&theirs), "{profile}");
    }
    let source = toml("[production.breaker.a]\nfailures = 0").nested().profile("production");
    let wrong = report(&source, breakers);
    assert!(wrong.contains("inline TOML:2: production.breaker.a.failures: 0 "), "{wrong}");
}

#[test]
fn a_figment_that_selects_nothing_gets_the_chosen_profile() {
    let nested = "[default.breaker.a]\nfailures = 1\n[debug.breaker.a]\nfailures = 2";
    let figment = || Figment::from(Toml::string(nested).nested());
    assert_eq!(failures(&ConfigSource::new().figment(figment())), of(&[("a", 1)]));
    let chosen = ConfigSource::new().figment(figment()).profile("debug");
    assert_eq!(failures(&chosen), of(&[("a", 2)]));
    let own = ConfigSource::new().figment(figment().select("debug")).toml_str(SETTINGS);
    assert_eq!(failures(&own.profile("staging")), of(&[("a", 4)]));
}

#[test]
fn a_figment_is_read_anew_if_it_is_made_anew() {
    let limit = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(1));
    let shared = std::sync::Arc::clone(&limit);
    let source = ConfigSource::new().figment_with(move || {
        let limit = shared.load(std::sync::atomic::Ordering::Relaxed);
        Figment::from(Serialized::default("breaker.a.failures", limit))
    });
    let before = source.gather().hash();
    assert_eq!(source.gather().hash(), before);
    limit.store(2, std::sync::atomic::Ordering::Relaxed);
    assert_ne!(source.gather().hash(), before);
    assert_eq!(failures(&source), of(&[("a", 2)]));
}

#[test]
fn one_table_of_a_source_can_be_ours() {
    let theirs = "name = 'shop'\n[http]\nport = 80\n[app.seawall.breaker.a]\nfailures = 1\n\
                  [app.seawall.profile.production.breaker.a]\nfailures = 2\n";
    let source = toml(theirs).table("app.seawall");
    assert_eq!(failures(&source), of(&[("a", 1)]));
    assert_eq!(failures(&source.profile("production")), of(&[("a", 2)]));
    let figment = Figment::from(Toml::string(theirs));
    let source = ConfigSource::new().figment(figment).table("app.seawall");
    assert_eq!(failures(&source), of(&[("a", 1)]));

    let source = toml("[seawall.breaker.a]\nfailures = 0").table("seawall");
    let wrong = report(&source, breakers);
    assert!(wrong.contains("inline TOML:2: seawall.breaker.a.failures: 0 "), "{wrong}");
}

#[test]
fn a_table_that_is_not_there_is_missing() {
    for (settings, wrong) in [
        ("", "seawall: missing; expected a table"),
        ("[seewall]", "seawall: missing; expected a table; did you mean `seewall`?"),
        ("seawall = 3", "seawall: a number is not a table; expected the table of settings"),
    ] {
        let report = report(&toml(settings).table("seawall"), breakers);
        let wrong_at = report.split_once(": ").map(|(_, wrong)| wrong.to_owned());
        assert_eq!(wrong_at.as_deref(), Some(wrong), "{report}");
    }
    let misplaced = ConfigSource::new().environment_from([("SEAWALL_X__Y", "1")]).table("seawall");
    let report = report(&misplaced, read_breakers);
    assert_eq!(only("code", &report), "`table` and `nested` follow a file, a text or a figment");
}
