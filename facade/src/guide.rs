//! The guide in `docs/guide`, as documentation.

/// Makes a page a module. The links of a page have definitions twice: here, and at its end for readers of the file;
/// the first definition counts.
macro_rules! pages {
    ($($name:ident: $file:literal,)*) => { $(
        #[doc = include_str!("guide/links.txt")]
        #[doc = include_str!($file)]
        pub mod $name {}
    )* };
}

pages! {
    start: "guide/start.md",
    breaker: "guide/breaker.md",
    rate_limit: "guide/rate-limit.md",
    bulkhead: "guide/bulkhead.md",
    stores: "guide/stores.md",
    capacity: "guide/capacity.md",
    pool: "guide/pool.md",
    retry: "guide/retry.md",
    time: "guide/time.md",
    fallback: "guide/fallback.md",
    coalescing: "guide/coalescing.md",
    telemetry: "guide/telemetry.md",
    testing: "guide/testing.md",
    reload: "guide/reload.md",
    dry_run: "guide/dry-run.md",
    health: "guide/health.md",
    status: "guide/status.md",
    journal: "guide/journal.md",
    cookbook: "guide/cookbook.md",
    backends: "guide/backends.md",
    moving: "guide/moving.md",
    comparison: "guide/comparison.md",
}
