//! The crate `examples/own-pools`, outside of this workspace: pools that an application has already come
//! under protections.

use std::fs;
use std::path::Path;
use std::process::Command;

const CRATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/own-pools");

#[test]
fn pools_of_other_libraries_come_under_protections() {
    // A copy, with this workspace's lock file and target folder, so that little is built.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("own-pools");
    fs::create_dir_all(folder.join("src")).expect("a folder");
    for file in ["src/main.rs", "src/files.rs"] {
        fs::copy(Path::new(CRATE).join(file), folder.join(file)).expect("copied");
    }
    let facade = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = facade.parent().expect("the workspace");
    let manifest = fs::read_to_string(Path::new(CRATE).join("Cargo.toml")).expect("a manifest");
    let local = manifest
        .replace("\"../../../", &format!("\"{}/", root.display()))
        .replace("\"../..\"", &format!("\"{}\"", facade.display()));
    fs::write(folder.join("Cargo.toml"), local).expect("written");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline"])
        .args(["--config", "profile.dev.debug = 'line-tables-only'"])
        .args(["--config", "profile.dev.package.'*'.debug = false"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("cargo runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    assert!(output.status.success(), "{}", text(output.stderr));
    let expected = "sqlx: 0 orders\nbb8: 42\nr2d2: 42\n\
        deadpool: connection pool `deadpool` could not reach its resource\n\
        circuit breaker `database`: closed\nconnection pool `bb8`: ready\n\
        connection pool `deadpool`: degraded\nconnection pool `r2d2`: ready\n\
        connection pool `sqlx`: ready\n";
    assert_eq!(text(output.stdout), expected);
}

#[test]
fn a_pool_comes_under_a_protection_in_under_ten_lines() {
    let source = fs::read_to_string(Path::new(CRATE).join("src/main.rs")).expect("a file");
    for pool in ["own_sqlx", "own_bb8", "own_r2d2", "own_deadpool"] {
        let from = source.find(&format!("fn {pool}(")).expect("a function");
        let body = source[from..].split("\n}").next().expect("a body");
        let lines = body.lines().skip(1).filter(|line| *line != "    Ok(())").count();
        assert!(lines < 10, "{pool} has {lines}");
    }
}
