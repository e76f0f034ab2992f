//! Measures the cost of a timeout that never passes: see the README.

use std::convert::Infallible;
use std::future::Future;
use std::time::{Duration, Instant};

use seawall_bench::Table;
use seawall_core::{Clock, Driver, Dynamic};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

const LIMIT: Duration = Duration::from_secs(30);
const TASKS: usize = 64;
const TURNS: usize = 200;
const ROUNDS: usize = 201;

/// Runs tasks that make calls, on the runtime of the batch.
type Calls = Box<dyn Fn(&Runtime)>;

/// Suspends once.
async fn work() -> Result<(), Infallible> {
    yield_now().await;
    Ok(())
}

fn calls<F: Future<Output = ()> + Send + 'static>(
    call: impl Fn() -> F + Copy + Send + 'static,
) -> Calls {
    Box::new(move |runtime| {
        let task = move |_| {
            tokio::spawn(async move {
                for _ in 0..TURNS {
                    call().await;
                }
            })
        };
        runtime.block_on(async {
            let tasks: Vec<_> = (0..TASKS).map(task).collect();
            for task in tasks {
                task.await.expect("no panic");
            }
        });
    })
}

/// Calls through Seawall's driver, with a timeout and no layer.
fn seawall(clock: Clock) -> Calls {
    let driver: &Driver = Box::leak(Box::new(Driver::new().with_clock(clock)));
    let nothing = Dynamic::new("nothing", vec![]).expect("not too many");
    let nothing: &Dynamic = Box::leak(Box::new(nothing));
    calls(move || async {
        driver.protect(nothing).timeout(LIMIT).run(work).await.expect("in time");
    })
}

fn subjects(runtime: &Runtime) -> Vec<(&'static str, Calls)> {
    let _inside = runtime.enter();
    vec![
        ("no limit", calls(|| async { work().await.expect("always") })),
        (
            "tokio::time::timeout",
            calls(|| async {
                tokio::time::timeout(LIMIT, work()).await.expect("in time").expect("always");
            }),
        ),
        ("seawall, cycle counter", seawall(Clock::quanta())),
        ("seawall, system clock", seawall(Clock::system())),
        ("seawall, Tokio's clock", seawall(Clock::tokio())),
    ]
}

fn main() {
    println!("{ROUNDS} rounds of {TURNS} calls of each of {TASKS} tasks, interleaved.\n");
    let one = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let two = Builder::new_multi_thread().worker_threads(2).enable_time().build();
    show("One thread", &one);
    show("Two threads", &two.expect("a runtime"));
}

fn show(title: &str, runtime: &Runtime) {
    let subjects = subjects(runtime);
    let mut rounds = vec![Vec::with_capacity(ROUNDS); subjects.len()];
    subjects.iter().for_each(|(_, calls)| calls(runtime));
    for _ in 0..ROUNDS {
        for ((_, calls), times) in subjects.iter().zip(&mut rounds) {
            let begin = Instant::now();
            calls(runtime);
            times.push(begin.elapsed().as_nanos() as f64 / (TASKS * TURNS) as f64);
        }
    }
    let medians: Vec<f64> = rounds.iter_mut().map(|times| median(times)).collect();
    let mut table = Table::new(title, &["subject", "ns per call", "the limit, ns", "× Tokio's"]);
    for ((name, _), time) in subjects.iter().zip(&medians) {
        let (limit, tokio) = (time - medians[0], medians[1] - medians[0]);
        table.row(
            name,
            &[format!("{time:.0}"), format!("{limit:.0}"), format!("{:.2}", limit / tokio)],
        );
    }
    table.print();
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
