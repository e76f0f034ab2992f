//! The laws of bulkheads, over each store.

mod driven;

use std::time::Duration;

use seawall_test_servers::stores;
use seawall_testkit::bulkhead::{Handles, Setup};

use crate::driven::Driven;

/// The laws over one store. All stores keep the same, so one of them has a column in the table.
macro_rules! laws {
    ($store:ident $(, $column:expr)?) => {
        mod $store {
            use super::*;

            fn start(setup: &Setup) -> Handles {
                Driven::start(setup, stores::$store)
            }

            seawall_testkit::bulkhead_laws!(
                start,
                grants_within = Duration::from_secs(1),
                $(table = ("../../docs/backends.md", $column),)?
                cannot {
                    free_permit_is_granted_at_once = "an instance asks the store for permits when calls need more than it holds",
                }
            );
        }
    };
}

laws!(memory);
laws!(redis, "redis");
laws!(postgres);
