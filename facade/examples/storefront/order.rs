use serde::{Deserialize, Serialize};

/// An order: what a customer sends to the shop, and the shop to the payment service.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) customer: u32,
    /// Cards are declined above [`Order::CARD_LIMIT`].
    pub(crate) amount: u32,
}

/// The shop's answer to an order that was paid and is in the database.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Placed {
    pub(crate) order: i64,
}

impl Order {
    pub(crate) const CARD_LIMIT: u32 = 95;
    /// The customer that sends far more orders than the others.
    pub(crate) const GREEDY: u32 = 0;

    pub(crate) const fn is_greedy(&self) -> bool {
        self.customer == Self::GREEDY
    }
}
