use std::time::Duration;

use seawall::{Infrastructure, Status, Verdict};

/// Waits until no call is in flight, for five seconds at most.
pub(crate) async fn settle(infra: &Infrastructure) {
    for _ in 0..50 {
        if infra.components().iter().all(is_at_rest) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Returns true if no call uses the component or waits for it, and every admitted call has ended.
pub(crate) fn is_at_rest(status: &Status) -> bool {
    let reading = |name| status.reading(name).unwrap_or(0);
    let ends = Verdict::ALL.iter().copied().map(Verdict::as_str).chain(["late"]);
    ["running", "waiting", "borrowed", "connecting"].into_iter().all(|name| reading(name) == 0)
        && reading("admitted") == ends.map(reading).sum::<u64>()
}
