//! What a tower layer adds to a protected call that owns what it needs.
//!
//! Run with `cargo run --release --bin tower`. Every subject makes a call through a rate limit, a breaker and a
//! timeout to an operation that is ready at once. The reference is an owned call by a handle, without tower.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::task::{Context, Poll};

use seawall::{ConfigSource, Handle, Infrastructure};
use seawall_bench::{Batch, Table, allocations, each, poll, rounds};
use seawall_tower::ProtectLayer;
use tower::{Layer, Service};

const SETTINGS: &str = r#"
    [rate_limit.api]
    limit = 1000000000
    period = "1s"

    [breaker.payments]
    failure_rate = 0.5

    [protection.charge_card]
    rate_limit = "api"
    breaker = "payments"
    timeout = "1s"
"#;

const ROUNDS: usize = 401;
const CALLS: u64 = 2_000;

/// Answers at once.
#[derive(Clone)]
struct Echo;

impl Service<u64> for Echo {
    type Response = u64;
    type Error = Infallible;
    type Future = Ready<Result<u64, Infallible>>;

    #[inline(always)]
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline(always)]
    fn call(&mut self, request: u64) -> Self::Future {
        ready(Ok(request))
    }
}

fn handle() -> Handle {
    let settings = ConfigSource::new().toml_str(SETTINGS);
    let infra = Infrastructure::builder().config(settings).build().expect("valid settings");
    infra.protection("charge_card").expect("configured")
}

type Start = fn() -> Option<Box<dyn Batch>>;

const SUBJECTS: [(&str, Start); 4] = [
    ("owned call, without tower", || {
        let handle = handle();
        each(move || poll(handle.owned().run(|| Echo.call(black_box(1)))).is_ok())
    }),
    ("owned call with a permit", || {
        let handle = handle();
        each(move || {
            let permit = poll(handle.owned().acquire());
            let Ok(permit) = permit else { return false };
            let driven = poll(permit.drive(Echo.call(black_box(1))));
            driven.map(|(_, permit)| permit.success()).is_ok()
        })
    }),
    ("layer of seawall-tower", || {
        let service = ProtectLayer::new(handle()).layer(Echo);
        each(move || poll(service.clone().call(black_box(1))).is_ok())
    }),
    ("layer, the service kept", || {
        let service = std::sync::Mutex::new(ProtectLayer::new(handle()).layer(Echo));
        each(move || {
            let mut service = service.lock().expect("no panic under it");
            poll(service.call(black_box(1))).is_ok()
        })
    }),
];

fn main() {
    println!("{ROUNDS} rounds of {CALLS} calls, interleaved.\n");
    let batches: Vec<_> = SUBJECTS.iter().filter_map(|(_, start)| start()).collect();
    for batch in &batches {
        assert_eq!(batch.run(CALLS), CALLS, "every call succeeds");
    }
    let times = rounds::alone(&batches, ROUNDS, CALLS);
    let columns = ["subject", "least, ns", "× owned", "median, ns", "× owned", "allocations"];
    let mut table = Table::new("Ready at once, one thread", &columns);
    for (((name, _), times_of), batch) in SUBJECTS.iter().zip(&times).zip(&batches) {
        let [least, median] = [times_of.least / times[0].least, times_of.median / times[0].median];
        let allocations = allocations::per_call(&**batch, CALLS);
        let cells = [(times_of.least, 1), (least, 2), (times_of.median, 1), (median, 2)];
        let mut cells = cells.map(|(value, digits)| format!("{value:.digits$}")).to_vec();
        cells.push(format!("{allocations:.2}"));
        table.row(name, &cells);
    }
    table.print();
}
