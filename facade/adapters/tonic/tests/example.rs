//! The example, run as a user runs it.

use std::process::Command;

#[test]
fn the_example_greets_limits_fails_and_is_refused() {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "greeter"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let expected = "\
        hello Ada\n\
        Internal: no name\n\
        Internal: no name\n\
        never sent: circuit_open\n\
        hello Ann\n\
        ResourceExhausted, and says when to return\n";
    assert_eq!(text(&output.stdout), expected, "{}", text(&output.stderr));
}
