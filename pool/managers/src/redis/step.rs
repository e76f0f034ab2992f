use redis::{
    Cmd, ConnectionInfo, Pipeline, ProtocolVersion, RedisConnectionInfo, RedisResult, Value, cmd,
};

use super::{Redis, RedisConnection, RedisError, RedisErrorKind, RedisReset};

/// One of the commands that a connection begins with, or is checked and reset by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Reset,
    /// Chooses the protocol and logs in.
    Hello,
    Select,
    /// Names the library and its version.
    Tell,
    Setup,
    /// Also shows whether the answers belong to the commands: an answer to no command would shift
    /// all later ones.
    Ping,
}

/// The argument of a `PING`, which comes back.
const MARK: &str = "seawall";

/// Returns `info` reduced to what the crate has to do by itself: `HELLO 3` and the login.
///
/// Left to do more, it sends several commands at once and reports whatever comes back as a wrong
/// password or a lost connection, for example from a server that is full. Left to do less, it may
/// read what such a server says before its first command, and throw that away.
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

/// What steps are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Connect,
    Reset,
    Check,
}

impl Redis {
    /// Takes the steps that `purpose` needs, in one round trip.
    pub(super) async fn take_steps(
        &self,
        purpose: Purpose,
        connection: &mut RedisConnection,
    ) -> Result<(), RedisError> {
        let mut pipeline = Pipeline::new();
        let mut taken = Vec::new();
        for (step, command) in self.steps(purpose) {
            pipeline.add_command(command);
            taken.push(step);
        }
        let answers: Vec<RedisResult<Value>> =
            pipeline.ignore_errors().query_async(connection).await?;
        let mut judged = taken.into_iter().zip(answers);
        judged.try_for_each(|(step, answer)| step.judge(answer))
    }

    fn steps(&self, purpose: Purpose) -> Vec<(Step, Cmd)> {
        let ping = (Step::Ping, cmd("PING").arg(MARK).take());
        if purpose == Purpose::Check {
            return vec![ping];
        }
        let settings = self.settings();
        let mut steps = Vec::with_capacity(8);
        // While connecting too: a server that cannot reset is better found then than at each return.
        if self.reset == RedisReset::Everything {
            steps.push((Step::Reset, cmd("RESET")));
        }
        steps.push((Step::Hello, hello(settings)));
        if settings.db() != 0 {
            steps.push((Step::Select, cmd("SELECT").arg(settings.db()).take()));
        }
        if purpose == Purpose::Connect && !settings.skip_set_lib_name() {
            for (what, value) in
                [("LIB-NAME", settings.lib_name()), ("LIB-VER", settings.lib_ver())]
            {
                let tell = |value| cmd("CLIENT").arg(&["SETINFO", what, value]).take();
                steps.extend(value.map(|value| (Step::Tell, tell(value))));
            }
        }
        steps.extend(self.setup.iter().map(|command| (Step::Setup, command.clone())));
        steps.push(ping);
        steps
    }
}

impl Step {
    fn judge(self, answer: RedisResult<Value>) -> Result<(), RedisError> {
        use RedisErrorKind::{BadSetup, LoginRefused, NoDatabase, OutOfStep, TooOld};
        let (error, kind) = match (self, answer) {
            // Servers before 7.2 do not know it, and nothing depends on it.
            (Self::Tell, _) => return Ok(()),
            (Self::Ping, Ok(Value::BulkString(mark))) if mark == MARK.as_bytes() => return Ok(()),
            (Self::Ping, Ok(_)) => return Err(OutOfStep.into()),
            // To answer that the user may not ask is an answer too.
            (Self::Ping, Err(error)) if error.code() == Some("NOPERM") => return Ok(()),
            (_, Ok(_)) => return Ok(()),
            (Self::Ping, Err(error)) => return Err(error.into()),
            (Self::Setup, Err(error)) => (error, BadSetup),
            (Self::Hello, Err(error)) => (error, LoginRefused),
            (Self::Select, Err(error)) => (error, NoDatabase),
            (Self::Reset, Err(error)) => (error, TooOld),
        };
        Err(RedisError::or_kind(error, kind))
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
