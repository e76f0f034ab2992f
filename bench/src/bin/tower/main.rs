//! What a tower layer adds to a protected call that owns what it needs.
//!
//! Run with `cargo run --release --bin tower`. Every subject makes its calls in a spawned task, through a rate limit,
//! a breaker and a timeout, or these and a bulkhead. The reference is an owned call by a handle, without tower.

mod echo;

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;

use http::{Request, Response};
use http_body::Body;
use seawall::{ConfigSource, Handle, Infrastructure};
use seawall_bench::{Batch, Table, allocations, on_tokio, rounds};
use seawall_tower::ProtectLayer;
use tower::{Layer, Service};

use echo::{Echo, Number};

const SETTINGS: &str = r#"
    [rate_limit.api]
    limit = 1000000000
    period = "1s"

    [bulkhead.payments]
    max_concurrent = 100

    [breaker.payments]
    failure_rate = 0.5

    [protection.charge_card]
    rate_limit = "api"
    breaker = "payments"
    timeout = "1s"

    [protection.bounded]
    rate_limit = "api"
    bulkhead = "payments"
    breaker = "payments"
    timeout = "1s"
"#;

const ROUNDS: usize = 401;
const CALLS: u64 = 2_000;

/// Makes the calls of a batch in one spawned task.
struct Spawned<F>(F);

impl<F, T> Batch for Spawned<F>
where
    F: Fn(u64) -> T + Send + Sync,
    T: Future<Output = u64> + Send + 'static,
{
    fn run(&self, calls: u64) -> u64 {
        let task = (self.0)(calls);
        on_tokio(async { tokio::spawn(task).await.expect("no panic") })
    }
}

fn spawned<F, T>(calls: F) -> Box<dyn Batch>
where
    F: Fn(u64) -> T + Send + Sync + 'static,
    T: Future<Output = u64> + Send + 'static,
{
    Box::new(Spawned(calls))
}

fn handle(name: &str) -> Handle {
    let settings = ConfigSource::new().toml_str(SETTINGS);
    let infra = Infrastructure::builder().config(settings).build().expect("valid settings");
    infra.protection(name).expect("configured")
}

fn owned<const SUSPENDS: bool>(protection: &str) -> Box<dyn Batch> {
    let handle = handle(protection);
    spawned(move |calls| {
        let handle = handle.clone();
        async move {
            let mut through = 0;
            for _ in 0..calls {
                let call = || Echo::<SUSPENDS>.call(black_box(1_u64));
                through += u64::from(handle.owned().run(call).await.is_ok());
            }
            through
        }
    })
}

fn cloned<const SUSPENDS: bool>(protection: &str) -> Box<dyn Batch> {
    let service = ProtectLayer::new(handle(protection)).layer(Echo::<SUSPENDS>);
    spawned(move |calls| {
        let service = service.clone();
        async move {
            let mut through = 0;
            for _ in 0..calls {
                through += u64::from(service.clone().call(black_box(1_u64)).await.is_ok());
            }
            through
        }
    })
}

fn kept<const SUSPENDS: bool>(protection: &str) -> Box<dyn Batch> {
    let service = ProtectLayer::new(handle(protection)).layer(Echo::<SUSPENDS>);
    spawned(move |calls| {
        let mut service = service.clone();
        async move {
            let mut through = 0;
            for _ in 0..calls {
                through += u64::from(service.call(black_box(1_u64)).await.is_ok());
            }
            through
        }
    })
}

/// Reads the body of a response to its end.
async fn read(response: Response<impl Body>) -> u64 {
    let mut body = pin!(response.into_body());
    let frame = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
    u64::from(frame.is_some_and(|frame| frame.is_ok()))
}

fn http_owned<const SUSPENDS: bool>(protection: &str) -> Box<dyn Batch> {
    let handle = handle(protection);
    spawned(move |calls| {
        let handle = handle.clone();
        async move {
            let mut through = 0;
            for _ in 0..calls {
                let request = Request::new(black_box(1_u64));
                let call = move || Echo::<SUSPENDS>.call(request);
                let response: Response<Number> = handle.owned().run(call).await.expect("admitted");
                through += read(response).await;
            }
            through
        }
    })
}

fn http_kept<const SUSPENDS: bool>(protection: &str) -> Box<dyn Batch> {
    let service = ProtectLayer::new(handle(protection)).http().layer(Echo::<SUSPENDS>);
    spawned(move |calls| {
        let mut service = service.clone();
        async move {
            let mut through = 0;
            for _ in 0..calls {
                let response = service.call(Request::new(black_box(1_u64))).await;
                through += read(response.expect("admitted")).await;
            }
            through
        }
    })
}

/// The subjects of a table; the first one is its reference.
type Subjects = Vec<(&'static str, Box<dyn Batch>)>;

fn plain<const SUSPENDS: bool>() -> Subjects {
    vec![
        ("owned call, without tower", owned::<SUSPENDS>("charge_card")),
        ("layer, the service kept", kept::<SUSPENDS>("charge_card")),
        ("layer, the service cloned", cloned::<SUSPENDS>("charge_card")),
    ]
}

fn http<const SUSPENDS: bool>(protection: &str) -> Subjects {
    vec![
        ("owned call, without tower", http_owned::<SUSPENDS>(protection)),
        ("layer for HTTP, the service kept", http_kept::<SUSPENDS>(protection)),
    ]
}

fn compare(title: &str, subjects: Subjects) {
    for (name, batch) in &subjects {
        assert_eq!(batch.run(CALLS), CALLS, "{name}: every call succeeds");
    }
    let (names, batches): (Vec<_>, Vec<_>) = subjects.into_iter().unzip();
    let times = rounds::alone(&batches, ROUNDS, CALLS);
    let columns = ["subject", "least, ns", "× owned", "median, ns", "× owned", "allocations"];
    let mut table = Table::new(title, &columns);
    for ((name, times_of), batch) in names.iter().zip(&times).zip(&batches) {
        let [least, median] = [times_of.least / times[0].least, times_of.median / times[0].median];
        let allocations = allocations::per_call(&**batch, CALLS);
        let cells = [(times_of.least, 1), (least, 2), (times_of.median, 1), (median, 2)];
        let mut cells = cells.map(|(value, digits)| format!("{value:.digits$}")).to_vec();
        cells.push(format!("{allocations:.2}"));
        table.row(name, &cells);
    }
    table.print();
}

fn main() {
    println!("{ROUNDS} rounds of {CALLS} calls, interleaved.\n");
    compare("Ready at once", plain::<false>());
    compare("Suspends once", plain::<true>());
    compare("HTTP, ready at once, no bulkhead", http::<false>("charge_card"));
    compare("HTTP, suspends once, no bulkhead", http::<true>("charge_card"));
    compare("HTTP, ready at once, a bulkhead", http::<false>("bounded"));
    compare("HTTP, suspends once, a bulkhead", http::<true>("bounded"));
}
