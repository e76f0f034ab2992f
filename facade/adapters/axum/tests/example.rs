//! The example of a shutdown, run as a user runs it.

use std::process::Command;

#[test]
fn a_request_under_way_is_answered_before_the_service_ends() {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "shutdown", "--", "now"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let lines = text(&output.stdout);
    let [serving, ended, answer] = &lines.lines().collect::<Vec<_>>()[..] else {
        panic!("{lines}{}", text(&output.stderr));
    };
    assert!(serving.starts_with("serving http://127.0.0.1:"), "{serving}");
    assert!(ended.starts_with("shut down after ") && !ended.contains("not ended"), "{ended}");
    assert_eq!(*answer, "the request under way: 200 OK done");
}

/// Returns `line` with its times, which are those of the machine, as `N`.
fn untimed(line: &str) -> String {
    let timed = ["t=", "Some(\"", "\"retry_after\":"];
    let mut text = line.to_owned();
    for before in timed {
        let (mut rest, mut done) = (text.as_str(), String::new());
        while let Some((start, end)) = rest.split_once(before) {
            done = done + start + before;
            rest = end.trim_start_matches(|c: char| c.is_ascii_digit());
            done += if rest.len() < end.len() { "N" } else { "" };
        }
        text = done + rest;
    }
    text
}

#[test]
fn clients_learn_what_is_wrong_with_the_service_and_with_themselves() {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "service"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let lines: Vec<_> = text(&output.stdout).lines().map(untimed).collect();
    let failed = r#"  {"detail":"a service that is needed for the answer failed","kind":"failed","status":502,"title":"Bad Gateway","type":"about:blank"}"#;
    let expected = [
        r#"502 Bad Gateway: Some("\"clients\";r=2;t=N"), None"#,
        failed,
        r#"502 Bad Gateway: Some("\"clients\";r=1;t=N"), None"#,
        failed,
        r#"503 Service Unavailable: Some("\"clients\";r=0;t=N"), Some("N")"#,
        r#"  {"detail":"the service cannot take the request now; retry later","kind":"circuit_open","retry_after":N,"status":503,"title":"Request cannot be satisfied: reduced capacity","type":"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"}"#,
        r#"429 Too Many Requests: Some("\"clients\";r=0;t=N"), Some("N")"#,
        r#"  {"detail":"too many requests; retry later","kind":"rate_limited","retry_after":N,"status":429,"title":"Request cannot be satisfied: quota exceeded","type":"https://iana.org/assignments/http-problem-types#quota-exceeded"}"#,
    ];
    assert_eq!(lines, expected, "{}", text(&output.stderr));
}
