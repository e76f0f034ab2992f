//! Keys: unknown, missing, in the wrong place, and names.

use super::*;
use crate::config::{Diagnostic, Names};

#[test]
fn an_unknown_key_is_reported_with_the_nearest_one() {
    let source = toml("[breaker.payments]\nfailures = 3\nfailure = 3\nwindow = '10s'\n");
    assert_eq!(
        only("inline TOML:3", &report(&source, breakers)),
        "breaker.payments.failure: unknown key; expected one of failures, window, reset_after; \
         did you mean `failures`?"
    );
}

#[test]
fn nothing_is_said_of_what_is_right() {
    let source = toml("[breaker.payments]\nfailures = 3\nwindow = '1m 30s'\n[breaker.search]\n");
    assert_eq!(report(&source, breakers), "");
    assert_eq!(report(&ConfigSource::new(), breakers), "");
}

#[test]
fn all_problems_are_in_one_report() {
    let source = toml(
        "[breaker.payments]\nwindow = '-10s'\nfailures = 'many'\n\n[breker.search]\n\n\
         [breaker.'a b']\nwindow = 10\nreset_after = true\n",
    );
    assert_eq!(
        report(&source, breakers),
        "6 problems in the configuration:\n\
         inline TOML:2: breaker.payments.window: -10s is negative; expected a duration like \
         \"10s\" or \"250ms\"\n\
         inline TOML:3: breaker.payments.failures: \"many\" is not a whole number; expected 1 or \
         more\n\
         inline TOML:5: breker: unknown key; expected breaker; did you mean `breaker`?\n\
         inline TOML:7: breaker.\"a b\": \"a b\" is not a name; expected letters, digits, `_` and \
         `-`\n\
         inline TOML:8: breaker.\"a b\".window: 10 has no unit; expected a duration like \"10s\" \
         or \"250ms\"; did you mean `\"10s\"`?\n\
         inline TOML:9: breaker.\"a b\".reset_after: true is not a duration; expected a duration \
         like \"10s\" or \"250ms\""
    );
}

#[test]
fn what_is_missing_is_missed_where_it_belongs() {
    let required = |root: &Table<'_>| {
        let Some(pool) = root.table("pool") else { return };
        let _ = pool.get(&Setting::count("size", "").required());
    };
    for (text, place, wrong) in [
        ("\n\n[pool]", "inline TOML:3", "pool.size: missing; expected 1 or more"),
        ("pool = 3", "inline TOML:1", "pool: a number is not a table; expected a table"),
    ] {
        assert_eq!(only(place, &report(&toml(text), required)), wrong, "{text}");
    }
    let set = ConfigSource::new().set("pool", figment::value::Map::<String, u8>::new());
    assert_eq!(only("code", &report(&set, required)), "pool.size: missing; expected 1 or more");
}

#[test]
fn a_table_is_no_text_and_is_not_quoted_if_it_is() {
    let source = toml("[breaker]\npayments = 'postgres://me:secret@host/db'\n");
    assert_eq!(
        only("inline TOML:2", &report(&source, breakers)),
        "breaker.payments: text is not a table; expected `[breaker.NAME]`, with the settings below it"
    );
    let source = toml("breaker = ['a']\n");
    assert_eq!(
        only("inline TOML:1", &report(&source, breakers)),
        "breaker: a list is not a table; expected a table"
    );
}

#[test]
fn a_reference_names_what_is_there() {
    let protections = |root: &Table<'_>| {
        const NAMES: [Setting<Names>; 2] =
            [Setting::names("breaker", "breaker", ""), Setting::names("also", "breaker", "")];
        let names = root.configured("breaker");
        root.tables_in("breaker");
        for protection in root.tables_in("protection") {
            NAMES.iter().for_each(|setting| _ = protection.references(setting, &names));
        }
    };
    let check = |text: &str, expected: &str| {
        assert_eq!(report(&toml(text), protections), expected, "{text}");
    };
    check(
        "breaker.payments = {}\n[protection.charge]\nbreaker = 'payments'\nalso = 'payments'",
        "",
    );
    check(
        "breaker.payments = {}\nbreaker.search = {}\n[protection.charge]\nbreaker = 'paymants'\n\
         also = ['search',\n 'serach', 5]",
        "3 problems in the configuration:\n\
         inline TOML:4: protection.charge.breaker: no breaker named `paymants` is configured; \
         expected one of payments, search; did you mean `payments`?\n\
         inline TOML:6: protection.charge.also[1]: no breaker named `serach` is configured; \
         expected one of payments, search; did you mean `search`?\n\
         inline TOML:6: protection.charge.also[2]: 5 is not text; expected one of payments, search",
    );
    check(
        "[protection.charge]\nbreaker = 'payments'",
        "1 problem in the configuration:\n\
         inline TOML:2: protection.charge.breaker: no breaker named `payments` is configured; \
         expected the name of a breaker",
    );
    assert_eq!(
        only(
            "inline TOML:1",
            &report(&toml("limit = 'x'"), |root| {
                let limit = Setting::names("limit", "rate_limit", "");
                root.references(&limit, &root.configured("rate_limit"));
            })
        ),
        "limit: no rate limit named `x` is configured; expected the name of a rate limit"
    );
    // What is wrong is the table, not what refers to it.
    check(
        "breaker = 5\n[protection.charge]\nbreaker = 'payments'",
        "1 problem in the configuration:\n\
         inline TOML:1: breaker: a number is not a table; expected a table",
    );
}

#[test]
fn one_can_reject_and_ignore() {
    let source = toml("order = ['pool', 'breaker']\nnote = 'x'");
    let report = report(&source, |root| {
        root.close(&["note", "order"], &[], &|_| None);
        let wrong = Diagnostic::new("`pool` before `breaker`: a full pool would open the circuit");
        root.reject("order", wrong.expected("`breaker` first"));
    });
    assert_eq!(
        only("inline TOML:1", &report),
        "order: `pool` before `breaker`: a full pool would open the circuit; expected `breaker` first"
    );
}

#[test]
fn no_input_breaks_the_line() {
    let source = toml("[breaker.\"a\\u001B\\nb\"]\n'\\' = 1");
    let report = report(&source, breakers);
    assert_eq!(report.lines().count(), 3, "{report}");
    assert!(!report.contains('\u{1b}'));
}
