//! What code takes away and adds while everything runs.

use proptest::prelude::*;

use super::*;
use crate::config::CodeChanges;

/// The failures of each breaker.
fn failures(reader: &crate::config::Reader) -> Vec<(String, Option<u32>)> {
    let breakers = reader.root().tables_in("breaker");
    breakers.iter().map(|breaker| (breaker.name().to_owned(), breaker.get(&FAILURES))).collect()
}

#[test]
fn what_is_removed_is_not_there_for_later_sources() {
    let source = toml("[breaker.a]\nfailures = 1\nwindow = '1s'\n[breaker.b]").remove("breaker.a");
    let reader = source.clone().set("breaker.a.failures", 2).read().unwrap();
    let a = &reader.root().tables_in("breaker")[0];
    assert_eq!((a.get(&FAILURES), a.get(&WINDOW)), (Some(2), None));
    assert_eq!(failures(&source.read().unwrap()), [("b".to_owned(), None)]);
}

#[test]
fn what_is_not_there_cannot_be_removed() {
    let source = toml("[breaker.payments]").remove("breaker.paymants");
    assert_eq!(
        only("code", &report(&source, breakers)),
        "breaker.paymants: there is nothing to remove; did you mean `payments`?"
    );
}

#[derive(Clone, Debug)]
enum Step {
    Set(&'static str, u32),
    Remove(&'static str),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    const NAMES: &[&str] = &["a", "b", "c"];
    let step = prop_oneof![
        (prop::sample::select(NAMES), 1..9_u32).prop_map(|(name, n)| Step::Set(name, n)),
        prop::sample::select(NAMES).prop_map(Step::Remove),
    ];
    prop::collection::vec(step, 0..12)
}

proptest! {
    #[test]
    fn many_changes_are_what_they_lead_to(steps in steps()) {
        let base = toml("[defaults.breaker]\nwindow = '5s'\n[breaker.a]\nfailures = 10\n[breaker.b]");
        let content = base.gather();
        let mut one_by_one = base;
        let mut changes = CodeChanges::default();
        for step in steps {
            let more = match step {
                Step::Set(name, n) => {
                    one_by_one = one_by_one.set(format!("breaker.{name}.failures"), n);
                    ConfigSource::new().set(format!("breaker.{name}.failures"), n)
                }
                Step::Remove(name) => {
                    let key = format!("breaker.{name}");
                    let now = failures(&content.with(&changes).reader().unwrap());
                    if now.iter().all(|(other, _)| other != name) {
                        continue;
                    }
                    one_by_one = one_by_one.remove(key.clone());
                    ConfigSource::new().remove(key)
                }
            };
            changes = changes.and(&more.gather(), &content);
        }
        let all = failures(&one_by_one.read().unwrap());
        prop_assert_eq!(all, failures(&content.with(&changes).reader().unwrap()));
    }
}
