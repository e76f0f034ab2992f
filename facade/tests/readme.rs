//! The README's first example, as a new user copies it: into a crate of its own, with the lines that
//! the README shows, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use seawall::{ConfigSource, Infrastructure};

/// Returns the code block of the README whose fence is `fence` and whose first line is `first`.
fn block(fence: &str, first: &str) -> String {
    let readme = include_str!("../../README.md");
    let start = format!("```{fence}\n{first}\n");
    let from = readme.find(&start).unwrap_or_else(|| panic!("no block {start:?}")) + start.len();
    let length = readme[from..].find("```").expect("the block ends");
    readme[from..from + length].to_owned()
}

/// A crate of the README's blocks, with this workspace in place of the registry.
struct FreshCrate(PathBuf);

impl FreshCrate {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
        let facade = env!("CARGO_MANIFEST_DIR");
        let dependencies = block("toml", "# Cargo.toml");
        let version = concat!("seawall = \"", env!("CARGO_PKG_VERSION"), "\"");
        assert!(dependencies.contains(version), "{dependencies}");
        let local = format!("seawall = {{ path = {facade:?} }}");
        let manifest = format!(
            "[package]\nname = \"fresh\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n{}",
            dependencies.replace(version, &local)
        );
        fs::create_dir_all(folder.join("src")).expect("a folder");
        fs::write(folder.join("Cargo.toml"), manifest).expect("written");
        fs::write(folder.join("src/main.rs"), block("rust,no_run", "// src/main.rs"))
            .expect("written");
        // The versions that are on this machine already.
        fs::copy(Path::new(facade).join("../Cargo.lock"), folder.join("Cargo.lock"))
            .expect("copied");
        Self(folder)
    }

    fn run(&self, settings: &str) -> Output {
        fs::write(self.0.join("seawall.toml"), settings).expect("written");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
        Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--offline"])
            // As the workspace's profile has it, so that what it has built is used again.
            .args(["--config", "profile.dev.debug = 'line-tables-only'"])
            .args(["--config", "profile.dev.package.'*'.debug = false"])
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", target)
            .env_remove("RUST_BACKTRACE")
            .output()
            .expect("cargo runs")
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text").trim_end()
}

/// The settings with two mistakes, which the README's report is about.
fn with_mistakes(settings: &str) -> String {
    settings
        .replace("failures = 5  ", "failure = 5   ")
        .replace("window = \"10s\"", "window = \"-10s\"")
}

#[test]
fn the_first_example_runs_in_an_empty_crate_and_prints_what_the_readme_shows() {
    let (fresh, settings) = (FreshCrate::new(), block("toml", "# seawall.toml"));
    let output = fresh.run(&format!("# seawall.toml\n{settings}"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), block("text", "$ cargo run").trim_end());
    assert_eq!(text(&output.stderr), "");

    let output = fresh.run(&with_mistakes(&format!("# seawall.toml\n{settings}")));
    assert!(!output.status.success(), "the settings are wrong");
    let report = block("text", "Error: 2 problems in the configuration:");
    let report = format!("Error: 2 problems in the configuration:\n{report}");
    assert_eq!(text(&output.stderr), report.trim_end());
}

#[test]
fn errors_that_leave_main_are_readable() {
    let config =
        ConfigSource::new().toml_str("[breaker.b]\nfailure = 3\n[protection.p]\nbreaker = 'b'");
    let error = Infrastructure::builder().config(config).build().expect_err("misspelt");
    assert_eq!(format!("{error:?}"), error.to_string());
    let config = ConfigSource::new().toml_str("[protection.p]\ntimeout = '1s'");
    let infra = Infrastructure::builder().config(config).build().expect("valid");
    let unknown = infra.status("q").expect_err("unknown");
    assert_eq!(format!("{unknown:?}"), "protection `q` is not configured (configured: p)");
    assert_eq!(format!("{unknown:#}"), unknown.to_string());
}
