//! Runs the Rust blocks of the guide in `docs/guide`.

/// Makes each page a documentation test.
macro_rules! pages {
    ($($name:ident: $file:literal,)*) => { $(
        #[cfg(doctest)]
        #[doc = include_str!($file)]
        pub struct $name;
    )* };
}

pages! {
    Start: "../guide/start.md",
    Breaker: "../guide/breaker.md",
    RateLimit: "../guide/rate-limit.md",
    Bulkhead: "../guide/bulkhead.md",
    Stores: "../guide/stores.md",
    Capacity: "../guide/capacity.md",
    Pool: "../guide/pool.md",
    Retry: "../guide/retry.md",
    Time: "../guide/time.md",
    Fallback: "../guide/fallback.md",
    Coalescing: "../guide/coalescing.md",
    Telemetry: "../guide/telemetry.md",
    Testing: "../guide/testing.md",
    Reload: "../guide/reload.md",
    DryRun: "../guide/dry-run.md",
    Health: "../guide/health.md",
    Status: "../guide/status.md",
    Journal: "../guide/journal.md",
    Cookbook: "../guide/cookbook.md",
    Backends: "../guide/backends.md",
    Moving: "../guide/moving.md",
    Comparison: "../guide/comparison.md",
    Index: "../guide/README.md",
}
