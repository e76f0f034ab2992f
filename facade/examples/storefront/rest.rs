use std::time::Duration;

use seawall::{Infrastructure, Status, Verdict};

/// Waits until nothing is under way, or long enough to be sure that something is lost.
pub(crate) async fn settle(infra: &Infrastructure) {
    for _ in 0..50 {
        if infra.components().iter().all(is_at_rest) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Does nobody use this component, nobody wait for it, and is every call that it admitted accounted
/// for?
pub(crate) fn is_at_rest(status: &Status) -> bool {
    let reading = |name| status.reading(name).unwrap_or(0);
    let ends = Verdict::ALL.iter().copied().map(Verdict::as_str).chain(["late"]);
    ["running", "waiting", "borrowed", "connecting"].into_iter().all(|name| reading(name) == 0)
        && reading("admitted") == ends.map(reading).sum::<u64>()
}
