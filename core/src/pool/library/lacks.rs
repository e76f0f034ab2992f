use crate::pool::PoolOptions;
use crate::{InvalidOption, Layer};

/// The options of a pool that a library does not have. No library has an overflow, reports of leaks or
/// reports of slow checkouts.
#[derive(Clone, Copy, Debug)]
pub struct Lacks {
    library: &'static str,
    further: &'static [&'static str],
}

impl Lacks {
    /// Describes `library`, which lacks `further` options: `min_idle` or `order`.
    #[must_use]
    pub const fn new(library: &'static str, further: &'static [&'static str]) -> Self {
        Self { library, further }
    }

    /// Returns the problems of the options of the pool `layer`: those that are invalid, and those that
    /// the library lacks and that are not left at their defaults.
    #[must_use]
    pub fn problems(&self, layer: &Layer, options: &PoolOptions) -> Vec<InvalidOption> {
        let defaults = PoolOptions::new();
        let lacks = |option| self.further.contains(&option);
        let given = [
            ("max_overflow", options.max_overflow != defaults.max_overflow),
            ("min_idle", options.min_idle != defaults.min_idle && lacks("min_idle")),
            ("order", options.order != defaults.order && lacks("order")),
            ("leak_after", options.leak_after.is_some()),
            ("slow_checkout_after", options.slow_checkout_after.is_some()),
        ];
        let unknown = given.into_iter().filter(|(_, is_given)| *is_given).map(|(option, _)| {
            let problem =
                format!("is not supported by {}; the backend `native` supports it", self.library);
            InvalidOption::new(layer, option, problem)
        });
        options.problems(layer).into_iter().chain(unknown).collect()
    }
}
