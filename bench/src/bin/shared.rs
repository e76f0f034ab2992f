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

/// Times of a check that finds a token, in nanoseconds.
#[derive(Default)]
struct Times {
    single: Vec<u64>,
    /// The mean of each batch.
    batches: Vec<u64>,
}

/// Times some checks one by one, and a batch of them.
macro_rules! round {
    ($times:expr, $check:expr) => {{
        const BATCH: u32 = 64;
        for _ in 0..16 {
            let begin = Instant::now();
            let _admitted = std::hint::black_box($check);
            $times.single.push(nanos(begin, 1));
        }
        let begin = Instant::now();
        for _ in 0..BATCH {
            let _admitted = std::hint::black_box($check);
        }
        $times.batches.push(nanos(begin, BATCH));
    }};
}

fn nanos(begin: Instant, checks: u32) -> u64 {
    u64::try_from((begin.elapsed() / checks).as_nanos()).expect("short")
}

impl Times {
    fn print(mut self, what: &str) {
        let quantile = |times: &mut Vec<u64>, part: usize| {
            times.sort_unstable();
            times[(times.len() - 1) * part / 1000]
        };
        let single = [500, 990, 999, 1000].map(|part| quantile(&mut self.single, part));
        let batches = [500, 990].map(|part| quantile(&mut self.batches, part));
        let [half, most, more, max] = single;
        println!(
            "{what:<28} {half:>7} {most:>7} {more:>7} {max:>9} {:>9} {:>9}",
            batches[0], batches[1]
        );
    }
}

/// Times checks with a key one by one and in batches, in turn with those of a local limiter and of nothing, awaited
/// in a task of the runtime that also runs the background work: what the machine does besides shows in all of them.
async fn tails() {
    const ROUNDS: usize = 40_000;
    let leased = instance(&Rule::new("tails", 500_000_000, SECOND)).await;
    let local = seawall_ratelimit::Rule::new("local", 500_000_000, SECOND);
    let local = seawall_ratelimit::RateLimiter::start(&local).expect("a valid rule");
    let local = local.with_driver(Driver::new().with_clock(Clock::quanta()));
    let timed = tokio::spawn(async move {
        let mut times: [Times; 3] = std::array::from_fn(|_| Times::default());
        for round in 0..ROUNDS {
            round!(times[0], true);
            round!(times[1], local.wait(("user", 7), 1, Duration::ZERO).await.is_ok());
            round!(times[2], leased.wait(("user", 7), 1, Duration::ZERO).await.is_ok());
            if round % 64 == 0 {
                tokio::task::yield_now().await;
            }
        }
        times
    });
    println!(
        "\n{:<28} {:>7} {:>7} {:>7} {:>9} {:>9} {:>9}",
        "a check, ns", "p50", "p99", "p99.9", "max", "b. p50", "b. p99"
    );
    let names = ["the clock alone", "native, keyed", "leased, keyed"];
    for (times, name) in timed.await.expect("no panic").into_iter().zip(names) {
        times.print(name);
    }
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

/// Asks the server through `redis-cli`, and returns what it prints.
fn ask(question: &[&str]) -> String {
    let output = Command::new("redis-cli").args(["-p", PORT]).args(question).output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

/// Prints the memory of a key after its first lease, with as many lease windows as a key in steady use has, and
/// with instances that have a share of the rate.
async fn memory() {
    use seawall_store::KeySecret;
    use seawall_store::tokens::{Lease, Rate, TOKENS};
    let store = RedisStore::connect(&format!("redis://127.0.0.1:{PORT}")).expect("a URL");
    while store.contact().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let rate = Rate::new(1000, SECOND, 1000, SECOND).expect("a rate");
    println!("\n{:<28} {:>9} {:>9} {:>9}", "memory of a key, bytes", "first", "most", "state");
    for members in [0, 1, 4] {
        let name = KeySecret::new("bench").name("tokens", &format!("memory {members}"), None);
        let mut sizes = Vec::new();
        for turn in 0..40_u64 {
            let (member, own) = if members == 0 { (0, 10.0) } else { (1 + turn % members, 2.5) };
            let lease = Lease { want: 10, demand: 10, own, member, ..Lease::new(rate) };
            store.run(&TOKENS, &name, &lease.arguments()).await.expect("an answer");
            let size = |question: &[&str]| ask(question).parse::<u32>().expect("a number");
            let name = name.as_str();
            sizes.push((size(&["memory", "usage", name]), size(&["strlen", name])));
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        let most = sizes.iter().max().expect("some");
        let what = format!("{members} instances with a share");
        println!("{what:<28} {:>9} {:>9} {:>9}", sizes[0].0, most.0, most.1);
    }
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
    runtime.block_on(async { tokio::spawn(tails()).await }).expect("no panic");
    println!("\n{:<28} {:>9}", "requests under way", "a second");
    for under_way in [1, 16, 256] {
        println!("{under_way:<28} {:>9.0}", runtime.block_on(capacity(under_way)));
    }
    runtime.block_on(memory());
    let memory = ask(&["info", "memory"]);
    let used = memory.lines().find(|line| line.starts_with("used_memory:")).unwrap_or_default();
    println!("{} bytes, {} keys", used.trim(), ask(&["dbsize"]));
}
