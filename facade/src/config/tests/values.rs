//! Values of every kind, right and wrong.

use std::num::NonZeroU32;

use super::*;
use crate::config::{Diagnostic, Setting};

/// What is wrong with `x = VALUE`, read by `read`; nothing if it is right.
fn wrong<T>(value: &str, read: impl FnOnce(&Section<'_>) -> Option<T>) -> String {
    let source = toml(&format!("x = {value}"));
    let report = report(&source, |root| {
        read(root);
    });
    if report.is_empty() { report } else { only("inline TOML:1", &report) }
}

macro_rules! table {
    ($read:expr => $($value:literal $wrong:expr)*) => {
        $(assert_eq!(wrong($value, $read), $wrong, "{}", $value);)*
    };
}

#[test]
fn counts() {
    table! { |root| root.count("x").optional() =>
        "1" ""
        "4_294_967_295" ""
        "0x10" ""
        "0" "x: 0 is too small; expected 1 or more"
        "-3" "x: -3 is negative; expected 1 or more"
        "4294967296" "x: 4294967296 is too large; expected 1 to 4294967295"
        "2.5" "x: 2.5 is not a whole number; expected 1 or more"
        "3.0" "x: 3.0 is not a whole number; expected 1 or more; did you mean `3`?"
        "'many'" "x: \"many\" is not a whole number; expected 1 or more"
        "'5'" "x: \"5\" is text, not a whole number; expected 1 or more; did you mean `5`?"
        "true" "x: true is not a whole number; expected 1 or more"
        "[1]" "x: a list is not a whole number; expected 1 or more"
        "{}" "x: a table is not a whole number; expected 1 or more"
        "1979-05-27" "x: a date is not a whole number; expected 1 or more"
        "nan" "x: NaN is not a whole number; expected 1 or more"
        "999999999999999999999999999999999999999999"
        "x: 1e42 is not a whole number; expected 1 or more"
    }
    table! { |root| root.count_to("x", 100).optional() =>
        "100" ""
        "101" "x: 101 is too large; expected 1 to 100"
        "0" "x: 0 is too small; expected 1 to 100"
    }
    table! { |root| root.whole("x", 0..=9).optional() =>
        "0" ""
        "10" "x: 10 is too large; expected 0 to 9"
        "-1" "x: -1 is negative; expected 0 to 9"
    }
    let reader = toml("x = 7").read().unwrap();
    assert_eq!(reader.root().count("x").optional(), NonZeroU32::new(7));
    assert_eq!(reader.root().whole("y", 0..=9).or(3), 3);
}

#[test]
fn ratios() {
    table! { |root| root.ratio("x").optional() =>
        "0" ""
        "0.5" ""
        "1" ""
        "50" "x: 50 is too large; expected 0 to 1; did you mean `0.5`?"
        "'50%'" "x: \"50%\" is not a number; expected a ratio from 0 to 1; did you mean `0.5`?"
        "'0.5'" "x: \"0.5\" is text, not a number; expected a ratio from 0 to 1; did you mean `0.5`?"
        "-0.5" "x: -0.5 is negative; expected a ratio from 0 to 1"
        "nan" "x: NaN is not a number; expected a ratio from 0 to 1"
        "inf" "x: inf is too large; expected 0 to 1"
        "101" "x: 101 is too large; expected 0 to 1"
        "false" "x: false is not a number; expected a ratio from 0 to 1"
    }
}

#[test]
fn flags() {
    table! { |root| root.flag("x").optional() =>
        "true" ""
        "'yes'" "x: \"yes\" is not a flag; expected true or false; did you mean `true`?"
        "'maybe'" "x: \"maybe\" is not a flag; expected true or false"
        "1" "x: 1 is not a flag; expected true or false"
    }
}

#[test]
fn words() {
    let backends = [("native", 1), ("governor", 2)];
    let read = |root: &Section<'_>| root.one_of("x", &backends).optional();
    table! { read =>
        "'native'" ""
        "'governer'" "x: \"governer\" is not known; expected one of native, governor; \
                      did you mean `governor`?"
        "'Native'" "x: \"Native\" is not known; expected one of native, governor; \
                    did you mean `native`?"
        "'redis'" "x: \"redis\" is not known; expected one of native, governor"
        "7" "x: 7 is not text; expected one of native, governor"
        "1979-05-27" "x: a date is not text; expected one of native, governor"
    }
    assert_eq!(toml("x = 'governor'").read().map(|reader| read(&reader.root())), Ok(Some(2)));
}

#[test]
fn a_check_of_ones_own() {
    let even = |setting: Setting<'_, u64>| {
        let even = |n| {
            if n % 2 == 0 { Ok(n / 2) } else { Err(Diagnostic::new(format!("{n} is odd"))) }
        };
        setting.check(even).required()
    };
    table! { |root| even(root.whole("x", 0..=9)) =>
        "4" ""
        "5" "x: 5 is odd; expected 0 to 9"
        "10" "x: 10 is too large; expected 0 to 9"
    }
}
