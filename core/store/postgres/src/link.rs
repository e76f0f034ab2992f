use std::sync::Arc;
use std::time::Duration;

use seawall_store::{Place, StoreError};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::error::store_error;
use crate::options::Connecting;

/// One connection, which is made when it is needed.
#[derive(Default)]
pub(crate) struct Link(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    None,
    Up(Arc<Connection>),
    /// No attempt is made before the time; requests fail at once.
    Down(StoreError, Instant),
}

const PAUSE: Duration = Duration::from_millis(200);

impl Link {
    pub(crate) async fn up(
        &self,
        dial: &(dyn Fn() -> Connecting + Send + Sync),
        place: &Place,
        timeout: Duration,
    ) -> Result<Arc<Connection>, StoreError> {
        let mut state = self.0.lock().await;
        match &*state {
            State::Up(connection) if !connection.is_closed() => return Ok(Arc::clone(connection)),
            State::Down(error, until) if Instant::now() < *until => return Err(error.clone()),
            _ => {}
        }
        let connected = match dial().await {
            Ok(client) => Connection::new(client, place, timeout.as_millis()).await,
            Err(error) => Err(store_error(place, &error)),
        };
        match connected {
            Ok(connection) => {
                let connection = Arc::new(connection);
                *state = State::Up(Arc::clone(&connection));
                Ok(connection)
            }
            Err(error) => {
                *state = State::Down(error.clone(), Instant::now() + PAUSE);
                Err(error)
            }
        }
    }

    /// Gives up a connection that does not answer: it may be dead without a sign.
    pub(crate) fn give_up(&self) {
        if let Ok(mut state) = self.0.try_lock() {
            *state = State::None;
        }
    }
}
