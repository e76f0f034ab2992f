use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::Failure;
use crate::journal::{Journal, Sample};
use crate::orders::Orders;
use crate::payments::Payments;
use crate::phase::Phase;
use crate::process::Process;
use crate::upstream::Mode;

/// One shop: its database and payment service, and what its customers saw.
pub(crate) struct Side {
    pub(crate) payments: Arc<Payments>,
    pub(crate) orders: Orders,
    pub(crate) journal: Arc<Journal>,
    upstream: Process,
    /// Cards charged by the payment service before it was killed.
    charged: u64,
    sent_when_well: u64,
    sent_when_sick: u64,
    back_at: Duration,
}

/// What is known of a shop at the end.
pub(crate) struct Record {
    pub(crate) samples: Vec<Sample>,
    /// Maximum number of customers that waited at once.
    pub(crate) max_waiting: usize,
    /// Maximum number of charges in flight at once.
    pub(crate) max_charges: usize,
    pub(crate) sent_when_sick: u64,
    /// Cards that the payment service has charged.
    pub(crate) charged: u64,
    /// Number of connections to the database that were opened.
    pub(crate) connections: u64,
    /// The numbers of the orders in the database.
    pub(crate) orders: BTreeSet<i64>,
    /// Time from the restart to the first order that was placed, if one was.
    pub(crate) back_after: Option<Duration>,
}

impl Side {
    /// Creates a shop that writes into `orders`, and starts its payment service.
    pub(crate) async fn set_up(orders: Orders) -> Result<Self, Failure> {
        let upstream = Process::start().await?;
        Ok(Self {
            payments: Arc::new(Payments::new(upstream.url("/charge"))?),
            orders,
            journal: Arc::default(),
            upstream,
            charged: 0,
            sent_when_well: 0,
            sent_when_sick: 0,
            back_at: Duration::ZERO,
        })
    }

    /// Makes the payment service behave as in `phase`.
    pub(crate) async fn enter(&mut self, phase: Phase, start: Instant) -> Result<(), Failure> {
        match phase {
            Phase::Healthy => self.upstream.set(Mode::Well).await,
            Phase::Slow => {
                self.sent_when_well = self.payments.sent();
                self.upstream.set(Mode::Slow).await
            }
            Phase::Failing => self.upstream.set(Mode::Failing).await,
            Phase::Killed => {
                // It is failing now, so that nothing is charged after this look.
                self.charged = self.upstream.counts().await?.charged;
                self.upstream.kill().await
            }
            Phase::Restarted => {
                self.sent_when_sick = self.payments.sent() - self.sent_when_well;
                self.upstream.restart().await?;
                self.back_at = start.elapsed();
                Ok(())
            }
        }
    }

    /// Collects the results.
    pub(crate) async fn record(self) -> Result<Record, Failure> {
        let samples = self.journal.since(0);
        let answered = |sample: &Sample| sample.arrival + sample.took;
        let placed_since = samples.iter().filter(|s| s.is_placed() && answered(s) > self.back_at);
        let first = placed_since.map(answered).min();
        Ok(Record {
            max_waiting: self.journal.waiting.peak(),
            max_charges: self.payments.in_flight().peak(),
            sent_when_sick: self.sent_when_sick,
            charged: self.charged + self.upstream.counts().await?.charged,
            connections: self.orders.opened(),
            orders: self.orders.numbers()?,
            back_after: first.map(|at| at.saturating_sub(self.back_at)),
            samples,
        })
    }
}

impl Record {
    pub(crate) fn count(&self, which: impl Fn(&Sample) -> bool) -> usize {
        self.samples.iter().filter(|sample| which(sample)).count()
    }

    /// Returns the number of cards that were charged without an order.
    pub(crate) fn charged_for_nothing(&self) -> u64 {
        self.charged.saturating_sub(self.orders.len() as u64)
    }
}
