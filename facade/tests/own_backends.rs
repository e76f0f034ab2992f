//! The crate `examples/own-backends`, outside of this workspace: settings name its backends, mistakes in
//! their settings are reported like any other, and both are checked by the laws.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use figment::Figment;
use figment::providers::{Format, Toml};

const CRATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/own-backends");

/// A copy of the crate, with this workspace's lock file and target folder, so that little is built.
struct OwnBackends(PathBuf);

impl OwnBackends {
    fn copy() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("own-backends");
        for part in ["src", "tests"] {
            fs::create_dir_all(folder.join(part)).expect("a folder");
            for file in fs::read_dir(Path::new(CRATE).join(part)).expect("a folder") {
                let file = file.expect("a file");
                fs::copy(file.path(), folder.join(part).join(file.file_name())).expect("copied");
            }
        }
        let facade = Path::new(env!("CARGO_MANIFEST_DIR"));
        let manifest = fs::read_to_string(Path::new(CRATE).join("Cargo.toml")).expect("a manifest");
        let root = facade.parent().expect("the workspace");
        let local = manifest
            .replace("\"../../../", &format!("\"{}/", root.display()))
            .replace("\"../..\"", &format!("\"{}\"", facade.display()));
        fs::write(folder.join("Cargo.toml"), local).expect("written");
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
        Self(folder)
    }

    /// Runs cargo there; `settings` are those of the crate, with `from` replaced by `to`.
    fn cargo(&self, arguments: &[&str], (from, to): (&str, &str)) -> Output {
        let settings = fs::read_to_string(Path::new(CRATE).join("seawall.toml")).expect("a file");
        assert!(settings.contains(from), "{from}");
        fs::write(self.0.join("seawall.toml"), settings.replace(from, to)).expect("written");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
        Command::new(env!("CARGO"))
            .args(arguments)
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

const RUN: [&str; 3] = ["run", "--quiet", "--offline"];

#[test]
fn another_crate_brings_backends_that_settings_name() {
    let own = OwnBackends::copy();
    let good = own.cargo(&RUN, ("", ""));
    assert!(good.status.success(), "{}", text(&good.stderr));
    let output = text(&good.stdout);
    for expected in [
        "circuit breaker `payments`, backend `fuse`: seawall.toml:4\n  blows_after = 2 (seawall.toml:6)",
        "charge_card: circuit breaker `payments` is open; retry in 10.0 s",
        "export: exported\nexport: exported\nexport: exported\nexport: too many",
        "circuit breaker `payments`: open",
        "; backend fuse\nrate limit `exports`: ready",
        "; backend quota",
    ] {
        assert!(output.contains(expected), "{expected}\n\nin {output}");
    }

    let wrong = own.cargo(&RUN, ("blows_after = 2", "blow_after = 2"));
    assert!(!wrong.status.success(), "the key is misspelt");
    assert_eq!(
        text(&wrong.stderr),
        "Error: 1 problem in the configuration:\nseawall.toml:6: breaker.payments.blow_after: unknown key; \
         expected one of backend, blows_after, cools_for, mode, enforce, shadow, required, remember; did you mean `blows_after`?"
    );

    let schema = own.cargo(&["run", "--quiet", "--offline", "schema"], ("", ""));
    let schema = serde_json::from_slice(&schema.stdout).expect("JSON");
    let schema = jsonschema::draft7::new(&schema).expect("a schema of draft 7");
    for (from, to, is_valid) in [("", "", true), ("blows_after", "blow_after", false)] {
        let settings = fs::read_to_string(Path::new(CRATE).join("seawall.toml")).expect("a file");
        let settings = Figment::from(Toml::string(&settings.replace(from, to)));
        let settings = settings.extract().expect("TOML");
        assert_eq!(schema.is_valid(&settings), is_valid, "{to}");
    }

    let laws = own.cargo(&["test", "--quiet", "--offline", "--test", "laws"], ("", ""));
    assert!(laws.status.success(), "{}{}", text(&laws.stdout), text(&laws.stderr));
    assert!(text(&laws.stdout).contains("ignored"), "the laws that they cannot keep are declared");
}

#[test]
fn a_backend_is_no_more_than_60_lines() {
    for file in ["fuse.rs", "quota.rs"] {
        let source = fs::read_to_string(Path::new(CRATE).join("src").join(file)).expect("a file");
        let is_code = |line: &&str| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with("//") && !line.starts_with("use ")
        };
        let lines = source.lines().filter(is_code).count();
        assert!(lines <= 60, "{file} has {lines}");
    }
}
