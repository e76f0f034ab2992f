/// Random numbers from a seed (SplitMix64), so that a failure can be repeated.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a whole number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Does the same, as a double.
    pub(crate) fn whole(&mut self, end: u64) -> f64 {
        self.below(end) as f64
    }

    /// Returns a number from 0 to below 1.
    pub(crate) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns one of `numbers`.
    pub(crate) fn pick(&mut self, numbers: &[f64]) -> f64 {
        let at = usize::try_from(self.below(numbers.len() as u64)).expect("an index");
        numbers[at]
    }
}
