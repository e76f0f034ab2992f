use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, RedisError, RedisResult, Value, pipe};
use seawall_store::{Place, StoreError, StoreErrorKind as Kind};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::dial::{Dial, Timeouts};
use crate::error::store_error;

/// One connection to a server, which all requests share. It is made anew in the background when it is lost.
#[derive(Clone)]
pub(crate) struct Link(Arc<Shared>);

struct Shared {
    dial: Dial,
    timeouts: Timeouts,
    place: Place,
    state: watch::Sender<State>,
    connects: AtomicU64,
    /// The number of connections in a row on which no answer came.
    unanswered: AtomicU32,
    /// The number of the connection that was lost last.
    last_lost: AtomicU64,
    /// True if a request has come since the last attempt to connect.
    wanted: AtomicBool,
}

#[derive(Clone)]
enum State {
    /// Nothing connects: before the first use, or since the runtime that connected has shut down.
    Idle,
    /// Requests wait for the outcome.
    Connecting,
    /// Requests fail at once. Further attempts are made while there are requests.
    Down(StoreError),
    Up(Up),
}

/// A connection, which is the `number`th.
#[derive(Clone)]
pub(crate) struct Up {
    number: u64,
    connection: MultiplexedConnection,
    answers: Arc<AtomicU64>,
}

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Returns the pause after the next attempt that fails.
fn longer(pause: Duration) -> Duration {
    LONGEST_PAUSE.min(2 * pause)
}

impl Link {
    pub(crate) fn new(dial: Dial, timeouts: Timeouts, place: Place) -> Self {
        Self(Arc::new(Shared {
            dial,
            timeouts,
            place,
            state: watch::Sender::new(State::Idle),
            connects: AtomicU64::new(0),
            unanswered: AtomicU32::new(0),
            last_lost: AtomicU64::new(u64::MAX),
            wanted: AtomicBool::new(false),
        }))
    }

    pub(crate) fn place(&self) -> &Place {
        &self.0.place
    }

    /// Sends `command` once, after `ASKING` if so, and returns what the server answers.
    pub(crate) async fn send(
        &self,
        command: &Cmd,
        asking: bool,
        deadline: Instant,
    ) -> Result<RedisResult<Value>, StoreError> {
        let up = self.up(deadline).await?;
        self.send_on(up, command, asking, deadline).await
    }

    /// Does the same on a connection that [`up`](Self::up) returned.
    pub(crate) async fn send_on(
        &self,
        mut up: Up,
        command: &Cmd,
        asking: bool,
        deadline: Instant,
    ) -> Result<RedisResult<Value>, StoreError> {
        let answers = up.answers.load(Relaxed);
        let sent = timeout_at(deadline, exchange(&mut up.connection, command, asking)).await;
        match &sent {
            // A connection on which nothing has come for all this time may be dead without a sign.
            Err(_) if up.answers.load(Relaxed) == answers => {
                self.0.lost(up.number, || self.timed_out());
            }
            Err(_) => {}
            Ok(Err(error)) if is_lost(error) => {
                self.0.lost(up.number, || store_error(self.place(), error));
            }
            Ok(_) => {
                up.answers.fetch_add(1, Relaxed);
            }
        }
        sent.map_err(|_| self.timed_out())
    }

    fn timed_out(&self) -> StoreError {
        self.place().error(Kind::TimedOut, "it did not answer in time")
    }

    /// Waits for the connection, if it is being made.
    pub(crate) async fn up(&self, deadline: Instant) -> Result<Up, StoreError> {
        let mut states = self.0.state.subscribe();
        loop {
            // In a statement of its own, which ends the loan: `begin` needs the lock.
            let state = states.borrow_and_update().clone();
            match state {
                State::Up(up) => return Ok(up),
                State::Down(error) => {
                    self.0.wanted.store(true, Relaxed);
                    return Err(error);
                }
                State::Connecting => {}
                State::Idle => self.0.begin()?,
            }
            let place = self.place();
            let late = |_| place.error(Kind::Unavailable, "there was no connection in time");
            // The sender is in `self`, so it is not gone.
            let _changed = timeout_at(deadline, states.changed()).await.map_err(late)?;
        }
    }
}

impl Shared {
    /// Begins to connect if nothing does.
    fn begin(self: &Arc<Self>) -> Result<(), StoreError> {
        let Ok(runtime) = Handle::try_current() else {
            return Err(self.place.error(Kind::Unsuitable, "this needs a Tokio runtime"));
        };
        let begun = self.state.send_if_modified(|state| {
            let begins = matches!(state, State::Idle);
            if begins {
                *state = State::Connecting;
            }
            begins
        });
        if begun {
            runtime.spawn(connect(Attempts(Arc::downgrade(self))));
        }
        Ok(())
    }

    /// Replaces the connection if it still is this one: at once, or after a pause if nothing was ever answered
    /// on it. Without the pause, a server that closes each connection would be connected to in a loop.
    fn lost(self: &Arc<Self>, number: u64, why: impl FnOnce() -> StoreError) {
        let runtime = Handle::try_current().ok();
        let mut begins = false;
        self.state.send_if_modified(|state| {
            let answers = match state {
                State::Up(up) if up.number == number => up.answers.load(Relaxed),
                // The request on which it was lost knows more than the connection's own end.
                State::Down(known) if self.last_lost.load(Relaxed) == number => {
                    *known = why();
                    return true;
                }
                _ => return false,
            };
            let row = self.unanswered.load(Relaxed).saturating_add(1);
            self.unanswered.store(if answers > 0 { 0 } else { row }, Relaxed);
            self.last_lost.store(number, Relaxed);
            *state = match runtime {
                // The next request begins.
                None => State::Idle,
                Some(_) if answers > 0 => State::Connecting,
                Some(_) => State::Down(why()),
            };
            begins = true;
            true
        });
        if let Some(runtime) = runtime.filter(|_| begins) {
            runtime.spawn(connect(Attempts(Arc::downgrade(self))));
        }
    }
}

/// The attempts to connect, while they are made. When their runtime shuts down, the next request begins anew.
struct Attempts(Weak<Shared>);

impl Drop for Attempts {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.state.send_if_modified(|state| {
                let is_left = matches!(state, State::Connecting | State::Down(_));
                if is_left {
                    *state = State::Idle;
                }
                is_left
            });
        }
    }
}

async fn connect(attempts: Attempts) {
    let Some(unanswered) = attempts.0.upgrade().map(|shared| shared.unanswered.load(Relaxed))
    else {
        return;
    };
    let mut pause = FIRST_PAUSE;
    if unanswered > 0 {
        pause = (1..unanswered.min(8)).fold(pause, |pause, _| longer(pause));
        if !attempts.pause(pause).await {
            return;
        }
        pause = longer(pause);
    }
    loop {
        let Some(shared) = attempts.0.upgrade() else { return };
        let state = attempt(&shared).await;
        shared.last_lost.store(u64::MAX, Relaxed);
        let is_up = matches!(state, State::Up(_));
        shared.state.send_replace(state);
        drop(shared);
        if is_up || !attempts.pause(pause).await {
            return;
        }
        pause = longer(pause);
    }
}

impl Attempts {
    /// Waits for a random part of `pause`, and returns true if there was a request meanwhile. A server that has left
    /// is asked for by no request, and not looked for any more.
    async fn pause(&self, pause: Duration) -> bool {
        tokio::time::sleep(pause.mul_f64(0.5 + random() / 2.0)).await;
        self.0.upgrade().is_some_and(|shared| shared.wanted.swap(false, Relaxed))
    }
}

/// Connects once.
async fn attempt(shared: &Arc<Shared>) -> State {
    let number = shared.connects.fetch_add(1, Relaxed);
    let link = Arc::downgrade(shared);
    let lost = move || {
        if let Some(link) = link.upgrade() {
            link.lost(number, || {
                link.place.error(Kind::Unavailable, "it closes connections without an answer")
            });
        }
    };
    match timeout(shared.timeouts.connect, shared.dial.connect(lost)).await {
        Ok(Ok(connection)) => {
            State::Up(Up { number, connection, answers: Arc::new(AtomicU64::new(0)) })
        }
        Ok(Err(error)) => State::Down(store_error(&shared.place, &error)),
        Err(_) => {
            let problem = "it cannot be reached in time";
            State::Down(shared.place.error(Kind::Unavailable, problem))
        }
    }
}

async fn exchange(
    connection: &mut MultiplexedConnection,
    command: &Cmd,
    asking: bool,
) -> RedisResult<Value> {
    if !asking {
        return command.query_async(connection).await;
    }
    // In one pipeline, so that no other request comes between the two.
    let mut both = pipe();
    both.cmd("ASKING").add_command(command.clone()).ignore_errors();
    let mut answers: Vec<RedisResult<Value>> = both.query_async(connection).await?;
    let missing = || Err((ErrorKind::UnexpectedReturnType, "an answer is missing").into());
    let answer = answers.pop().unwrap_or_else(missing);
    answers.pop().unwrap_or_else(missing).and(answer)
}

/// Returns true if no further request can be made on the connection, or on that server.
fn is_lost(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || matches!(error.code(), Some("READONLY" | "MASTERDOWN"))
}

/// Returns a number from 0 to below 1.
fn random() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_was_away_for_an_hour_is_found_within_half_a_second() {
        let pauses = std::iter::successors(Some(FIRST_PAUSE), |pause| Some(longer(*pause)));
        let last = pauses.take(3600).last();
        assert_eq!(last, Some(Duration::from_millis(500)));
    }
}
