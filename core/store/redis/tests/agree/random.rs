/// Random numbers from a seed, so that a failure can be repeated.
pub(crate) struct Random(seawall_store::Random);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seawall_store::Random::new(seed))
    }

    /// Returns a whole number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.number() % end
    }

    /// Does the same, as a double.
    pub(crate) fn whole(&mut self, end: u64) -> f64 {
        self.below(end) as f64
    }

    /// Returns a number from 0 to below 1.
    pub(crate) fn part(&mut self) -> f64 {
        self.0.part()
    }

    /// Returns one of `numbers`.
    pub(crate) fn pick(&mut self, numbers: &[f64]) -> f64 {
        let at = usize::try_from(self.below(numbers.len() as u64)).expect("an index");
        numbers[at]
    }
}
