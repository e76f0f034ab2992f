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
