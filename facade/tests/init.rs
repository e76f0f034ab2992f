//! `seawall::init()`: where it looks, and what `main` prints. Each test is a program of its own, in a
//! folder of its own: this test again.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = "TEST_OF_INIT";

/// Runs this file's `program` in `folder`, with these variables.
fn run(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let exe = std::env::current_exe().expect("this test");
    let mut command = Command::new(exe);
    command.args(["--exact", "program", "--nocapture"]).current_dir(folder).env(PROGRAM, "1");
    command.env_remove("SEAWALL_CONFIG").env_remove("SEAWALL_PROFILE");
    command.envs(variables.iter().copied()).output().expect("it runs")
}

fn printed(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter_map(|line| line.strip_prefix("program: "));
    lines.collect::<Vec<_>>().join("\n")
}

/// What a `main` would do: prints its error as Rust prints that of `main`.
#[test]
fn program() {
    if std::env::var_os(PROGRAM).is_none() {
        return;
    }
    let started = || -> Result<(), seawall::InitError> {
        let (infra, background) = seawall::init()?;
        let protection = infra.protection("charge")?;
        println!("program: {}", infra.components()[0]);
        drop((protection, background));
        Ok(())
    };
    if let Err(error) = started() {
        format!("Error: {error:?}").lines().for_each(|line| println!("program: {line}"));
    }
}

const SETTINGS: &str = "[bulkhead.b]\nmax_concurrent = 3\n[protection.charge]\nbulkhead = 'b'\n\
                        [profile.big.bulkhead.b]\nmax_concurrent = 300\n";

#[test]
fn the_settings_are_in_the_usual_places_and_the_environment_is_over_them() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("seawall.toml"), SETTINGS).expect("written");
    let other = folder.path().join("other.toml");
    fs::write(&other, SETTINGS.replace('3', "4")).expect("written");
    let other = other.to_str().expect("UTF-8");
    for (variables, max) in [
        (&[] as &[_], 3),
        (&[("SEAWALL_CONFIG", "")], 3),
        (&[("SEAWALL_CONFIG", other)], 4),
        (&[("SEAWALL_PROFILE", "big")], 300),
        (&[("SEAWALL_BULKHEAD__B__MAX_CONCURRENT", "7")], 7),
    ] {
        let printed = printed(&run(folder.path(), variables));
        let expected = format!("max_concurrent {max},");
        assert!(printed.contains(&expected), "{variables:?}: {printed}");
    }
}

#[test]
fn variables_alone_are_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [
        ("SEAWALL_BULKHEAD__B__MAX_CONCURRENT", "7"),
        ("SEAWALL_PROTECTION__CHARGE__BULKHEAD", "b"),
    ];
    let printed = printed(&run(folder.path(), &variables));
    assert!(printed.contains("max_concurrent 7,"), "{printed}");
}

#[test]
fn main_prints_the_whole_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |variables: &[(&str, &str)]| printed(&run(folder.path(), variables));
    assert_eq!(
        run(&[]),
        "Error: no settings: there is no `seawall.toml` here and no `/etc/seawall/seawall.toml`; \
         create one of them, or set SEAWALL_CONFIG to the path of the settings"
    );
    assert_eq!(
        run(&[("SEAWALL_CONFIG", "nowhere.toml")]),
        "Error: 1 problem in the configuration:\n\
         nowhere.toml: no such file; expected a TOML or JSON file"
    );
    let file = folder.path().join("seawall.toml");
    fs::write(&file, "[bulkhead.b]\nmax = 3\n[protection.charge]\nbulkhead = 'c'\n")
        .expect("written");
    assert_eq!(
        run(&[("SEAWALL_PROFILE", "small")]),
        "Error: 3 problems in the configuration:\n\
         seawall.toml:2: bulkhead.b.max: unknown key; expected one of backend, max_concurrent, \
         max_wait, max_waiting, mode, enforce, shadow, required, remember\n\
         seawall.toml:4: protection.charge.bulkhead: no bulkhead named `c` is configured; expected b\n\
         environment SEAWALL_PROFILE: no source has the profile `small`; expected a source with \
         tables `[profile.NAME.…]`"
    );
    fs::write(&file, "[bulkhead.b]\n[protection.charges]\nbulkhead = 'b'\n").expect("written");
    assert_eq!(
        run(&[]),
        "Error: protection `charge` is not configured; did you mean `charges`? (configured: charges)"
    );
}
