//! Backends that code registers, and the mistakes that it can make.

use seawall::settings::{ComponentBackend, Instance, InvalidOption, Setting, SettingDef, Table};
use seawall::{Builder, Component, ConfigSource, Driver, Infrastructure};

/// A backend of the kind with this number, that starts nothing.
struct Nothing<const KIND: u8>;

const SIZE: Setting<u32> = Setting::count("size", "how large it is").max(9);
const UNREAD: Setting<u32> = Setting::count("unread", "what the backend does not read").required();

const fn kind(number: u8) -> (Component, &'static str) {
    match number {
        0 => (Component::Bulkhead, "own"),
        1 => (Component::Bulkhead, "semaphore"),
        _ => (Component::Protection, "own"),
    }
}

impl<const KIND: u8> ComponentBackend for Nothing<KIND> {
    const COMPONENT: Component = kind(KIND).0;
    const NAME: &'static str = kind(KIND).1;
    const SETTINGS: &'static [SettingDef] = &[SIZE.def(), UNREAD.def()];
    type Options = ();

    fn read(&self, table: &Table<'_>) -> Option<()> {
        table.get(&SIZE).filter(|size| *size > 1).map(|_| ())
    }

    fn start(&self, _: &str, (): &(), _: &Driver) -> Result<Instance, InvalidOption> {
        unreachable!("nothing is valid")
    }
}

fn problems(builder: Builder, settings: &str) -> Vec<String> {
    let error = builder.config(ConfigSource::new().toml_str(settings)).build().map(drop);
    error.expect_err("a mistake").to_string().lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_name_that_is_taken_is_a_problem() {
    let builder = Infrastructure::builder().backend(Nothing::<1>);
    assert_eq!(
        problems(builder, ""),
        ["code: bulkhead.backend: two backends are named `semaphore`; expected a name for each"]
    );
}

#[test]
fn a_backend_of_no_component_is_a_problem() {
    let builder = Infrastructure::builder().backend(Nothing::<2>);
    assert_eq!(
        problems(builder, ""),
        [
            "code: protection.backend: the backend `own` is of no kind that settings start; expected a \
          breaker, a rate limiter or a bulkhead"
        ]
    );
}

#[test]
fn what_a_backend_declares_is_checked_though_it_does_not_read_it() {
    let table = "[bulkhead.b]\nbackend = 'own'\n";
    let builder = || Infrastructure::builder().backend(Nothing::<0>);
    for (settings, expected) in [
        ("size = 5", "inline TOML:1: bulkhead.b.unread: missing; expected 1 or more"),
        (
            "size = 5\nunread = 'x'",
            "inline TOML:4: bulkhead.b.unread: \"x\" is not a whole number; expected 1 or more",
        ),
        (
            "size = 1\nunread = 1",
            "inline TOML:1: bulkhead.b: the backend `own` does not accept the settings",
        ),
        (
            "max_concurrent = 5\nsize = 5\nunread = 1",
            "inline TOML:3: bulkhead.b.max_concurrent: the backend `own` does not have this; expected \
             `backend = \"semaphore\"` or `backend = \"redis\"` or `backend = \"postgres\"`",
        ),
    ] {
        assert_eq!(problems(builder(), &format!("{table}{settings}")), [expected], "{settings}");
    }
}
