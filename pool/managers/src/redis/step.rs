use redis::{
    Cmd, ConnectionInfo, Pipeline, ProtocolVersion, RedisConnectionInfo, RedisResult, Value, cmd,
};

use super::{RedisConnection, RedisError};

/// One of the commands that a connection begins with, or is looked at and cleaned by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Reset,
    /// Chooses the protocol and logs in.
    Hello,
    Select,
    TellLibrary,
    TellVersion,
    /// Also tells whether the answers belong to what was asked: one that nobody had asked for would
    /// move all others.
    Ping,
}

/// What is said in a first `PING`, and comes back.
const MARK: &str = "seawall";

/// `info` with no more than what the crate is to say by itself: `HELLO 3` and the login.
///
/// Left to do more, it sends several commands at once, and whatever comes back is called a wrong
/// password or a lost connection: what a server says that has no place left, for one. Left to do less,
/// it may read what such a server says before it has asked something, and throw it away.
pub(super) fn introduction(info: &ConnectionInfo) -> ConnectionInfo {
    let settings = info.redis_settings();
    let mut hello =
        RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
    if let Some(username) = settings.username() {
        hello = hello.set_username(username);
    }
    if let Some(password) = settings.password() {
        hello = hello.set_password(password);
    }
    info.clone().set_redis_settings(hello)
}

impl Step {
    pub(super) const AFTER_INTRODUCTION: &'static [Self] =
        &[Self::Hello, Self::Select, Self::TellLibrary, Self::TellVersion, Self::Ping];
    pub(super) const RESET: &'static [Self] = &[Self::Reset, Self::Hello, Self::Select, Self::Ping];
    pub(super) const CHECK: &'static [Self] = &[Self::Ping];

    /// Takes `steps` in one round trip, as far as there is something to do.
    pub(super) async fn take(
        steps: &[Self],
        connection: &mut RedisConnection,
        settings: &RedisConnectionInfo,
    ) -> Result<(), RedisError> {
        let mut pipeline = Pipeline::with_capacity(steps.len());
        let mut taken = Vec::with_capacity(steps.len());
        for step in steps {
            if let Some(command) = step.command(settings) {
                pipeline.add_command(command);
                taken.push(step);
            }
        }
        let answers = pipeline.ignore_errors().query_async(connection).await;
        let answers: Vec<RedisResult<Value>> = answers.map_err(RedisError::new)?;
        taken.into_iter().zip(answers).try_for_each(|(step, answer)| step.judge(answer))
    }

    fn command(self, settings: &RedisConnectionInfo) -> Option<Cmd> {
        let tell = |what: &str, value: Option<&str>| {
            let value = value.filter(|_| !settings.skip_set_lib_name())?;
            Some(cmd("CLIENT").arg(&["SETINFO", what, value]).take())
        };
        match self {
            Self::Reset => Some(cmd("RESET")),
            Self::Hello => Some(hello(settings)),
            Self::Select => (settings.db() != 0).then(|| cmd("SELECT").arg(settings.db()).take()),
            Self::TellLibrary => tell("LIB-NAME", settings.lib_name()),
            Self::TellVersion => tell("LIB-VER", settings.lib_ver()),
            Self::Ping => Some(cmd("PING").arg(MARK).take()),
        }
    }

    fn judge(self, answer: RedisResult<Value>) -> Result<(), RedisError> {
        match (self, answer) {
            // Servers before 7.2 do not know it, and nothing depends on it.
            (Self::TellLibrary | Self::TellVersion, _) => Ok(()),
            (Self::Ping, answer) => judge_ping(answer),
            (_, Ok(_)) => Ok(()),
            (Self::Hello, Err(error)) => Err(RedisError::at_login(error)),
            (Self::Select, Err(error)) => Err(RedisError::at_select(error)),
            (Self::Reset, Err(error)) => Err(RedisError::at_reset(error)),
        }
    }
}

fn hello(settings: &RedisConnectionInfo) -> Cmd {
    let mut hello = cmd("HELLO");
    hello.arg(if settings.protocol() == ProtocolVersion::RESP2 { "2" } else { "3" });
    if let Some(password) = settings.password() {
        hello.arg("AUTH").arg(settings.username().unwrap_or("default")).arg(password);
    }
    hello
}

fn judge_ping(answer: RedisResult<Value>) -> Result<(), RedisError> {
    match answer {
        Ok(Value::BulkString(mark)) if mark == MARK.as_bytes() => Ok(()),
        // To answer that a user may not ask is an answer too.
        Err(error) if error.code() == Some("NOPERM") => Ok(()),
        Err(error) => Err(RedisError::new(error)),
        Ok(_) => Err(RedisError::out_of_step()),
    }
}
