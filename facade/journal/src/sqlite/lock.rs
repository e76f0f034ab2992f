use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// The lock of a folder, for as long as a journal in it is opened, created or set aside: of two processes
/// that find no file, or a foreign one, the second finds what the first has made. No file is left behind.
pub(super) struct Lock {
    /// `None` where folders cannot be locked.
    _folder: Option<File>,
}

/// How often it is tried, and the time between: five seconds, as SQLite waits.
const TRIES: u32 = 500;
const EVERY: Duration = Duration::from_millis(10);

/// Locks the folder of the file at `path`, which is made if it is not there.
pub(super) fn lock(path: &Path) -> io::Result<Lock> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    for _ in 0..TRIES {
        if let Some(lock) = attempt(folder)? {
            return Ok(lock);
        }
        thread::park_timeout(EVERY);
    }
    Err(io::Error::new(io::ErrorKind::WouldBlock, "another process has locked the folder"))
}

#[cfg(unix)]
fn attempt(folder: &Path) -> io::Result<Option<Lock>> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    let folder = File::open(folder)?;
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(Lock { _folder: Some(folder) })),
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
        // A file system without locks.
        Err(_) => Ok(Some(Lock { _folder: None })),
    }
}

#[cfg(not(unix))]
fn attempt(_: &Path) -> io::Result<Option<Lock>> {
    Ok(Some(Lock { _folder: None }))
}
