//! A secret in settings is in no output of any kind: reports, descriptions, differences, events, the
//! schema, `Debug`, panics.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use seawall::settings::{
    ComponentBackend, Diagnostic, Instance, InvalidOption, PlanDiff, Setting, SettingDef, Table,
};
use seawall::{Builder, Component, ConfigSource, Driver, Infrastructure, Layer, Status, Tick};
use seawall_core::{Backend, Call, Entry, Exit, Token};
use seawall_testkit::Recorder;

const SECRET: &str = "hunter2-5f1c";

const TOKEN: Setting<String> = Setting::text("token", "identifies the caller").secret().required();
const PIN: Setting<u32> = Setting::count("pin", "opens it").secret().max(9999);
const ROTATES: Setting<std::time::Duration> = Setting::duration("rotates", "").secret();

/// A breaker of another service, which callers have to log in to.
struct Remote;

#[derive(Clone, PartialEq)]
struct Options {
    token: String,
    pin: Option<u32>,
}

impl ComponentBackend for Remote {
    const COMPONENT: Component = Component::CircuitBreaker;
    const NAME: &'static str = "remote";
    const SETTINGS: &'static [SettingDef] = &[TOKEN.def(), PIN.def(), ROTATES.def()];
    type Options = Options;

    fn read(&self, table: &Table<'_>) -> Option<Options> {
        let (token, pin) = (table.get(&TOKEN), table.get(&PIN));
        let token = token?;
        assert!(!token.ends_with("-panic"), "a backend that panics: {table:?}");
        if token.ends_with("-rejected") {
            table.reject(TOKEN, Diagnostic::new("the service does not know it"));
        }
        Some(Options { token, pin })
    }

    fn start(&self, name: &str, options: &Options, _: &Driver) -> Result<Instance, InvalidOption> {
        let layer = Layer::new(Component::CircuitBreaker, name);
        if options.token.ends_with("-invalid") {
            return Err(InvalidOption::new(&layer, "token", "is not accepted"));
        }
        Ok(Instance::new(Arc::new(Always(layer))))
    }
}

struct Always(Layer);

impl Backend for Always {
    fn layer(&self) -> &Layer {
        &self.0
    }

    fn enter(&self, _: &Call<'_>) -> Entry {
        Entry::Go(Token::default())
    }

    fn exit(&self, _: Token, _: &Exit<'_>) {}

    fn status(&self, _: Tick) -> Status {
        Status::new(&self.0, "closed")
    }
}

fn builder(config: ConfigSource) -> Builder {
    Infrastructure::builder().config(config).backend(Remote)
}

fn settings(lines: &str) -> String {
    format!("[breaker.b]\nbackend = 'remote'\n{lines}\n[protection.p]\nbreaker = 'b'")
}

#[test]
fn a_secret_that_is_in_use_is_nowhere_to_be_seen() {
    let text = settings(&format!("token = '{SECRET}'\npin = 4711\nrotates = '4711s'"));
    let source = ConfigSource::new()
        .toml_str(text)
        .environment_from([("SEAWALL_BREAKER__B__TOKEN", format!("{SECRET}-of-variables"))])
        .set("breaker.b.token", format!("{SECRET}-of-code"));
    let recorder = Recorder::new();
    let builder = builder(source.clone()).observer(recorder.clone());
    let mut output = format!("{source:?}{builder:?}{}", builder.schema());
    let plan = builder.plan().expect("valid settings");
    let other = settings("token = 'other'\npin = 1\nrotates = '1s'");
    let other = self::builder(ConfigSource::new().toml_str(other)).plan().expect("valid settings");
    let diff = PlanDiff::between(&plan, &other);
    assert_eq!(diff.changes()[0].settings().len(), 3, "a change of a secret is seen: {diff}");
    write!(output, "{plan}{plan:?}{diff}{diff:?}").expect("written");
    let same = PlanDiff::between(&plan, &plan.clone());
    assert!(same.is_empty(), "{same}");
    for json in [serde_json::to_string(&plan), serde_json::to_string(&diff)] {
        output += &json.expect("it serialises");
    }
    let infra = builder.build().expect("valid settings");
    infra.execute_protected_blocking("p", || Ok::<_, ()>(())).expect("admitted");
    write!(output, "{infra:?}{:?}{:?}", infra.components(), infra.status("p")).expect("written");
    write!(output, "{:?}", recorder.events()).expect("written");
    assert!(output.contains("(hidden)") && output.contains("Executed"), "{output}");
    for secret in [SECRET, "4711"] {
        assert!(!output.contains(secret), "{secret} is in {output}");
    }
}

#[test]
fn a_secret_in_wrong_settings_is_not_reported() {
    let in_toml = [
        format!("tokn = '{SECRET}'"),
        format!("token = ['{SECRET}']"),
        format!("token.value = '{SECRET}'"),
        format!("token = '{SECRET}'\npin = '{SECRET}'"),
        format!("token = '{SECRET}'\nrotates = '{SECRET}'"),
        format!("token = '{SECRET}'\nrotates = '5 {SECRET}'"),
        format!("token = '{SECRET}-rejected'"),
        format!("token = '{SECRET}-invalid'"),
        format!("token = '{SECRET}'\ntoken = '{SECRET}'"),
        format!("token = {SECRET}"),
        format!("token = '{SECRET}"),
        format!("token = \"{SECRET}\\q\""),
        format!("token = 1979-05-27-{SECRET}"),
        "token = 'x'\npin = 47110815".to_owned(),
        "token = 47110815".to_owned(),
        "token = true\npin = 4711.0815".to_owned(),
    ];
    let mut sources: Vec<_> = in_toml
        .iter()
        .map(|lines| (lines.clone(), ConfigSource::new().toml_str(settings(lines))))
        .collect();
    for json in [
        format!("{{\"breaker\": {{\"b\": {{\"token\": \"{SECRET}\", }}}}}}"),
        format!("{{\"breaker\": \"postgres://me:{SECRET}@host\"}}"),
        format!("{{\"breaker\": {{\"b\": \"postgres://me:{SECRET}@host\"}}}}"),
        format!("{{\"breaker\": {{\"b\": {{\"backend\": \"postgres://me:{SECRET}@host\"}}}}}}"),
    ] {
        sources.push((json.clone(), ConfigSource::new().json_str(json)));
    }
    for variable in ["SEAWALL_BREAKER__B__PIN", "SEAWALL_BREAKER__B", "SEAWALL_BREAKER__B__TOKN"] {
        let source = ConfigSource::new().toml_str(settings("token = 'x'"));
        sources.push((variable.to_owned(), source.environment_from([(variable, SECRET)])));
    }
    for (what, source) in sources {
        let error = builder(source).build().map(drop).expect_err(&what);
        let output = format!("{error}{error:?}{:?}", error.problems());
        for secret in [SECRET, "hunter2", "5f1c", "4711"] {
            assert!(!output.contains(secret), "{what}\n\n{output}");
        }
    }
}

#[test]
fn a_panic_does_not_show_it() {
    let seen = Arc::new(Mutex::new(String::new()));
    let (write_to, before) = (Arc::clone(&seen), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |info| {
        write_to.lock().expect("not poisoned").push_str(&info.to_string());
    }));
    let source = ConfigSource::new().toml_str(settings(&format!("token = '{SECRET}-panic'")));
    let caught = catch_unwind(AssertUnwindSafe(|| builder(source).build()));
    std::panic::set_hook(before);
    assert!(caught.is_err());
    let seen = seen.lock().expect("not poisoned");
    assert!(seen.contains("Table(breaker.b)") && !seen.contains(SECRET), "{seen}");
}

/// A URL with a password is most often pasted into the wrong place.
#[test]
fn a_url_with_a_password_is_not_quoted_wherever_it_stands() {
    let schema = Infrastructure::builder().schema();
    let mut count = 0;
    for (kind, definition) in schema["definitions"].as_object().expect("definitions") {
        let parts = definition["anyOf"].as_array().cloned();
        for part in parts.unwrap_or_else(|| vec![definition.clone()]) {
            for key in part["properties"].as_object().into_iter().flat_map(|keys| keys.keys()) {
                for value in
                    ["'postgres://me:hunter2@host/db'", "['postgres://me:hunter2@host/db']"]
                {
                    let settings = format!("[{kind}.x]\n{key} = {value}");
                    let config = ConfigSource::new().toml_str(&settings);
                    let Err(error) = Infrastructure::builder().config(config).plan() else {
                        continue;
                    };
                    count += 1;
                    let output = format!("{error}{error:?}");
                    assert!(!output.contains("hunter2"), "{settings}\n\n{output}");
                }
            }
        }
    }
    assert!(count > 100, "{count} settings were tried");
}
