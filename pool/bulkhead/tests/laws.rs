//! The laws of bulkheads.

use seawall_bulkhead::{Bulkhead, BulkheadOptions};
use seawall_testkit::bulkhead::{Handles, Setup};

fn start(setup: &Setup) -> Handles {
    let options = BulkheadOptions::new("subject").max_concurrent(setup.max_concurrent);
    let bulkhead = Bulkhead::start(&options).expect("valid options");
    Handles::new(&bulkhead).with_close(move || bulkhead.close())
}

seawall_testkit::bulkhead_laws!(start, table = ("../../docs/backends.md", "native"));
