use std::fs;

/// A user to run a server as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) group: u32,
}

/// May this process do everything?
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Who runs PostgreSQL, if it cannot be who runs the test: PostgreSQL refuses to be run by root.
///
/// # Panics
/// If there is nobody.
pub(crate) fn for_postgres() -> Option<User> {
    is_root().then(|| {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        find(&users, "postgres").or_else(|| find(&users, "nobody")).expect(
            "PostgreSQL refuses to run as root, and /etc/passwd has no user `postgres` to run it; \
             run: useradd --system postgres",
        )
    })
}

fn find(users: &str, name: &str) -> Option<User> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        let id = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(User { id, group })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let users =
            "root:x:0:0:root:/root:/bin/sh\npostgres2:x:7:8::/:\npostgres:x:101:104:a,,,:/:";
        assert_eq!(find(users, "postgres"), Some(User { id: 101, group: 104 }));
        assert_eq!(find(users, "root"), Some(User { id: 0, group: 0 }));
        assert_eq!(find(users, "nobody"), None);
    }
}
