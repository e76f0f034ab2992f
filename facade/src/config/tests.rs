//! What is reported, to the letter.

mod code_changes;
mod content;
mod defaults;
mod durations;
mod environment;
mod given;
mod keys;
mod places;
mod profiles;
mod properties;
mod sources;
mod values;

use super::{ConfigSource, Setting, SettingDef, Table};

/// The report on `source` when `read` reads its top, or nothing.
fn report(source: &ConfigSource, read: impl FnOnce(&Table<'_>)) -> String {
    let reader = match source.read() {
        Ok(reader) => reader,
        Err(error) => return error.to_string(),
    };
    let root = reader.root();
    read(&root);
    reader.finish().err().map(|error| error.to_string()).unwrap_or_default()
}

/// The only problem, without the header and without `place`.
fn only(place: &str, report: &str) -> String {
    let problem = report.strip_prefix("1 problem in the configuration:\n");
    let problem = problem.unwrap_or_else(|| panic!("one problem: {report:?}"));
    let wrong = problem.strip_prefix(place).and_then(|wrong| wrong.strip_prefix(": "));
    wrong.unwrap_or_else(|| panic!("at {place}: {problem:?}")).to_owned()
}

fn toml(text: &str) -> ConfigSource {
    ConfigSource::new().toml_str(text)
}

const FAILURES: Setting<u32> = Setting::count("failures", "");
const WINDOW: Setting<std::time::Duration> = Setting::duration("window", "");
const RESET_AFTER: Setting<std::time::Duration> = Setting::duration("reset_after", "");
const BREAKER: &[SettingDef] = &[FAILURES.def(), WINDOW.def(), RESET_AFTER.def()];

/// Reads breakers, as a builder would.
fn breakers(root: &Table<'_>) {
    read_breakers(root);
    root.close(&["breaker"], &[], &|_| None);
}

/// Reads breakers beside other tables.
fn read_breakers(root: &Table<'_>) {
    for breaker in root.tables_in("breaker") {
        let _ = (breaker.get(&FAILURES), breaker.get(&WINDOW), breaker.get(&RESET_AFTER));
        breaker.close(&[], BREAKER, &|_| None);
    }
}
