use tokio::runtime::Handle;

use crate::{ManagerError, ManagerErrorKind};

/// Returns the Tokio runtime that drives connections to `server`: the one `named`, or else the
/// caller's.
pub(crate) fn runtime(
    named: Option<&Handle>,
    server: &'static str,
) -> Result<Handle, ManagerError> {
    let current = || Handle::try_current().ok();
    let none = || ManagerError::new(server, ManagerErrorKind::NoRuntime);
    named.cloned().or_else(current).ok_or_else(none)
}
