//! Limits that some keys have of their own, from settings.

use seawall::{ConfigError, ConfigSource, Infrastructure};

fn start(settings: &str) -> Result<Infrastructure, ConfigError> {
    Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()
}

const OVERRIDES: &str = r#"
    [rate_limit.api]
    limit = 2
    period = "1s"

    [rate_limit.api.override.acme]
    key = "acme"
    limit = 5

    [rate_limit.api.override.their_robot]
    key = ["acme", -7, true]
    limit = 10
    period = "1m"
    burst = 3
"#;

#[test]
fn some_keys_have_limits_of_their_own() {
    let infra = start(OVERRIDES).unwrap();
    let left = |status: seawall::KeyStatus| (status.remaining, status.window.as_secs());
    assert_eq!(left(infra.rate_status("bob", "api").unwrap()), (2, 1));
    assert_eq!(left(infra.rate_status("acme", "api").unwrap()), (5, 1));
    assert_eq!(left(infra.rate_status(("acme", -7, true), "api").unwrap()), (3, 18));
    assert_eq!(left(infra.rate_status(("acme", "-7", true), "api").unwrap()), (2, 1));
    infra.check_rate("acme", "api", 5).unwrap();
    infra.check_rate("acme", "api", 1).unwrap_err();
}

#[test]
fn what_is_wrong_with_an_override_is_said_where_it_is() {
    let settings = OVERRIDES
        .replace("limit = 5", "limit = 5\nburts = 3")
        .replace("burst = 3", "burst = 10000000")
        .replace("\"1m\"", "\"1000d\"")
        .replace("[\"acme\", -7, true]", "[\"acme\", 0.5]");
    let settings = settings
        + "[rate_limit.api.override.again]\nkey = [\"acme\"]\nlimit = 1\n\
           [rate_limit.api.override.slow]\nkey = 7\nlimit = 1\nperiod = \"1000d\"\nburst = 1000\n\
           [rate_limit.api.override.none]\nkey = []\n\
           [rate_limit.other]\nbackend = \"governor\"\nlimit = 1\nperiod = \"1s\"\n\
           [rate_limit.other.override.acme]\nkey = \"acme\"\nlimit = 2\n";
    let wrong = start(&settings).map(|_| ()).expect_err("much is wrong").to_string();
    let mut wrong: Vec<&str> =
        wrong.lines().map(|line| line.split_once(": ").map_or(line, |(_, what)| what)).collect();
    wrong.sort_unstable();
    assert_eq!(
        wrong,
        [
            "7 problems in the configuration:",
            "rate_limit.api.override.acme.burts: unknown key; expected one of key, limit, period, \
             burst; did you mean `burst`?",
            "rate_limit.api.override.again.key: override `acme` has the same key; expected each key once",
            "rate_limit.api.override.none.key: the list is empty; expected a text, a number, or a \
             list of these, like [\"acme\", 7]",
            "rate_limit.api.override.none.limit: missing; expected 0 or more, or a rate like \"100/s\"",
            "rate_limit.api.override.slow.burst: would take more than 100 years to save up",
            "rate_limit.api.override.their_robot.key[1]: 0.5 is not a whole number; expected a \
             text, a number, or a list of these, like [\"acme\", 7]",
            "rate_limit.other.override: the backend `governor` does not have this; expected \
             `backend = \"native\"` or `backend = \"redis\"` or `backend = \"postgres\"`",
        ]
    );
}

#[test]
fn a_key_in_the_environment_could_be_a_text_or_a_number() {
    let variables = [("SEAWALL_RATE_LIMIT__API__OVERRIDE__ACME__KEY", "7")];
    let config = ConfigSource::new().toml_str(OVERRIDES).environment_from(variables);
    let built = Infrastructure::builder().config(config).build();
    let said = built.map(|_| ()).expect_err("it is not known").to_string();
    assert!(said.contains("a variable does not tell whether 7 is a number or a text"), "{said}");
}

#[test]
fn settings_name_a_tenant_by_the_first_part_of_its_keys() {
    for key in [r#""acme""#, r#"["acme"]"#] {
        let infra = start(&format!(
            "[rate_limit.api]\nlimit = 2\nperiod = '1s'\nkey_parts = 1\n\
             [rate_limit.api.override.acme]\nkey = {key}\nlimit = 5\n"
        ))
        .unwrap();
        infra.check_rate(("acme", "ann"), "api", 3).unwrap();
        infra.check_rate(("acme", "bob"), "api", 1).unwrap();
        assert_eq!(infra.rate_status("acme", "api").unwrap().remaining, 1, "{key}");
        assert_eq!(infra.rate_status(("acme",), "api").unwrap().limit, 5, "{key}");
        assert_eq!(infra.rate_status(("other", "ann"), "api").unwrap().limit, 2, "{key}");
    }
}

#[test]
fn an_override_names_as_many_parts_as_are_counted() {
    let said = |parts: u32| {
        let settings = format!(
            "[rate_limit.api]\nlimit = 2\nperiod = '1s'\nkey_parts = {parts}\n\
             [rate_limit.api.override.ann]\nkey = ['acme', 'ann']\nlimit = 5\n"
        );
        start(&settings).map(drop).map_err(|error| error.problems()[0].to_string())
    };
    assert_eq!(said(2), Ok(()));
    assert_eq!(
        said(1).expect_err("it would be the limit of all of acme"),
        "inline TOML:6: rate_limit.api.override.ann.key: a key of 2 parts is counted by its first 1; \
         expected 1 at most, as `key_parts` says"
    );
    assert_eq!(
        said(0).expect_err("no key is counted"),
        "inline TOML:6: rate_limit.api.override.ann.key: all calls are counted together, as \
         `key_parts` is 0; expected `key_parts` of 1 or more"
    );
}

#[test]
fn overrides_are_read_also_where_the_rule_is_wrong() {
    let settings = OVERRIDES.replace("    limit = 2\n", "").replace("limit = 5", "limit = 'many'");
    let wrong = start(&settings).map(drop).expect_err("two mistakes").to_string();
    let keys: Vec<_> = wrong.lines().filter_map(|line| line.split(": ").nth(1)).collect();
    assert_eq!(keys, ["rate_limit.api.limit", "rate_limit.api.override.acme.limit"], "{wrong}");
}

#[test]
fn an_override_of_zero_blocks_its_key() {
    let settings = OVERRIDES.replace("limit = 5", "limit = 0");
    let infra = start(&settings).unwrap();
    let refused = infra.check_rate("acme", "api", 1).unwrap_err();
    assert_eq!(refused.kind(), seawall::RefusalKind::KeyBlocked);
    assert_eq!(refused.retry_after(), None);
    infra.check_rate("bob", "api", 1).unwrap();
}
