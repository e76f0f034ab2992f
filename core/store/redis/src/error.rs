use redis::{ErrorKind, RedisError};
use seawall_store::{Place, StoreError, StoreErrorKind as Kind};

/// The smallest rule of an ACL with which a store works; a cluster needs `+asking`, a database `+select`.
pub(crate) const RULE: &str = "~seawall:1:* -@all +evalsha +eval +time +info +get +set";

/// Returns the store's error for what a server or the connection to it answered.
pub(crate) fn store_error(place: &Place, error: &RedisError) -> StoreError {
    let text = error.to_string();
    let said = error.detail().unwrap_or(&text);
    let (kind, problem) = explain(error, error.code().unwrap_or_default(), said);
    place.error(kind, problem)
}

/// Returns the kind and a sentence for an error of Redis with this code and text, as a script gets them.
pub(crate) fn script_error(place: &Place, text: &str) -> StoreError {
    let (code, said) = text.split_once(' ').unwrap_or((text, ""));
    let (kind, problem) =
        by_code(code, said).unwrap_or_else(|| (Kind::Unsuitable, format!("it says: {text}")));
    place.error(kind, problem)
}

fn explain(error: &RedisError, code: &str, said: &str) -> (Kind, String) {
    if let Some(known) = by_code(code, said) {
        return known;
    }
    match error.kind() {
        ErrorKind::AuthenticationFailed => login_refused(said),
        ErrorKind::RESP3NotSupported => too_old(said),
        ErrorKind::MasterNameNotFoundBySentinel | ErrorKind::NoValidReplicasFoundBySentinel => {
            let problem = "the sentinels know no primary of this name that can serve: check the \
                name; if it is right, wait for the end of the failover";
            (Kind::Unavailable, problem.to_owned())
        }
        ErrorKind::Parse if error.to_string().to_lowercase().contains("end of input") => {
            (Kind::Unavailable, "it closed the connection in the middle of an answer".to_owned())
        }
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
            let problem = "what answers there does not speak the protocol of Redis: check the port";
            (Kind::Unsuitable, problem.to_owned())
        }
        ErrorKind::Server(_) | ErrorKind::Extension => {
            (Kind::Garbled, format!("the script failed: {said}"))
        }
        _ if is_about_tls(said) => (Kind::Unsuitable, format!("the TLS handshake failed: {said}")),
        _ if error.is_timeout() => (Kind::Unavailable, "it cannot be reached in time".to_owned()),
        _ => (Kind::Unavailable, format!("it cannot be reached: {said}")),
    }
}

/// Explains what every server says in the same words, wherever it says so.
fn by_code(code: &str, said: &str) -> Option<(Kind, String)> {
    let known = |kind, problem: &str| Some((kind, problem.to_owned()));
    let lacks_permission = code == "NOPERM" || said.contains("can't run this command");
    match code {
        _ if lacks_permission || said.contains("has no permissions") => Some(not_permitted(said)),
        "WRONGPASS" | "NOAUTH" | "DENIED" => Some(login_refused(said)),
        "LOADING" => known(Kind::Unavailable, "it has started and is still loading its data"),
        "BUSY" => known(Kind::Unavailable, "it is busy with a script that takes too long"),
        "MASTERDOWN" | "NOREPLICAS" => Some((Kind::Unavailable, said.to_owned())),
        "READONLY" => known(
            Kind::Unavailable,
            "it is a read-only replica: connect to the primary, or through its sentinels",
        ),
        "CLUSTERDOWN" | "TRYAGAIN" => {
            Some((Kind::Unavailable, format!("the cluster cannot serve this key now: {said}")))
        }
        "MOVED" | "ASK" => known(
            Kind::Unsuitable,
            "it is a node of a cluster: use `RedisOptions::cluster`, or wait if its slots move",
        ),
        "OOM" => known(
            Kind::Unsuitable,
            "it has reached `maxmemory` and accepts no writes: raise `maxmemory`, or remove data",
        ),
        "MISCONF" => known(
            Kind::Unsuitable,
            "it accepts no writes since it cannot save its data: check its disk, or set \
             `stop-writes-on-bgsave-error no`",
        ),
        "WRONGTYPE" => known(
            Kind::Garbled,
            "the key has a value of another type, which another program wrote: remove that, and \
             keep keys that begin with `seawall:` to this library",
        ),
        _ if said.contains("max number of clients") => {
            known(Kind::Unavailable, "it has its maximum number of clients (`maxclients`)")
        }
        _ if said.contains("switch database") || said.contains("DB index") => known(
            Kind::Unsuitable,
            "it has no database of this number: check `databases`; a cluster has only number 0",
        ),
        _ if said.contains("unknown command") => Some(too_old(said)),
        _ => None,
    }
}

fn login_refused(said: &str) -> (Kind, String) {
    if said.contains("must be called with the client already authenticated") {
        let problem = "it refuses the login: the URL has no password, and the server asks for one";
        return (Kind::Denied, problem.to_owned());
    }
    let problem = "it refuses the login: check that there are a user and a password, and that they \
        are right, as in redis://user:password@host:6379";
    (Kind::Denied, format!("{problem} (it says: {said})"))
}

/// Names the command, if the server does, and the smallest rule that permits it.
fn not_permitted(said: &str) -> (Kind, String) {
    let quoted = |text: &str| text.split('\'').nth(1).map(str::to_owned);
    let what = match quoted(said) {
        Some(command) if !said.contains("can't run") => format!("the command `{command}`"),
        _ if said.contains("key") => "the keys `seawall:1:*`".to_owned(),
        _ => "a command of the script".to_owned(),
    };
    (Kind::Denied, format!("the user may not use {what}: the smallest rule is `{RULE}`"))
}

fn too_old(said: &str) -> (Kind, String) {
    let problem =
        "it is too old, or commands are renamed: Redis 7.0 or later, or Valkey, is needed";
    (Kind::Unsuitable, format!("{problem} (it says: {said})"))
}

fn is_about_tls(said: &str) -> bool {
    ["certificate", "TLS", "tls", "corrupt message"].iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_explained() {
        let place = Place::new("redis at a:1", vec!["sesame".to_owned()]);
        for (text, kind, words) in [
            ("LOADING Redis is loading the dataset in memory", Kind::Unavailable, "still loading"),
            ("MISCONF Redis is configured to save RDB snapshots", Kind::Unsuitable, "its disk"),
            ("BUSY Redis is busy running a script", Kind::Unavailable, "busy"),
            ("MASTERDOWN Link with MASTER is down", Kind::Unavailable, "MASTER is down"),
            ("CLUSTERDOWN The cluster is down", Kind::Unavailable, "The cluster is down"),
            ("ERR max number of clients reached", Kind::Unavailable, "`maxclients`"),
            ("ERR unknown command 'HELLO', with args: 'sesame'", Kind::Unsuitable, "'…'"),
        ] {
            let error = script_error(&place, text);
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.problem().contains(words), "{error}");
        }
    }
}
