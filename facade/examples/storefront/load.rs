use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::journal::{Answer, Journal, Sample};
use crate::order::{Order, Placed};
use crate::phase::Phase;
use crate::rejected::Apology;

/// Orders a second, of all customers.
pub(crate) const RATE: u64 = 80;

/// Ordinary customers; there is one greedy one besides.
pub(crate) const ORDINARY: u64 = 19;

/// How long a customer waits for an answer before giving up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Sends the same orders at the same times to whichever shop is at `address`; returns when all are
/// answered.
pub(crate) async fn send(address: SocketAddr, journal: Arc<Journal>, start: Instant) {
    let (http, url) = (Client::new(), format!("http://{address}/orders"));
    let mut customers = JoinSet::new();
    for number in 0..RATE * Phase::all_seconds() {
        let arrival = Duration::from_micros(number * 1_000_000 / RATE);
        sleep_until(start + arrival).await;
        let (journal, http, url) = (Arc::clone(&journal), http.clone(), url.clone());
        customers.spawn(async move {
            let waiting = journal.waiting.one_more();
            let order = order(number);
            let answer = timeout(PATIENCE, ask(&http, &url, order)).await;
            let took = start.elapsed().saturating_sub(arrival);
            drop(waiting);
            let answer = answer.unwrap_or(Answer::GaveUp);
            journal.add(Sample { arrival, order, took, answer });
        });
    }
    customers.join_all().await;
}

/// Order number `number`: every fourth is the greedy customer's, the others are in turns. Always the
/// same, although the amounts do not look it.
fn order(number: u64) -> Order {
    let customer = match number % 4 {
        0 => Order::GREEDY,
        _ => u32::try_from(1 + (number - number / 4) % ORDINARY).unwrap_or(u32::MAX),
    };
    let noise = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    Order { customer, amount: 1 + u32::try_from(noise % 100).unwrap_or(0) }
}

async fn ask(http: &Client, url: &str, order: Order) -> Answer {
    match http.post(url).json(&order).send().await {
        Ok(response) => read(response).await.unwrap_or(Answer::Failed),
        Err(_unreachable) => Answer::Failed,
    }
}

async fn read(response: Response) -> reqwest::Result<Answer> {
    let told_when = response.headers().contains_key(RETRY_AFTER);
    Ok(match response.status() {
        StatusCode::OK => Answer::Placed(response.json::<Placed>().await?.order),
        StatusCode::PAYMENT_REQUIRED => Answer::Declined,
        _ => match response.json::<Apology>().await?.refused_by {
            Some(by) => Answer::Refused { by, told_when },
            None => Answer::Failed,
        },
    })
}
