//! The example, run as a user runs it.

use std::process::Command;

#[test]
fn the_example_is_answered_repeats_fails_and_is_refused() {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "partners"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let expected = "\
        200 OK: ordered 7 chairs\n\
        200 OK: ordered 7 chairs\n\
        failed to connect: true\n\
        refused: circuit_open\n";
    assert_eq!(text(&output.stdout), expected, "{}", text(&output.stderr));
}
