use redis::{
    Cmd, ConnectionInfo, Pipeline, ProtocolVersion, RedisConnectionInfo, RedisResult, Value, cmd,
};

use super::error::or_kind;
use super::{REDIS, Redis, RedisConnection, RedisReset};
use crate::{ManagerError, ManagerErrorKind as Kind};

/// The argument of a `PING`, which comes back.
const MARK: &str = "seawall";

/// Returns `info` reduced to what the crate has to do by itself: `HELLO 3` and the login.
///
/// Left to do more, it sends several commands at once and reports whatever comes back as a wrong
/// password or a lost connection, for example from a server that is full. Left to do less, it may
/// read what such a server says before its first command, and throw that away.
pub(super) fn introduction(info: &ConnectionInfo) -> ConnectionInfo {
    let mut hello =
        RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
    if let Some(username) = info.redis_settings().username() {
        hello = hello.set_username(username);
    }
    if let Some(password) = info.redis_settings().password() {
        hello = hello.set_password(password);
    }
    info.clone().set_redis_settings(hello)
}

/// A command that a connection begins with or is reset by, and the kind of its error. Without a
/// kind, the answer does not matter.
type Step = (Cmd, Option<Kind>);

impl Redis {
    /// Takes `steps` and a `PING`, in one round trip. The answer to the `PING` shows whether the
    /// answers belong to the commands: an answer to no command would shift all later ones.
    pub(super) async fn take(
        &self,
        steps: Vec<Step>,
        connection: &mut RedisConnection,
    ) -> Result<(), ManagerError> {
        let (commands, kinds): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        let mut pipeline = Pipeline::new();
        for command in commands {
            pipeline.add_command(command);
        }
        pipeline.cmd("PING").arg(MARK).ignore_errors();
        let mut answers: Vec<RedisResult<Value>> = pipeline.query_async(connection).await?;
        let ping = answers.pop();
        for (kind, answer) in kinds.into_iter().zip(answers) {
            match (kind, answer) {
                (Some(kind), Err(error)) => return Err(or_kind(error, kind)),
                (Some(Kind::NotReady), Ok(role)) if !is_primary(&role) => {
                    return Err(ManagerError::new(REDIS, Kind::NotReady));
                }
                _ => {}
            }
        }
        match ping {
            Some(Ok(Value::BulkString(mark))) if mark == MARK.as_bytes() => Ok(()),
            // To answer that the user may not ask is an answer too.
            Some(Err(error)) if error.code() == Some("NOPERM") => Ok(()),
            Some(Err(error)) => Err(error.into()),
            _ => Err(ManagerError::new(REDIS, Kind::OutOfStep)),
        }
    }

    /// Returns the steps that make a connection as it is to be lent.
    pub(super) fn steps(&self) -> Vec<Step> {
        let settings = self.info.redis_settings();
        let mut steps = Vec::with_capacity(8);
        // While connecting too: a server that cannot reset is better found then than at each return.
        if self.reset == RedisReset::Everything {
            steps.push((cmd("RESET"), Some(Kind::TooOld)));
        }
        steps.push((hello(settings), Some(Kind::LoginRefused)));
        if settings.db() != 0 {
            steps.push((cmd("SELECT").arg(settings.db()).take(), Some(Kind::NoDatabase)));
        }
        steps.extend(self.role());
        steps.extend(self.setup.iter().map(|command| (command.clone(), Some(Kind::BadSetup))));
        steps
    }

    /// Returns the step that asks a server found by a sentinel whether it is still the primary.
    pub(super) fn role(&self) -> Option<Step> {
        #[cfg(feature = "redis-sentinel")]
        let is_found = self.sentinels.is_some();
        #[cfg(not(feature = "redis-sentinel"))]
        let is_found = false;
        is_found.then(|| (cmd("ROLE"), Some(Kind::NotReady)))
    }

    /// Returns the steps that name the library and its version. Servers before 7.2 do not know them,
    /// and nothing depends on them.
    pub(super) fn introduce(&self) -> impl Iterator<Item = Step> {
        let settings = self.info.redis_settings();
        let named = [("LIB-NAME", settings.lib_name()), ("LIB-VER", settings.lib_ver())];
        let wanted = named.into_iter().filter(|_| !settings.skip_set_lib_name());
        wanted.filter_map(|(what, value)| {
            Some((cmd("CLIENT").arg(&["SETINFO", what, value?]).take(), None))
        })
    }
}

/// Returns true if the answer to `ROLE` is that of a primary.
fn is_primary(role: &Value) -> bool {
    matches!(role, Value::Array(role) if role.first() == Some(&Value::BulkString(b"master".to_vec())))
}

fn hello(settings: &RedisConnectionInfo) -> Cmd {
    let mut hello = cmd("HELLO");
    hello.arg(if settings.protocol() == ProtocolVersion::RESP2 { "2" } else { "3" });
    if let Some(password) = settings.password() {
        hello.arg("AUTH").arg(settings.username().unwrap_or("default")).arg(password);
    }
    hello
}
