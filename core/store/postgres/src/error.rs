use std::error::Error as _;

use seawall_store::{Place, StoreError, StoreErrorKind as Kind};
use tokio_postgres::Error;

use crate::schema::{CREATE, GRANT};

/// Returns the store's error for one of the driver.
pub(crate) fn store_error(place: &Place, error: &Error) -> StoreError {
    let said = match (error.as_db_error(), error.source()) {
        (Some(server), _) => server.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    };
    let code = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
    let (kind, problem) = explain(&code, &said);
    place.error(kind, problem)
}

/// Explains an error by its code: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn explain(code: &str, said: &str) -> (Kind, String) {
    let class = code.get(..2).unwrap_or_default();
    match (class, code) {
        ("28", _) => (Kind::Denied, refused(said)),
        (_, "42501") => (
            Kind::Denied,
            format!("the user may not do this ({said}): as its owner, run `{GRANT}`"),
        ),
        ("3D" | "3F", _) => (Kind::Unsuitable, format!("there is no such database: {said}")),
        (_, "42P01" | "42703" | "42804") => (
            Kind::Unsuitable,
            format!("the table `seawall_states` is not as it must be ({said}): {CREATE}"),
        ),
        (_, "25006") => (
            Kind::Unavailable,
            "it accepts no writes: it is a replica, or `default_transaction_read_only` is on"
                .to_owned(),
        ),
        (_, "57014") => (Kind::TimedOut, "it did not do it in time".to_owned()),
        (_, "53300") => (Kind::Unavailable, format!("it has no free connection: {said}")),
        ("53" | "58", _) => (Kind::Unsuitable, format!("it lacks memory or disk space: {said}")),
        (_, "42883") => {
            (Kind::Unsuitable, format!("it is too old: version 12 or later is needed ({said})"))
        }
        ("57" | "08" | "40", _) => (Kind::Unavailable, format!("it cannot serve now: {said}")),
        ("", _) if said.contains("password missing") || said.contains("authentication") => {
            (Kind::Denied, refused(said))
        }
        ("", _) if said.contains("server does not support TLS") => {
            (Kind::Unsuitable, "it offers no TLS: set `ssl = on` there".to_owned())
        }
        ("", _) if said.contains("TLS") && cfg!(not(feature = "tls")) => (
            Kind::Unsuitable,
            format!("{said}: enable the feature `tls`, or pass a connector to `with_tls`"),
        ),
        ("", _) => (Kind::Unavailable, format!("it cannot be reached: {said}")),
        _ => (Kind::Unsuitable, format!("it says: {said}")),
    }
}

fn refused(said: &str) -> String {
    format!("it refuses the login: check the user, the password and `pg_hba.conf` ({said})")
}
