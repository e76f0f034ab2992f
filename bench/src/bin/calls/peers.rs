//! The subjects: a rate limit that is never reached, a circuit breaker on the failure rate, and a time
//! limit of one second.

mod by_hand;
mod seatbelt;
mod seawall;
mod tower_resilience;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seawall_bench::Batch;

use crate::Kinds;
use crate::operation::Operation;

pub const TIMEOUT: Duration = Duration::from_secs(1);
pub const LIMIT: u32 = 1_000_000_000;

/// Makes protected calls.
pub trait Caller: Send + Sync + 'static {
    /// Makes `calls` calls one after another and returns how many succeeded.
    fn call<O: Operation>(
        self: Arc<Self>,
        calls: u64,
    ) -> impl Future<Output = u64> + Send + 'static;
}

pub struct Peer {
    pub name: &'static str,
    pub ready: fn() -> Box<dyn Batch>,
    pub suspends: fn() -> Box<dyn Batch>,
    pub tasks: fn() -> Box<dyn Batch>,
}

macro_rules! peer {
    ($name:expr, $make:expr) => {
        Peer {
            name: $name,
            ready: || $make.ready(),
            suspends: || $make.suspends(),
            tasks: || $make.tasks(),
        }
    };
}

pub fn all() -> Vec<Peer> {
    vec![
        peer!("bare operation", by_hand::Bare),
        peer!(crate::REFERENCE, by_hand::ByHand::new()),
        peer!("seawall, by name", seawall::ByName::new(seawall::settings())),
        peer!("seawall, by name, a listener", seawall::ByName::new(seawall::observed())),
        peer!(
            "seawall, by name, Clock::system()",
            seawall::ByName::new(seawall::on_system_clock())
        ),
        peer!("seawall, held", seawall::Held::new(seawall::settings())),
        peer!("seawall, held, a listener", seawall::Held::new(seawall::observed())),
        peer!("seawall, held, Clock::system()", seawall::Held::new(seawall::on_system_clock())),
        peer!("seawall, composition", seawall::Held::composed()),
        peer!("seawall, static types", seawall::Static::new()),
        peer!("tower-resilience", tower_resilience::Stack::new()),
        peer!("seatbelt (no rate limit)", seatbelt::start()),
    ]
}
