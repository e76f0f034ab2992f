use serde_json::{Value, json};

use crate::support::Folder;

#[test]
fn the_schema_knows_all_backends_and_accepts_settings() {
    let schema = Folder::empty().run(["schema"]).printed(0);
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let text = schema.to_string();
    for backend in ["native", "failsafe", "governor", "deadpool", "r2d2", "bb8"] {
        assert!(text.contains(&format!("\"{backend}\"")), "{backend}");
    }
    let is_valid = |settings: Value| jsonschema::is_valid(&schema, &settings);
    assert!(is_valid(json!({ "breaker": { "payments": { "failures": 5 } } })));
    assert!(!is_valid(json!({ "breaker": { "payments": { "failurs": 5 } } })));
}

#[test]
fn each_shell_gets_a_script() {
    for (shell, said) in [
        ("bash", "complete -F _seawall"),
        ("zsh", "#compdef seawall"),
        ("fish", "complete -c seawall"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[seawall]"),
    ] {
        let script = Folder::empty().run(["completions", shell]).printed(0);
        assert!(script.contains(said), "{script}");
    }
}
