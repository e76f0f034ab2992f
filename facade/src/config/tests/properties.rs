//! Whatever comes in: no panic, and as many problems as mistakes.

use figment::value::{Dict, Empty, Num, Tag, Value};
use proptest::prelude::*;

use super::*;
use crate::config::Word;

#[derive(Clone, Copy)]
struct Letter;

impl Word for Letter {
    const WORDS: &'static [(&'static str, Self)] = &[("a", Self), ("b", Self)];
}

/// Reads a top of every kind of setting, so that every reader meets every value.
fn everything(root: &Table<'_>) {
    const ALL: &[SettingDef] = &[
        Setting::count("a", "").def(),
        Setting::tables(
            "sections",
            "",
            &[Setting::rate("a", "").def(), Setting::text("b", "").def()],
        )
        .def(),
    ];
    let names = root.configured("sections");
    for name in NAMES {
        let _ = root.get(&Setting::count(name, ""));
        let _ = root.get(&Setting::count(name, "").min(5).max(7).required());
        let _ = root.get(&Setting::ratio(name, ""));
        let _ = root.get(&Setting::flag(name, ""));
        let _ = root.get(&Setting::<Letter>::word(name, ""));
        let _ = root.get(&Setting::key(name, "").required());
        let _ = root.get(&Setting::rate(name, ""));
        let _ = root.get(&Setting::text(name, "").secret());
        let _ = root.references(&Setting::names(name, "sections", ""), &names);
        let _ = root.get(&Setting::duration(name, "").or_zero());
        for table in root.tables_in(name) {
            let _ = table.get(&Setting::duration(name, "").required());
            table.close(&[], ALL, &|_| None);
        }
    }
    let _ = root.effective(ALL);
    root.close(&["a"], ALL, &|_| None);
}

const NAMES: [&str; 4] = ["a", "b", "sections", "x-y"];

fn number() -> impl Strategy<Value = Num> {
    prop_oneof![
        any::<u8>().prop_map(Num::U8),
        any::<i64>().prop_map(Num::I64),
        any::<u128>().prop_map(Num::U128),
        any::<i128>().prop_map(Num::I128),
        any::<f64>().prop_map(Num::F64),
        any::<f32>().prop_map(Num::F32),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => proptest::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => any::<String>()]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), r"-?[0-9]{0,20}\.?[0-9]{0,4} ?[a-zA-Zµ]{0,4}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<char>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        number().prop_map(|number| Value::Num(Tag::Default, number)),
        Just(Value::Empty(Tag::Default, Empty::Unit)),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..6).prop_map(Value::from),
        ]
    })
}

/// One line of a breaker's table and how many problems it is.
fn line() -> impl Strategy<Value = (&'static str, usize)> {
    proptest::sample::select(vec![
        ("failures = 3", 0),
        ("failures = 0", 1),
        ("failures = 'many'", 1),
        ("failures = [1]", 1),
        ("window = '10s'", 0),
        ("window = 10", 1),
        ("window = '-10s'", 1),
        ("window = '10 parsecs'", 1),
        ("reset_after = {}", 1),
        ("reset_after = '0s'", 1),
        ("reset_afetr = '1s'", 1),
        ("colour = 'red'", 1),
        ("'a b' = { deep = [1, { x = 1 }] }", 1),
    ])
}

proptest! {
    #[test]
    fn no_value_makes_reading_panic(values in prop::collection::btree_map(key(), value(), 0..6)) {
        let source = values.iter().filter(|(key, _)| !key.is_empty()).fold(
            ConfigSource::new(),
            |source, (key, value)| source.set(key.as_str(), value.clone()),
        );
        report(&source, everything);
        let whole = figment::providers::Serialized::defaults(Dict::from_iter(values));
        report(&ConfigSource::new().figment(figment::Figment::from(whole)), everything);
    }

    #[test]
    fn no_text_makes_reading_panic(text in any::<String>()) {
        report(&toml(&text), everything);
        report(&ConfigSource::new().json_str(text), everything);
    }

    #[test]
    fn nothing_like_toml_or_json_makes_reading_panic(
        text in r#"(\[{0,2}|[ab.]{1,4}|"[ab\\u0]{0,5}"|'[a ]{0,3}'|=|[0-9.e_:-]{1,6}|[{}\],:#\n ]|true|nan){0,40}"#,
    ) {
        report(&toml(&text), everything);
        report(&ConfigSource::new().json_str(format!("{{\"a\":{text}}}")), everything);
    }

    #[test]
    fn no_environment_makes_reading_panic(
        variables in prop::collection::vec(("SEAWALL_[ABab_]{0,12}|SEAWALL_\\PC{0,8}", text()), 0..6),
    ) {
        let variables = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let source = toml("a = 3\nb.a = 'x'\n[sections.b]\na-b = 1").environment_from(variables);
        report(&source, everything);
    }

    #[test]
    fn as_many_problems_as_mistakes(
        tables in prop::collection::vec(prop::collection::vec(line(), 0..6), 0..6),
    ) {
        let mut text = String::new();
        let mut expected = Vec::new();
        let mut at = 0;
        for (index, lines) in tables.iter().enumerate() {
            text.push_str(&format!("[breaker.b{index}]\n"));
            at += 1;
            let mut keys = Vec::new();
            for (line, problems) in lines {
                let key = line.split(" =").next();
                if !keys.contains(&key) {
                    keys.push(key);
                    at += 1;
                    text.push_str(&format!("{line}\n"));
                    expected.extend(std::iter::repeat_n(at, *problems));
                }
            }
        }
        let reader = toml(&text).read().unwrap();
        let root = reader.root();
        breakers(&root);
        let found: Vec<_> = match reader.finish() {
            Ok(()) => Vec::new(),
            Err(error) => error.problems().iter().filter_map(|p| p.place.line()).collect(),
        };
        prop_assert_eq!(found, expected, "{}", text);
    }
}
