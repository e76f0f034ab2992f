//! A shop charges cards at a payment service over HTTP and keeps its orders in SQLite, protected as
//! `storefront.toml` says. Beside it runs the same shop without protections, with the same traffic. The
//! payment service becomes slow, then fails, is killed and started again.
//!
//! ```text
//! cargo run --example storefront [-- my.toml]
//! ```
//!
//! The program prints a line a second, then what the protections have saved, then whether each claim
//! holds. It exits with 1 if one does not. `shop.rs` shows what a protected service has to do.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use seawall::{ConfigSource, Infrastructure};
use tokio::time::{Instant, sleep_until};

use crate::account::Account;
use crate::admin::Admin;
use crate::claims::Claims;
use crate::orders::Orders;
use crate::phase::Phase;
use crate::shop::{Protected, Unprotected};
use crate::side::Side;
use crate::telemetry::Telemetry;

mod account;
mod admin;
mod audit;
mod claims;
mod gauge;
mod journal;
mod load;
mod order;
mod orders;
mod payments;
mod phase;
mod process;
mod rejected;
mod rest;
mod shop;
mod side;
mod summary;
mod telemetry;
mod upstream;

type Failure = Box<dyn Error + Send + Sync>;

const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront/storefront.toml");

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let argument = arguments.next();
    let done = match argument.as_deref() {
        Some(process::ARGUMENT) => payment_service(arguments.next()).await,
        settings => tokio::select! {
            done = storefront(settings.unwrap_or(SETTINGS)) => done,
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        },
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("storefront: {failure}");
            ExitCode::from(2)
        }
    }
}

async fn payment_service(port: Option<String>) -> Result<bool, Failure> {
    upstream::serve(port.unwrap_or_default().parse()?).await?;
    Ok(true)
}

/// Runs the example; returns true if all claims hold.
async fn storefront(settings: &str) -> Result<bool, Failure> {
    let folder = tempfile::tempdir()?;
    let orders = Orders::create(folder.path().join("with.sqlite"))?;
    let telemetry = Arc::new(Telemetry::default());
    let admin = Admin::new()?;
    let builder = Infrastructure::builder()
        .config(ConfigSource::new().file(settings).environment())
        .pool("orders", orders.connections())
        .observer(Arc::clone(&telemetry));
    let infra = admin.observe(builder).build()?;
    for protection in ["charge_card", "place_order", "audit"] {
        infra.status(protection)?;
    }

    // Pools connect in the background. Until then their status is degraded.
    let background = tokio::spawn(infra.run());
    introduce(settings);
    let admin = admin.open(infra.clone()).await?;
    println!(
        "\nWhile this runs, http://{admin}/status shows what happens, and http://{admin}/metrics is for Prometheus."
    );
    let mut with = Side::set_up(orders).await?;
    let orders = Orders::create(folder.path().join("without.sqlite"))?;
    let mut without = Side::set_up(orders).await?;
    let shop = Protected {
        infra: infra.clone(),
        charge: infra.protection("charge_card")?,
        payments: Arc::clone(&with.payments),
        orders: infra.pool("orders")?,
    };
    let plain =
        Unprotected { payments: Arc::clone(&without.payments), orders: without.orders.clone() };
    let (shop, plain) = (shop.open().await?, plain.open().await?);

    let mut account = Account::open(&infra, &telemetry, &with, &without);
    let start = Instant::now();
    let traffic = [(shop, &with), (plain, &without)]
        .map(|(address, side)| tokio::spawn(load::send(address, Arc::clone(&side.journal), start)));
    for second in 0..Phase::all_seconds() {
        if let Some((_, phase)) = Phase::starts().find(|(starts, _)| *starts == second) {
            account.phase(phase);
            tokio::try_join!(with.enter(phase, start), without.enter(phase, start))?;
        }
        sleep_until(start + Duration::from_secs(second + 1)).await;
        account.second(second);
    }
    for traffic in traffic {
        traffic.await?;
    }
    rest::settle(&infra).await;
    let audit = audit::counts(&infra, &with.orders).await?;
    let charges = admin::calls(admin, "charge_card").await?;

    let (with, without) = tokio::try_join!(with.record(), without.record())?;
    summary::print(&with, &without);
    let holds = Claims::new(&infra, &telemetry, &with, &without).check(&audit, charges);
    let all_back =
        infra.drain(Duration::from_secs(1)).await.iter().all(|(_, pool)| pool.is_complete());
    background.await?;
    Ok(holds && all_back)
}

fn introduce(settings: &str) {
    let here = std::env::current_dir().unwrap_or_default();
    let settings = Path::new(settings);
    let settings = settings.strip_prefix(here).unwrap_or(settings).display();
    println!(
        "Two shops get the same traffic: {} orders a second from {} customers, one of whom is greedy \
         and sends every\nfourth. Each shop charges cards at a payment service, a process of its own \
         that can make 8 charges at a\ntime, and writes orders into a SQLite file. One shop is \
         protected by Seawall, with these settings:\n\n    {settings}\n\nserved: the order was \
         placed, or the card declined. waiting: customers without an answer yet. p50, p99:\n\
         milliseconds within which half of the customers, and 99 of 100, had an answer of any kind.",
        load::RATE,
        load::ORDINARY + 1,
    );
}
