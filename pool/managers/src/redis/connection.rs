use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Cmd, Pipeline, RedisFuture, RedisResult, Value};

/// A connection to Redis for a single borrower. It cannot be cloned, so `WATCH`, `MULTI` or a
/// blocking command affects no other user. Use it like any [`ConnectionLike`], with
/// [`redis::AsyncCommands`] or [`redis::cmd`].
///
/// It wraps the multiplexed connection of the `redis` crate, whose task ends when this is dropped.
/// A command whose future is dropped before the answer arrives leaves the connection broken,
/// because the server may still be executing it. So does a command sent with
/// [`Cmd::set_no_response`].
///
/// A broken connection is closed. The server then ends a blocking command, but executes whatever
/// else it has already read: Redis cannot cancel a command.
pub struct RedisConnection {
    inner: MultiplexedConnection,
    db: i64,
    state: State,
    /// True if a command was sent since the connection was last as it is lent.
    pub(super) used: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// A command was sent and is not answered: while no future waits for it, it was cut.
    Busy,
    Broken,
}

impl RedisConnection {
    pub(super) const fn new(inner: MultiplexedConnection, db: i64) -> Self {
        Self { inner, db, state: State::Idle, used: false }
    }

    /// Returns true if the connection is of no use to another borrower.
    pub(super) fn is_broken(&self) -> bool {
        self.state != State::Idle
    }

    /// Begins a command, and returns the state after its success: one that follows a cut one repairs
    /// nothing.
    fn begin(&mut self) -> State {
        self.used = true;
        let after = if self.is_broken() { State::Broken } else { State::Idle };
        self.state = State::Busy;
        after
    }

    /// Ends a command with `result`; the state is `after` unless the connection was lost.
    fn end<T>(&mut self, result: &RedisResult<T>, after: State) {
        let lost = result.as_ref().is_err_and(|error| {
            error.is_unrecoverable_error() || error.is_connection_dropped() || error.is_timeout()
        });
        self.state = if lost { State::Broken } else { after };
    }
}

impl ConnectionLike for RedisConnection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let after = self.begin();
            let after = if cmd.is_no_response() { State::Broken } else { after };
            let result = self.inner.req_packed_command(cmd).await;
            self.end(&result, after);
            result
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let after = self.begin();
            let result = self.inner.req_packed_commands(pipeline, offset, count).await;
            self.end(&result, after);
            result
        })
    }

    fn get_db(&self) -> i64 {
        self.db
    }
}

seawall_core::__debug! { impl RedisConnection: self { db: self.db, state: self.state } }
