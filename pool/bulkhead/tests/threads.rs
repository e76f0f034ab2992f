//! Tasks and threads in one queue: never more than there are places, and no waiter is forgotten.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use seawall_bulkhead::{Bulkhead, BulkheadOptions};

const PLACES: u32 = 3;

#[derive(Default)]
struct Gauge {
    now: AtomicU32,
    most: AtomicU32,
}

impl Gauge {
    fn up(&self) {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    }

    fn down(&self) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn tasks_and_threads_share_the_places() {
    let options =
        BulkheadOptions::new("shared").max_concurrent(PLACES).max_wait(Duration::from_secs(3600));
    let bulkhead = Bulkhead::start(&options).expect("valid");
    let (gauge, ran) = (Gauge::default(), AtomicU32::new(0));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let work = || {
                        gauge.up();
                        std::thread::yield_now();
                        gauge.down();
                        ran.fetch_add(1, Ordering::Relaxed);
                        Ok::<(), Infallible>(())
                    };
                    bulkhead.execute_blocking(work).expect("patient");
                }
            });
        }
        let task = async || {
            for _ in 0..500 {
                let work = async || {
                    gauge.up();
                    tokio::task::yield_now().await;
                    gauge.down();
                    ran.fetch_add(1, Ordering::Relaxed);
                    Ok::<(), Infallible>(())
                };
                bulkhead.execute(work).await.expect("patient");
            }
        };
        runtime.block_on(async { tokio::join!(task(), task(), task(), task()) });
    });
    assert_eq!(ran.load(Ordering::Relaxed), 8 * 500);
    assert_eq!(gauge.now.load(Ordering::SeqCst), 0);
    assert_eq!(gauge.most.load(Ordering::SeqCst), PLACES);
}
