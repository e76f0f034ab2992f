//! Limits that instances share, over a real Redis on this machine: leases beside one script for each check,
//! through the same client and server.
//!
//! ```sh
//! cargo run --release --bin shared
//! ```

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use seawall_core::{Clock, Driver};
use seawall_ratelimit_redis::{RateLimiter, Rule, Store};
use seawall_store_redis::RedisStore;
use tokio::time::interval;

const SECOND: Duration = Duration::from_secs(1);
const PORT: &str = "26479";

struct Server(Child);

impl Server {
    fn start() -> Self {
        let arguments = ["--port", PORT, "--save", "", "--appendonly", "no"];
        let server = Command::new("redis-server").args(arguments).stdout(Stdio::null()).spawn();
        Self(server.expect("redis-server is installed"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _status = self.0.wait();
    }
}

/// An instance with its background work, which has connected.
async fn instance(rule: &Rule) -> RateLimiter {
    let url = format!("redis://127.0.0.1:{PORT}");
    let store: Arc<dyn Store> = Arc::new(RedisStore::connect(&url).expect("a URL"));
    let limiter = RateLimiter::start(rule, store).expect("a valid rule");
    let limiter = limiter.with_driver(Driver::new().with_clock(Clock::quanta()));
    tokio::spawn(limiter.run());
    while limiter.contact().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    limiter
}

fn reading(limiter: &RateLimiter, name: &str) -> u64 {
    let status = seawall_core::Backend::status(limiter, Clock::quanta().now());
    status.reading(name).unwrap_or(0)
}

/// Checks a thousand times a second for some seconds; prints round trips and latencies.
async fn steady(what: &str, rule: &Rule, checks: u32) {
    const TIME: u32 = 5;
    let limiter = instance(rule).await;
    let before = reading(&limiter, "round_trips");
    let mut ticks = interval(Duration::from_millis(1));
    let (mut times, mut admitted) = (Vec::new(), 0_u32);
    for _ in 0..1000 * TIME {
        ticks.tick().await;
        for _ in 0..checks / 1000 {
            let begin = Instant::now();
            let checked = limiter.wait("key", 1, Duration::ZERO).await;
            times.push(begin.elapsed());
            admitted += u32::from(checked.is_ok());
        }
    }
    times.sort();
    let at = |part: usize| times[times.len() * part / 1000].as_secs_f64() * 1e6;
    let trips = (reading(&limiter, "round_trips") - before) as f64 / f64::from(TIME);
    println!(
        "{what:<28} {trips:>9.1} {:>8.2} {:>8.2} {:>8.2} {admitted:>9}",
        at(500),
        at(990),
        at(999)
    );
}

/// Returns the nanoseconds of a check that finds a token, the least of some rounds.
fn local(check: impl Fn()) -> f64 {
    const CHECKS: u32 = 20_000;
    (0..51)
        .map(|_| {
            let begin = Instant::now();
            (0..CHECKS).for_each(|_| check());
            begin.elapsed().as_nanos() as f64 / f64::from(CHECKS)
        })
        .fold(f64::INFINITY, f64::min)
}

fn hot_path(runtime: &tokio::runtime::Runtime) {
    let large = Rule::new("large", 500_000_000, SECOND);
    let limiter = runtime.block_on(instance(&large));
    let quota = seawall_ratelimit_governor::Rule::new("governor", 500_000_000, SECOND);
    let governor = seawall_ratelimit_governor::RateLimiter::start(&quota).expect("a valid rule");
    let governor = governor.with_driver(Driver::new().with_clock(Clock::quanta()));
    let alone = governor::Quota::per_second(500_000_000.try_into().expect("not zero"));
    let unkeyed = governor::RateLimiter::direct(alone);
    let keyed = governor::RateLimiter::dashmap(alone);
    // Until the leases are as large as the demand.
    for _ in 0..50_000 {
        let _either = limiter.check(1);
        let _either = limiter.check_rate(("user", 7), 1);
    }
    println!("\n{:<28} {:>9} {:>9}", "a check, ns", "unkeyed", "keyed");
    let row =
        |what: &str, unkeyed: f64, keyed: f64| println!("{what:<28} {unkeyed:>9.1} {keyed:>9.1}");
    let peers = (local(|| drop(unkeyed.check())), local(|| drop(keyed.check_key(&("user", 7)))));
    row("governor", peers.0, peers.1);
    row(
        "seawall over governor",
        local(|| drop(governor.protect().acquire_blocking())),
        local(|| drop(governor.check_rate(("user", 7), 1))),
    );
    let own =
        (local(|| drop(limiter.check(1))), local(|| drop(limiter.check_rate(("user", 7), 1))));
    row("seawall, leased", own.0, own.1);
    row("times governor", own.0 / peers.0, own.1 / peers.1);
}

/// Returns how many requests a second the server answers, with as many under way at a time.
async fn capacity(under_way: usize) -> f64 {
    use seawall_store::KeySecret;
    use seawall_store::tokens::{Lease, Rate, TOKENS};
    let store = RedisStore::connect(&format!("redis://127.0.0.1:{PORT}")).expect("a URL");
    while store.contact().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let store = Arc::new(store);
    let rate = Rate::new(1000, SECOND, 1000, SECOND).expect("a rate");
    let lease = Lease { want: 10, demand: 10, own: 10.0, ..Lease::new(rate) };
    let begin = Instant::now();
    let each = 200_000 / under_way;
    let tasks = (0..under_way).map(|nth| {
        let (store, arguments) = (Arc::clone(&store), lease.arguments());
        tokio::spawn(async move {
            let secret = KeySecret::new("bench");
            for number in 0..each {
                let key = ("key", nth * each + number);
                let name = secret.name("tokens", "bench", Some(seawall_core::Key::new(&key)));
                store.run(&TOKENS, &name, &arguments).await.expect("an answer");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    (each * under_way) as f64 / begin.elapsed().as_secs_f64()
}

fn main() {
    let _server = Server::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!(
        "{:<28} {:>9} {:>8} {:>8} {:>8} {:>9}",
        "1,000 checks/s for 5 s", "trips/s", "p50, us", "p99, us", "p99.9", "admitted"
    );
    runtime.block_on(async {
        // The bucket of a new server begins empty.
        tokio::time::sleep(3 * SECOND).await;
        let leased = Rule::new("leased", 2000, SECOND);
        steady("leased", &leased, 1000).await;
        let direct = Rule::new("direct", 2000, SECOND).max_lease(Duration::ZERO);
        steady("one script a check", &direct, 1000).await;
        steady("leased, 10,000 checks/s", &Rule::new("more", 20_000, SECOND), 10_000).await;
        let over = Rule::new("over", 500, SECOND);
        steady("leased, limit 500/s", &over, 1000).await;
    });
    hot_path(&runtime);
    println!("\n{:<28} {:>9}", "requests under way", "a second");
    for under_way in [1, 16, 256] {
        println!("{under_way:<28} {:>9.0}", runtime.block_on(capacity(under_way)));
    }
    let ask = |question: &[&str]| {
        let output = Command::new("redis-cli").args(["-p", PORT]).args(question).output();
        output
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default()
    };
    let memory = ask(&["info", "memory"]);
    let used = memory.lines().find(|line| line.starts_with("used_memory:")).unwrap_or_default();
    println!("{} bytes, {} keys", used.trim(), ask(&["dbsize"]).trim());
}
