//! Wrong status.

use seawall_core::pool::{PoolOptions, PoolState, PoolStatus};

use super::Flaw;

/// Returns the status that a pool with `flaw` reports.
pub(super) fn wrong(
    mut status: PoolStatus,
    flaw: Option<Flaw>,
    options: &PoolOptions,
) -> PoolStatus {
    let closed = &mut status.closed;
    match flaw {
        Some(Flaw::ConnectingIsNotCountedInAQueue) if status.waiting > 1 => {
            status.connecting = 0;
        }
        Some(Flaw::OnceReadyAlwaysReady) if status.created > 0 => {
            status.state = match status.state {
                PoolState::Degraded => PoolState::Ready,
                state => state,
            };
        }
        Some(Flaw::OldIsIdle) => {
            closed.idle_too_long += std::mem::take(&mut closed.too_old);
        }
        Some(Flaw::AllWaitsAreTheLongest) => status.waits.longest = status.waits.total,
        Some(Flaw::MiscountsTheTenth) if options.max_overflow == 1 => {
            status.created -= u64::from(status.created >= 10);
        }
        _ => {}
    }
    status
}
