//! `[defaults.KIND]`: what they are under, and where they are reported.

use super::*;

/// Reads breakers and their defaults.
fn with_defaults(root: &Table<'_>) {
    read_breakers(root);
    if let Some(defaults) = root.table("defaults") {
        if let Some(breaker) = defaults.table("breaker") {
            breaker.check_defaults(&[], BREAKER);
        }
        defaults.close(&["breaker"], &[], &|_| None);
    }
}

fn failures(source: &ConfigSource, name: &str) -> Option<u32> {
    let reader = source.read().expect("readable");
    let root = reader.root();
    let breakers = root.tables_in("breaker");
    let breaker = breakers.iter().find(|breaker| breaker.name() == name).expect("it is there");
    breaker.get(&FAILURES)
}

#[test]
fn a_default_is_under_every_component_and_its_own_value_wins_whatever_the_source() {
    let source = toml("[breaker.a]\nfailures = 1\n[breaker.b]")
        .toml_str("defaults.breaker.failures = 2")
        .environment_from([("SEAWALL_BREAKER__C__WINDOW", "1s")]);
    assert_eq!(["a", "b", "c"].map(|name| failures(&source, name)), [Some(1), Some(2), Some(2)]);
    let source = source.environment_from([("SEAWALL_DEFAULTS__BREAKER__FAILURES", "3")]);
    assert_eq!(["a", "b"].map(|name| failures(&source, name)), [Some(1), Some(3)]);
    let source = source.set("defaults.breaker.failures", 4);
    assert_eq!(["a", "b"].map(|name| failures(&source, name)), [Some(1), Some(4)]);
}

#[test]
fn tables_in_defaults_are_merged_key_by_key() {
    let source = toml("[rate_limit.api.override.vip]\nlimit = 1\n[rate_limit.web]\n")
        .toml_str("[defaults.rate_limit.override.vip]\nlimit = 2\nburst = 3");
    let reader = source.read().unwrap();
    const EACH: &[SettingDef] = &[LIMIT.def(), BURST.def()];
    const LIMIT: Setting<u32> = Setting::count("limit", "");
    const BURST: Setting<u32> = Setting::count("burst", "");
    let values = reader.root().tables_in("rate_limit").into_iter().map(|limit| {
        let vip = &limit.tables(&Setting::tables("override", "", EACH))[0];
        [LIMIT, BURST].map(|setting| vip.get(&setting))
    });
    let values: Vec<_> = values.collect();
    assert_eq!(values, [[Some(1), Some(3)], [Some(2), Some(3)]]);
}

#[test]
fn a_wrong_default_is_reported_once_where_it_is_written() {
    let source = toml("[breaker.a]\n[breaker.b]\n[breaker.c]\nwindow = '1s'")
        .toml_str("[defaults.breaker]\nfailures = 'many'\nwindow = 5\n");
    assert_eq!(
        report(&source, with_defaults),
        "2 problems in the configuration:\n\
         inline TOML:2: defaults.breaker.failures: \"many\" is not a whole number; expected 1 or \
         more\n\
         inline TOML:3: defaults.breaker.window: 5 has no unit; expected a duration like \"10s\" \
         or \"250ms\"; did you mean `\"5s\"`?"
    );
    let source =
        toml("[breaker.a]").environment_from([("SEAWALL_DEFAULTS__BREAKER__FAILURES", "many")]);
    assert_eq!(
        only("environment SEAWALL_DEFAULTS__BREAKER__FAILURES", &report(&source, with_defaults)),
        "defaults.breaker.failures: \"many\" is not a whole number; expected 1 or more"
    );
    let source = toml("[breaker.a]").set("defaults.breaker.failures", 0);
    let report = report(&source, with_defaults);
    assert!(report.contains("\ncode: defaults.breaker.failures: 0 "), "{report}");
}

#[test]
fn a_default_of_another_backend_is_no_unknown_key_of_a_component() {
    let source = toml("[breaker.a]\nfailures = 1\n[defaults.breaker]\ncolour = 'red'\n");
    assert_eq!(report(&source, read_breakers), "");
    assert_eq!(
        only("inline TOML:4", &report(&source, with_defaults)),
        "defaults.breaker.colour: unknown key; expected one of failures, window, reset_after"
    );
}

#[test]
fn a_default_that_is_wrong_beside_a_components_own_values_names_the_component() {
    let source = toml("[breaker.a]\nwindow = '1s'\n[defaults.breaker]\nreset_after = '5s'\n");
    let report = report(&source, |root| {
        with_defaults(root);
        let breaker = &root.tables_in("breaker")[0];
        breaker.reject("reset_after", crate::config::Diagnostic::new("longer than the window"));
    });
    assert_eq!(
        only("inline TOML:4", &report),
        "defaults.breaker.reset_after: for `breaker.a`, longer than the window"
    );
}

#[test]
fn what_is_missing_is_missed_in_the_component_and_not_in_its_defaults() {
    let source = toml("\n[breaker.a]\n").toml_str("[defaults.breaker]\nfailures = 3");
    let report = report(&source, |root| {
        with_defaults(root);
        let lease = Setting::duration("lease", "").required();
        assert_eq!(root.tables_in("breaker")[0].get(&lease), None);
    });
    let wrong = only("inline TOML:2", &report);
    assert!(wrong.starts_with("breaker.a.lease: missing;"), "{wrong}");
}

#[test]
fn a_component_of_variables_alone_stays_one_with_defaults() {
    let source = toml("[defaults.breaker]\nfailures = 3\n[breaker.a]")
        .environment_from([("SEAWALL_BREAKER__B__WINDOW", "1s")]);
    let reader = source.read().unwrap();
    let breakers = reader.root().tables_in("breaker");
    let alone: Vec<_> = breakers.iter().map(Table::is_environment).collect();
    assert_eq!(alone, [false, true]);
}

#[test]
fn defaults_that_are_no_tables_are_reported() {
    for (text, wrong) in [
        ("defaults = 3\n[breaker.a]", "defaults: a number is not a table; expected a table"),
        (
            "defaults.breaker = 3\n[breaker.a]",
            "defaults.breaker: a number is not a table; expected a table",
        ),
        (
            "[defaults.braker]\n[breaker.a]",
            "defaults.braker: unknown key; expected breaker; did you mean `breaker`?",
        ),
    ] {
        assert_eq!(only("inline TOML:1", &report(&toml(text), with_defaults)), wrong, "{text}");
    }
}
