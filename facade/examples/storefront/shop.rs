//! The shop, twice: with Seawall, to show what a call site has to do, and without it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use seawall::{Handle, Infrastructure, Pool};
use tokio::net::TcpListener;

use crate::order::{Order, Placed};
use crate::orders::{Connections, Orders};
use crate::payments::Payments;
use crate::rejected::Rejected;

/// The shop with Seawall.
pub(crate) struct Protected {
    pub(crate) infra: Infrastructure,
    /// The protection of charges, kept so that no call looks it up.
    pub(crate) charge: Handle,
    pub(crate) payments: Arc<Payments>,
    pub(crate) orders: Pool<Connections>,
}

impl Protected {
    async fn place(
        State(shop): State<Arc<Self>>,
        Json(order): Json<Order>,
    ) -> Result<Json<Placed>, Rejected> {
        shop.charge
            .call()
            .key(("customer", order.customer))
            .classify(Payments::verdict)
            .run(|| shop.payments.charge(&order))
            .await?;
        let number = shop
            .infra
            .protect("place_order")?
            .with(&shop.orders, async |db| Orders::insert(db, order).await)
            .await?;
        Ok(Json(Placed { order: number }))
    }
}

/// The shop without Seawall.
pub(crate) struct Unprotected {
    pub(crate) payments: Arc<Payments>,
    pub(crate) orders: Orders,
}

impl Unprotected {
    async fn place(
        State(shop): State<Arc<Self>>,
        Json(order): Json<Order>,
    ) -> Result<Json<Placed>, Rejected> {
        shop.payments.charge(&order).await?;
        let number = Orders::insert(&mut shop.orders.connect().await?, order).await?;
        Ok(Json(Placed { order: number }))
    }
}

impl Protected {
    pub(crate) async fn open(self) -> io::Result<SocketAddr> {
        open(Router::new().route("/orders", post(Self::place)).with_state(Arc::new(self))).await
    }
}

impl Unprotected {
    pub(crate) async fn open(self) -> io::Result<SocketAddr> {
        open(Router::new().route("/orders", post(Self::place)).with_state(Arc::new(self))).await
    }
}

/// Serves `routes` on a port that is free.
pub(crate) async fn open(routes: Router) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, routes).into_future());
    Ok(address)
}
