//! The environment: which key a variable sets, and what its text is read as.

use super::*;

fn environment(variables: &[(&str, &str)]) -> ConfigSource {
    toml("[breaker.card-api]\nfailures = 3\n[breaker.Search]\n")
        .environment_from(variables.iter().copied())
}

#[test]
fn text_is_read_as_what_is_asked_for() {
    let source = ConfigSource::new().environment_from([
        ("SEAWALL_A__COUNT", " 5 "),
        ("SEAWALL_A__RATIO", "0.5"),
        ("SEAWALL_A__FLAG", "Yes"),
        ("SEAWALL_A__WAIT", "10s"),
        ("SEAWALL_A__LIST", "a, b,"),
        ("SEAWALL_A__BRACKETS", "[\"a\", 'b']"),
        ("SEAWALL_A__EMPTY", "[]"),
        ("OTHER", "x"),
        ("SEAWALL", "x"),
    ]);
    let report = report(&source, |root| {
        let a = root.table("a").unwrap();
        assert_eq!(a.get(&Setting::count("count", "")).unwrap(), 5);
        assert_eq!(a.get(&Setting::ratio("ratio", "")), Some(0.5));
        assert_eq!(a.get(&Setting::flag("flag", "")), Some(true));
        assert_eq!(a.get(&Setting::duration("wait", "")).unwrap().as_secs(), 10);
        let names = |key| a.get(&Setting::names(key, "letter", "")).unwrap().0;
        assert_eq!(names("list"), ["a", "b"]);
        assert_eq!(names("brackets"), ["a", "b"]);
        assert!(names("empty").is_empty());
    });
    assert_eq!(report, "");
}

#[test]
fn a_number_is_written_in_plain_decimal_digits() {
    for (value, wrong) in [
        ("0x10", "\"0x10\" is not a whole number; expected 1 or more"),
        ("007", "\"007\" is not a whole number; expected 1 or more; did you mean `7`?"),
        ("+5", "\"+5\" is not a whole number; expected 1 or more; did you mean `5`?"),
        ("1_000", "\"1_000\" is not a whole number; expected 1 or more"),
        ("", "\"\" is not a whole number; expected 1 or more"),
    ] {
        let report =
            report(&ConfigSource::new().environment_from([("SEAWALL_A__COUNT", value)]), |root| {
                let a = root.table("a").unwrap();
                let _ = a.get(&Setting::count("count", ""));
            });
        let wrong = format!("a.count: {wrong}");
        assert_eq!(only("environment SEAWALL_A__COUNT", &report), wrong, "{value}");
    }
    for (value, wrong) in [
        ("nan", "\"nan\" is not a number; expected a ratio from 0 to 1"),
        ("inf", "\"inf\" is not a number; expected a ratio from 0 to 1"),
        (".5", "\".5\" is not a number; expected a ratio from 0 to 1; did you mean `0.5`?"),
        ("5e-1", "\"5e-1\" is not a number; expected a ratio from 0 to 1; did you mean `0.5`?"),
    ] {
        let report =
            report(&ConfigSource::new().environment_from([("SEAWALL_A__RATIO", value)]), |root| {
                let a = root.table("a").unwrap();
                let _ = a.get(&Setting::ratio("ratio", ""));
            });
        let wrong = format!("a.ratio: {wrong}");
        assert_eq!(only("environment SEAWALL_A__RATIO", &report), wrong, "{value}");
    }
}

/// Runs itself again, as no test may change its own process's environment.
#[test]
fn the_processs_environment_is_read() {
    const NAME: &str = "SEAWALL_TEST__CHILD";
    if std::env::var_os(NAME).is_some() {
        let reader = ConfigSource::new().environment().read().unwrap();
        let test = reader.root().table("test").unwrap();
        assert_eq!(test.get(&Setting::count("child", "")).unwrap(), 7);
        return;
    }
    let test = "config::tests::environment::the_processs_environment_is_read";
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(NAME, "7")
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"));
}

#[test]
fn a_variable_means_the_key_that_is_there() {
    let source = environment(&[
        ("SEAWALL_BREAKER__CARD_API__FAILURES", "4"),
        ("SEAWALL_BREAKER__SEARCH__FAILURES", "5"),
        ("SEAWALL_BREAKER__NEW__FAILURES", "6"),
    ]);
    let reader = source.read().unwrap();
    let root = reader.root();
    let found: Vec<_> = root
        .tables_in("breaker")
        .into_iter()
        .map(|b| (b.name().to_owned(), b.get(&Setting::count("failures", "")).unwrap()))
        .collect();
    let expected = [("Search", 5), ("card-api", 4), ("new", 6)];
    assert_eq!(found, expected.map(|(name, failures)| (name.to_owned(), failures)));
}

#[test]
fn a_wrong_variable_is_named() {
    for (variables, wrong) in [
        (
            &[("SEAWALL_BREAKER__CARD_API__FAILURES", "many")] as &[_],
            "environment SEAWALL_BREAKER__CARD_API__FAILURES: breaker.card-api.failures: \"many\" \
             is not a whole number; expected 1 or more",
        ),
        (
            &[("SEAWALL_BREAKER__CARD_API__WINDOW", "10")],
            "environment SEAWALL_BREAKER__CARD_API__WINDOW: breaker.card-api.window: \"10\" has no \
             unit; expected a duration like \"10s\" or \"250ms\"; did you mean `10s`?",
        ),
        (
            &[("SEAWALL_BREAKER__SEARCH__FALIURES", "3")],
            "environment SEAWALL_BREAKER__SEARCH__FALIURES: breaker.Search.faliures: unknown key; \
             expected one of failures, window, reset_after; did you mean `failures`?",
        ),
        (
            &[("SEAWALL_BREAKER_SEARCH_FAILURES", "3")],
            "environment SEAWALL_BREAKER_SEARCH_FAILURES: breaker_search_failures: unknown key; \
             expected breaker; did you mean `breaker`?",
        ),
        (
            &[("SEAWALL_BREAKER", "x")],
            "environment SEAWALL_BREAKER: breaker: text is not a table; expected a variable for \
             each key of the table, such as SEAWALL_BREAKER__…",
        ),
        (
            &[("SEAWALL_BREAKER__CARD_API__FAILURES__MOST", "3")],
            "environment SEAWALL_BREAKER__CARD_API__FAILURES__MOST: breaker.card-api.failures: a \
             table is not a whole number; expected 1 or more",
        ),
        (
            &[("SEAWALL_BREAKER____WINDOW", "3")],
            "environment SEAWALL_BREAKER____WINDOW: a part of the name is empty; expected \
             SEAWALL_TABLE__KEY",
        ),
        (
            &[("SEAWALL_", "3")],
            "environment SEAWALL_: a part of the name is empty; expected SEAWALL_TABLE__KEY",
        ),
        (
            &[
                ("SEAWALL_BREAKER__SEARCH__FAILURES", "3"),
                ("SEAWALL_BREAKER__Search__FAILURES", "4"),
            ],
            "environment SEAWALL_BREAKER__Search__FAILURES: breaker.Search.failures: \
             SEAWALL_BREAKER__SEARCH__FAILURES sets it as well; expected one of the two",
        ),
        (
            &[("SEAWALL_BREAKER__X", "3"), ("SEAWALL_BREAKER__X__FAILURES", "3")],
            "environment SEAWALL_BREAKER__X: breaker.x: text is not a table; expected a variable \
             for each key of the table, such as SEAWALL_BREAKER__X__…",
        ),
    ] {
        let report = report(&environment(variables), breakers);
        let header = "1 problem in the configuration:\n";
        assert_eq!(report.strip_prefix(header), Some(wrong), "{report}");
    }
}

#[test]
fn a_name_that_could_be_two_is_refused() {
    let source = toml("breaker.a-b = {}\nbreaker.A_b = {}")
        .environment_from([("SEAWALL_BREAKER__A_B__FAILURES", "3")]);
    assert_eq!(
        only("environment SEAWALL_BREAKER__A_B__FAILURES", &report(&source, breakers)),
        "breaker.a_b: it could be `A_b` and `a-b`; expected one that it can only be"
    );
}

#[test]
fn kubernetes_may_call_a_service_seawall() {
    let links = [
        "SEAWALL_SERVICE_HOST",
        "SEAWALL_SERVICE_PORT",
        "SEAWALL_SERVICE_PORT_HTTP",
        "SEAWALL_PORT",
        "SEAWALL_PORT_80_TCP_ADDR",
        "SEAWALL_API_SERVICE_HOST",
        "SEAWALL_API_PORT_443_TCP",
    ];
    assert_eq!(report(&environment(&links.map(|name| (name, "x"))), breakers), "");
    let ours = report(&environment(&[("SEAWALL_PORTAL", "x")]), breakers);
    assert!(ours.contains("unknown key"), "{ours}");
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf8_is_one_problem() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let value = OsString::from_vec(vec![0xff]);
    let source = ConfigSource::new().environment_from([("SEAWALL_POOL__URL", value)]);
    let report = report(&source.toml_str("[pool]"), |root| {
        let pool = root.table("pool").unwrap();
        let _ = pool.get(&Setting::count("url", "").required());
    });
    assert_eq!(
        only("environment SEAWALL_POOL__URL", &report),
        "pool.url: the value is not UTF-8; expected text"
    );
}
