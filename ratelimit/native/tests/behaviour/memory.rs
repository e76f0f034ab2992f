use seawall_core::Backend;
use seawall_ratelimit::Rule;

use crate::support::{Bench, HOUR};

#[test]
fn ten_million_keys_fit_into_the_room_of_a_hundred_thousand() {
    let (keys, most) = (10_000_000, 100_000);
    let bench = Bench::new(&Rule::new("api", 3, HOUR).max_keys(most));
    let used_up: Vec<u64> = (0..u64::from(most) / 10).collect();
    let memory = allocation_counter::measure(|| {
        for key in &used_up {
            bench.limiter.check_rate(key, 3).expect("new");
        }
        for key in 0..keys {
            _ = bench.limiter.check_rate(("stranger", key), 1);
        }
    });
    let status = Backend::status(&bench.limiter, bench.time.now());
    let kept = status.reading("keys").expect("it is counted");
    assert_eq!(kept, u64::from(most), "{status}");
    // A table that doubles holds old and new for a moment.
    let bytes_a_key = memory.bytes_max / kept;
    assert!(bytes_a_key <= 64, "{bytes_a_key} bytes a key at the most");
    let again = used_up.iter().filter(|key| bench.limiter.check_rate(key, 1).is_ok()).count();
    assert_eq!(again, 0, "keys that were used up are so still");
}
