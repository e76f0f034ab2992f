//! The payment service: a process of its own, so that it can really be killed.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::order::Order;

/// Maximum number of charges at a time. The others wait for their turn without a limit.
const CAPACITY: usize = 8;

/// How the service behaves.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) enum Mode {
    #[default]
    Well,
    Slow,
    /// Answers 500 after 300 ms.
    Failing,
}

impl Mode {
    const fn takes(self) -> Duration {
        Duration::from_millis(match self {
            Self::Well => 20,
            Self::Slow => 400,
            Self::Failing => 300,
        })
    }
}

/// Counts since the service was started.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) asked: u64,
    pub(crate) charged: u64,
}

struct Service {
    places: Semaphore,
    state: Mutex<(Mode, Counts)>,
}

/// Serves until the process that started it goes away; prints the port first.
pub(crate) async fn serve(port: u16) -> io::Result<()> {
    std::thread::spawn(|| {
        // Ends with the parent, however that ends: this end of the pipe is closed then.
        let ended = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(i32::from(ended.is_err()));
    });
    let state = Mutex::default();
    let service = Arc::new(Service { places: Semaphore::new(CAPACITY), state });
    let routes = Router::new()
        .route("/charge", post(charge))
        .route("/mode", put(set_mode))
        .route("/counts", get(async |State(service): State<Arc<Service>>| Json(service.state().1)))
        .with_state(service);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    writeln!(io::stdout(), "{}", listener.local_addr()?.port())?;
    axum::serve(listener, routes).await
}

async fn charge(State(service): State<Arc<Service>>, Json(order): Json<Order>) -> StatusCode {
    // A charge goes on if its caller goes away, as it would in a real service.
    let charging = tokio::spawn(async move { service.charge(order).await });
    charging.await.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn set_mode(State(service): State<Arc<Service>>, Json(mode): Json<Mode>) {
    service.state().0 = mode;
}

impl Service {
    fn state(&self) -> MutexGuard<'_, (Mode, Counts)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn charge(&self, order: Order) -> StatusCode {
        self.state().1.asked += 1;
        let _place = self.places.acquire().await;
        let mode = self.state().0;
        tokio::time::sleep(mode.takes()).await;
        match mode {
            Mode::Failing => StatusCode::INTERNAL_SERVER_ERROR,
            Mode::Well | Mode::Slow if order.amount > Order::CARD_LIMIT => {
                StatusCode::PAYMENT_REQUIRED
            }
            Mode::Well | Mode::Slow => {
                self.state().1.charged += 1;
                StatusCode::OK
            }
        }
    }
}
