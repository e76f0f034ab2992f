//! What comes merged by figment already.

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};

use super::*;

#[test]
fn it_takes_its_turn_and_keeps_its_places() {
    let given = Figment::from(Serialized::default("breaker.payments.failures", "many"))
        .merge(Toml::string("[breaker.payments]\nwindow = 5\nreset_after = 5"));
    let source = toml("[breaker.payments]\nwindow = 1")
        .figment(given)
        .set("breaker.payments.reset_after", "1s");
    assert_eq!(
        report(&source, breakers),
        "2 problems in the configuration:\n\
         code: breaker.payments.failures: \"many\" is not a whole number; expected 1 or more\n\
         TOML source string: breaker.payments.window: 5 has no unit; expected a duration like \
         \"10s\" or \"250ms\"; did you mean `\"5s\"`?"
    );
}

#[test]
fn a_file_of_it_has_lines() {
    let file = std::env::temp_dir().join(format!("seawall-given-{}.toml", std::process::id()));
    std::fs::write(&file, "\n[breaker.payments]\nwindow = 5\n").unwrap();
    let source = ConfigSource::new().figment(Figment::from(Toml::file(&file)));
    let with_line = report(&source, breakers);
    std::fs::write(&file, "token = hunter2").unwrap();
    let broken = ConfigSource::new().figment(Figment::from(Toml::file(&file)));
    let unreadable = report(&broken, breakers);
    std::fs::remove_file(&file).unwrap();
    let without_line = report(&source, breakers);

    let place = file.display();
    let problem = "breaker.payments.window: 5 has no unit; expected a duration like \"10s\" or \
                   \"250ms\"; did you mean `\"5s\"`?";
    assert_eq!(only(&format!("{place}:3"), &with_line), problem);
    assert_eq!(only(&format!("{place}"), &without_line), problem);
    assert_eq!(only(&format!("{place}"), &unreadable), "TOML parse error at line 1, column 9");
}

#[test]
fn its_profile_is_applied_and_later_sources_win_over_it() {
    let given = Figment::from(Toml::string("[default.a]\nx = 1\ny = 1\n[debug.a]\nx = 2").nested())
        .select("debug");
    let reader = ConfigSource::new().figment(given).set("a.y", 3).read().unwrap();
    let root = reader.root();
    let a = root.table("a").unwrap();
    assert_eq!(a.get(&Setting::count("x", "").min(0).max(9)), Some(2));
    assert_eq!(a.get(&Setting::count("y", "").min(0).max(9)), Some(3));
}
