use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::user;

/// Whatever the tests need, by one command.
const PACKAGES: [&str; 2] = ["postgresql", "redis-server"];

/// Where the program `name` is. If it is nowhere, it is installed.
///
/// # Panics
/// If it is not to be had, with the command that installs it.
pub(crate) fn program(name: &str) -> PathBuf {
    if let Some(path) = find(name) {
        return path;
    }
    let command = format!("apt-get install -y {}", PACKAGES.join(" "));
    if !user::is_root() {
        panic!("this test needs `{name}`, which is not installed; run: sudo {command}");
    }
    // Tests run side by side, in many processes: one of them installs.
    let _only_one = crate::template::lock("install");
    if let Some(path) = find(name) {
        return path;
    }
    let told = install();
    find(name).unwrap_or_else(|| {
        panic!("this test needs `{name}`, which is not installed; run: {command}\n{told}")
    })
}

/// On the path, or where Debian keeps PostgreSQL, the newest version first.
fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path);
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let versions = versions.into_iter().map(|(_, folder)| folder.join("bin"));
    on_path.chain(versions).map(|folder| folder.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Installs all the packages; answers with what was said if that failed.
fn install() -> String {
    let first = apt_get(&[&["install", "-y"], &PACKAGES[..]].concat());
    if first.is_ok() {
        return String::new();
    }
    // The lists may be missing or old.
    let then = apt_get(&["update"]).and_then(|()| {
        let packages = [&["install", "-y"], &PACKAGES[..]].concat();
        apt_get(&packages)
    });
    then.err().unwrap_or_default()
}

fn apt_get(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("apt-get")
        .args(["-o", "DPkg::Lock::Timeout=300"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()
        .map_err(|error| format!("apt-get could not be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("apt-get says: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
