/// Which file it is that a path leads to, whatever others it led to before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Identity {
    /// `None` if there is no file, or the system does not tell files apart.
    #[cfg(unix)]
    pub(super) fn of(path: &str) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;

        let metadata = std::fs::metadata(path).ok()?;
        Some(Self { device: metadata.dev(), inode: metadata.ino() })
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &str) -> Option<Self> {
        None
    }
}
