use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder with files, in which the command is run.
pub(crate) struct Folder {
    folder: TempDir,
    variables: Vec<(&'static str, &'static str)>,
}

/// What the command did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn with<const N: usize>(files: [(&str, &str); N]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("it can be written");
        }
        Self { folder, variables: Vec::new() }
    }

    pub(crate) fn empty() -> Self {
        Self::with([])
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Returns `program` as it is to be run here, without the variables of whoever runs the tests.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("SEAWALL_") {
                command.env_remove(name);
            }
        }
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().copied()).current_dir(self.folder.path());
        command
    }

    pub(crate) fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        let mut command = self.command(PROGRAM);
        let output = command.args(arguments).stdin(Stdio::null()).output().expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Ran {
            code: output.status.code().expect("it ends by itself"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_seawall");

impl Ran {
    /// Asserts the exit code and that nothing is on the error output; returns the output.
    #[track_caller]
    pub(crate) fn printed(self, code: i32) -> String {
        assert_eq!((self.code, self.err.as_str()), (code, ""), "{}", self.out);
        self.out
    }

    /// Asserts the exit code and that nothing is on the output; returns the error output.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        self.err
    }
}

/// Asserts that `text` is what the file `name` in `tests/golden` has.
#[track_caller]
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if is_update() {
        fs::write(&path, text).expect("it can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(text, expected, "{name} is different; SEAWALL_UPDATE=1 writes it");
}

pub(crate) fn is_update() -> bool {
    env::var_os("SEAWALL_UPDATE").is_some()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
