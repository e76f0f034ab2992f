//! Manual control of a bulkhead, as of any component.

use seawall_bulkhead::{Bulkhead, BulkheadOptions};
use seawall_core::{ControlAction, Key, ManualControl};

#[test]
fn a_resized_bulkhead_admits_as_many_calls_as_it_has_permits() {
    let bulkhead = Bulkhead::start(&BulkheadOptions::new("reports").max_concurrent(1)).unwrap();
    bulkhead.act(ControlAction::Resize(2), None).unwrap();
    let held = [(); 2].map(|()| bulkhead.protect().acquire_blocking().expect("a permit"));
    bulkhead.protect().acquire_blocking().expect_err("both are held");
    drop(held);
    let wrong = bulkhead.act(ControlAction::Resize(0), None).expect_err("none is no number");
    let said = "bulkhead `reports` cannot have 0 permits: their number must be 1 or more";
    assert_eq!(wrong.to_string(), said);
    assert!(!wrong.is_unsupported());
    let held = [(); 2].map(|()| bulkhead.protect().acquire_blocking().expect("nothing changed"));
    drop(held);
}

#[test]
fn what_it_does_not_have_is_unsupported() {
    let bulkhead = Bulkhead::start(&BulkheadOptions::new("reports")).unwrap();
    let wrong = bulkhead.act(ControlAction::ForceOpen, None).expect_err("unsupported");
    assert!(wrong.is_unsupported());
    assert_eq!(wrong.to_string(), "bulkhead `reports` does not support `force_open`");
    let key = Key::new(&"acme");
    let wrong = bulkhead.act(ControlAction::Resize(2), Some(key)).expect_err("unsupported");
    assert_eq!(wrong.to_string(), "bulkhead `reports` does not support `resize` for one key");
}
