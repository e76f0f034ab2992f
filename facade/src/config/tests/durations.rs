//! Durations, right and wrong.

use std::time::Duration;

use super::*;

const LIKE: &str = "; expected a duration like \"10s\" or \"250ms\"";
const UNITS: &str = "; expected a duration in ns, us, ms, s, m, h, d or w, like \"10s\"";
const AT_MOST: &str = "; expected a duration of 100 years at most";

#[test]
fn a_wrong_duration_says_why() {
    for (value, wrong, expected) in [
        ("'10s'", "", ""),
        ("'1m 30s'", "", ""),
        ("' 250ms '", "", ""),
        ("'1.5s'", "", ""),
        ("10", "10 has no unit", "; did you mean `\"10s\"`?"),
        ("1.5", "1.5 has no unit", "; did you mean `\"1.5s\"`?"),
        ("'10'", "\"10\" has no unit", "; did you mean `10s`?"),
        ("0", "0 has no unit", ""),
        ("1e300", "1e300 has no unit", ""),
        ("-10", "-10 is negative", ""),
        ("'-10s'", "-10s is negative", ""),
        ("'-1m 30s'", "-1m 30s is negative", ""),
        ("'-10'", "-10 is negative", ""),
        ("'0s'", "0s is zero", ""),
        ("'0m 0ms'", "0m 0ms is zero", ""),
        ("'soon'", "\"soon\" is not a duration", ""),
        ("''", "\"\" is not a duration", ""),
        ("'inf'", "\"inf\" is not a duration", ""),
        ("nan", "NaN is not a duration", ""),
        ("'- 10s'", "- 10s is negative", ""),
        ("'s'", "\"s\" is not a duration", ""),
        ("1979-05-27", "a date is not a duration", ""),
        ("true", "true is not a duration", ""),
        ("['10s']", "a list is not a duration", ""),
        ("{ s = 10 }", "a table is not a duration", ""),
        ("'0.5ns'", "0.5ns is not a whole number of nanoseconds", ""),
    ] {
        let expected = match (wrong, expected) {
            ("", _) => String::new(),
            (wrong, suggestion) => format!("x: {wrong}{LIKE}{suggestion}"),
        };
        assert_eq!(wrong_with(value), expected, "{value}");
    }
}

#[test]
fn an_unknown_unit_is_reported_with_the_known_ones() {
    for (value, wrong) in [
        ("'10 parsecs'", format!("\"10 parsecs\" has the unknown unit `parsecs`{UNITS}")),
        ("'5 sekunden'", format!("\"5 sekunden\" has the unknown unit `sekunden`{UNITS}")),
        (
            "'5 secnds'",
            format!("\"5 secnds\" has the unknown unit `secnds`{UNITS}; did you mean `5 seconds`?"),
        ),
        ("'10S'", format!("\"10S\" has the unknown unit `S`{UNITS}; did you mean `10s`?")),
        ("'10MS'", format!("\"10MS\" has the unknown unit `MS`{UNITS}; did you mean `10ms`?")),
        // A month is no fixed time, and its letter is most often a slip.
        ("'5M'", format!("\"5M\" has the unknown unit `M`{UNITS}; did you mean `5m`?")),
        ("'5M 30s'", format!("\"5M 30s\" has the unknown unit `M`{UNITS}; did you mean `5m 30s`?")),
        ("'1 month'", format!("\"1 month\" has the unknown unit `month`{UNITS}")),
        ("'2 years'", format!("\"2 years\" has the unknown unit `years`{UNITS}")),
        ("'1y'", format!("\"1y\" has the unknown unit `y`{UNITS}")),
        ("'1m 30'", format!("\"1m 30\" has a number without a unit{UNITS}")),
    ] {
        assert_eq!(wrong_with(value), format!("x: {wrong}"), "{value}");
    }
}

#[test]
fn an_absurd_duration_is_a_mistake() {
    for value in ["36526d", "99999999999999999999s", "18446744073709551615s 1000ms", "40000d"] {
        let wrong = format!("x: {value} is too long{AT_MOST}");
        assert_eq!(wrong_with(&format!("'{value}'")), wrong);
    }
    assert_eq!(wrong_with("'36525d'"), "");
}

#[test]
fn a_bound_is_part_of_what_is_expected() {
    const X: Setting<Duration> = Setting::duration("x", "").min(Duration::from_millis(1));
    let wrong = |value: &str| {
        let source = toml(&format!("x = '{value}'"));
        only("inline TOML:1", &report(&source, |root| _ = root.get(&X)))
    };
    let expected = "expected a duration of 1ms or more";
    assert_eq!(wrong("1us"), format!("x: 1us is too short; {expected}"));
    assert_eq!(wrong("0s"), format!("x: 0s is zero; {expected}"));
    assert_eq!(wrong("900"), format!("x: \"900\" has no unit; {expected}"));
    assert_eq!(wrong("90"), format!("x: \"90\" has no unit; {expected}; did you mean `90s`?"));
    let reader = toml("x = '0s'").read().unwrap();
    let root = reader.root();
    assert_eq!(root.get(&Setting::duration("x", "").or_zero()), Some(Duration::ZERO));
    let y = Setting::duration("y", "");
    assert_eq!(
        (root.get(&y), root.get(&y.default("1m 30s"))),
        (None, Some(Duration::from_secs(90)))
    );
    assert_eq!(reader.finish(), Ok(()));
}

/// What is wrong with `x = VALUE` as a duration.
fn wrong_with(value: &str) -> String {
    let source = toml(&format!("x = {value}"));
    let report = report(&source, |root| {
        let _ = root.get(&Setting::duration("x", ""));
    });
    if report.is_empty() { report } else { only("inline TOML:1", &report) }
}
