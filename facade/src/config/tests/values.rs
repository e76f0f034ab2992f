//! Values of every kind, right and wrong.

use super::*;
use crate::config::{Diagnostic, Word};

/// What is wrong with `x = VALUE`, read by `read`; nothing if it is right.
fn wrong<T>(value: &str, read: impl FnOnce(&Table<'_>) -> Option<T>) -> String {
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
    table! { |root| root.get(&Setting::count("x", "")) =>
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
    table! { |root| root.get(&Setting::count("x", "").max(100)) =>
        "100" ""
        "101" "x: 101 is too large; expected 1 to 100"
        "0" "x: 0 is too small; expected 1 to 100"
    }
    table! { |root| root.get(&Setting::count("x", "").min(0).max(9)) =>
        "0" ""
        "10" "x: 10 is too large; expected 0 to 9"
        "-1" "x: -1 is negative; expected 0 to 9"
    }
    let reader = toml("x = 7").read().unwrap();
    assert_eq!(reader.root().get(&Setting::count("x", "")), Some(7));
    assert_eq!(reader.root().get(&Setting::count("y", "").default("3")), Some(3));
}

#[test]
fn ratios() {
    table! { |root| root.get(&Setting::ratio("x", "")) =>
        "0" ""
        "0.5" ""
        "1" ""
        "50" "x: 50 is too large; expected 0 to 1; did you mean `0.5`?"
        "'50%'" ""
        "'12.5 %'" ""
        "'100%'" ""
        "'101%'" "x: \"101%\" is too large; expected 0 to 1"
        "'-5%'" "x: \"-5%\" is negative; expected a ratio from 0 to 1"
        "'half%'" "x: \"half%\" is not a number; expected a ratio from 0 to 1"
        "'5%%'" "x: \"5%%\" is not a number; expected a ratio from 0 to 1"
        "'0.5'" "x: \"0.5\" is text, not a number; expected a ratio from 0 to 1; did you mean `0.5`?"
        "-0.5" "x: -0.5 is negative; expected a ratio from 0 to 1"
        "nan" "x: NaN is not a number; expected a ratio from 0 to 1"
        "inf" "x: inf is too large; expected 0 to 1"
        "101" "x: 101 is too large; expected 0 to 1"
        "false" "x: false is not a number; expected a ratio from 0 to 1"
    }
}

#[test]
fn a_percentage_is_the_ratio_that_it_says() {
    for (text, ratio) in [("50%", 0.5), ("12.5 %", 0.125), ("33.3%", 0.333), ("0%", 0.0)] {
        let reader = toml(&format!("x = '{text}'")).read().unwrap();
        assert_eq!(reader.root().get(&Setting::ratio("x", "")), Some(ratio), "{text}");
    }
}

#[test]
fn flags() {
    table! { |root| root.get(&Setting::flag("x", "")) =>
        "true" ""
        "'yes'" "x: \"yes\" is not a flag; expected true or false; did you mean `true`?"
        "'maybe'" "x: \"maybe\" is not a flag; expected true or false"
        "1" "x: 1 is not a flag; expected true or false"
    }
}

#[test]
fn words() {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Backend {
        Native,
        Governor,
    }

    impl Word for Backend {
        const WORDS: &'static [(&'static str, Self)] =
            &[("native", Self::Native), ("governor", Self::Governor)];
    }

    let read = |root: &Table<'_>| root.get(&Setting::<Backend>::word("x", ""));
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
    assert_eq!(
        toml("x = 'governor'").read().map(|reader| read(&reader.root())),
        Ok(Some(Backend::Governor))
    );
}

#[test]
fn rates() {
    table! { |root| root.get(&Setting::rate("x", "")) =>
        "100" ""
        "'100/s'" ""
        "'5 per minute'" ""
        "'1_000 / 10s'" ""
        "'20 per 1m 30s'" ""
        "0" "x: 0 is too small; expected 1 or more, or a rate like \"100/s\""
        "'0/s'" "x: 0 is too small; expected 1 or more, or a rate like \"100/s\""
        "'-5/s'" "x: -5 is negative; expected 1 or more, or a rate like \"100/s\""
        "'100'" "x: \"100\" is text, not a whole number; expected 1 or more, or a rate like \"100/s\"; \
                 did you mean `100`?"
        "'1.5/s'" "x: \"1.5/s\" is not a rate; expected 1 or more, or a rate like \"100/s\""
        "'many/s'" "x: \"many/s\" is not a rate; expected 1 or more, or a rate like \"100/s\""
        "'5/'" "x: \"5/\" is not a rate; expected 1 or more, or a rate like \"100/s\""
        "'5/0s'" "x: \"5/0s\" is not a rate; expected 1 or more, or a rate like \"100/s\""
        "'5/M'" "x: \"5/M\" is not a rate; expected 1 or more, or a rate like \"100/s\""
        "'_5/s'" "x: \"_5/s\" is not a rate; expected 1 or more, or a rate like \"100/s\""
        "'5000000000/s'" "x: 5000000000 is too large; expected 1 to 4294967295"
    }
    let rate = |text: &str| {
        let reader = toml(&format!("x = '{text}'")).read().unwrap();
        reader.root().get(&Setting::rate("x", "")).unwrap()
    };
    for (text, shown, seconds) in [
        ("100/s", "100/s", 1),
        ("5 per minute", "5/m", 60),
        ("1_000 / 10s", "1000/10s", 10),
        ("20 per 1m 30s", "20/1m 30s", 90),
        ("7/day", "7/d", 86_400),
    ] {
        let rate = rate(text);
        assert_eq!((rate.to_string(), rate.period.unwrap().as_secs()), (shown.to_owned(), seconds));
    }
}

#[test]
fn a_secret_that_is_wrong_is_not_quoted() {
    table! { |root| root.get(&Setting::duration("x", "").secret()) =>
        "'hunter2'" "x: the value is not valid; expected a duration like \"10s\" or \"250ms\""
    }
}

#[test]
fn a_check_of_ones_own() {
    let even = |root: &Table<'_>| {
        let x = Setting::count("x", "").max(9);
        let value = root.get(&x)?;
        if value % 2 > 0 {
            root.reject(x, Diagnostic::new(format!("{value} is odd")).expected("an even number"));
        }
        Some(value)
    };
    table! { even =>
        "4" ""
        "5" "x: 5 is odd; expected an even number"
        "10" "x: 10 is too large; expected 1 to 9"
    }
}
