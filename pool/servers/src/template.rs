use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

use tempfile::TempDir;

use crate::install;
use crate::user::{self, User};

/// Where everything is kept: one folder for each user of the machine.
///
/// # Panics
/// If it belongs to somebody else.
fn base() -> PathBuf {
    let me = rustix::process::geteuid().as_raw();
    let base = env::temp_dir().join(format!("seawall-test-servers-{me}"));
    match fs::create_dir(&base) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => panic!("{base:?}: {error}"),
        _ => {}
    }
    let owner = fs::metadata(&base).expect("the folder is there").uid();
    assert!(owner == me, "{base:?} belongs to another user; set TMPDIR to another folder");
    base
}

/// A file that processes lock to keep out of each other's way.
pub(crate) fn lock_file(name: &str) -> File {
    let path = base().join(format!("{name}.lock"));
    let file = File::options().create(true).append(true).open(&path);
    file.unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// Waits until nobody else has the lock of this name, and has it until the answer is dropped.
pub(crate) fn lock(name: &str) -> File {
    let file = lock_file(name);
    file.lock().unwrap_or_else(|error| panic!("{name}.lock: {error}"));
    file
}

/// A folder for the files of a server that `user` runs, or who runs the test.
pub(crate) fn folder(name: &str, user: Option<User>) -> TempDir {
    let folder = tempfile::Builder::new().prefix(&format!("{name}-")).tempdir_in(base());
    let folder = folder.expect("a temporary folder");
    give(folder.path(), user);
    folder
}

/// The command `program`, to be run by `user`, or by who runs the test.
pub(crate) fn command(program: &Path, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    if let Some(user) = user {
        command.uid(user.id).gid(user.group);
    }
    command
}

/// A new database cluster in `data`, whose superuser `postgres` has this password.
///
/// Making one takes seconds, so one is made for each version of PostgreSQL and copied.
pub(crate) fn copy_cluster_to(data: &Path, password: &str) {
    let user = user::for_postgres();
    let initdb = install::program("initdb");
    let version = run(Command::new(&initdb).arg("--version"));
    let version = version.split_whitespace().nth(2).unwrap_or("unknown").to_owned();
    let template = base().join(format!("cluster-{version}"));
    {
        let _only_one = lock("cluster");
        if !template.exists() {
            let new = folder("new-cluster", user);
            let secret = new.path().join("password");
            fs::write(&secret, password).expect("the folder belongs to this process");
            give(&secret, user);
            let options = "--username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync";
            let mut command = command(&initdb, user);
            command.args(options.split(' ')).current_dir(new.path());
            run(command.arg("--pwfile").arg(&secret).arg("--wal-segsize=1").arg("-D").arg("data"));
            fs::rename(new.path().join("data"), &template)
                .expect("both folders belong to this process");
        }
    }
    run(Command::new("cp").arg("-a").arg(&template).arg(data));
}

fn give(path: &Path, user: Option<User>) {
    let given = user.map_or(Ok(()), |user| chown(path, Some(user.id), Some(user.group)));
    given.unwrap_or_else(|error: io::Error| {
        panic!("the owner of {path:?} cannot be changed: {error}")
    });
}

/// What `command` says.
///
/// # Panics
/// If it fails.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [said, complained] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{command:?}: {}\n{said}{complained}", output.status);
    said
}
