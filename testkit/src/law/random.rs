/// Random numbers that are the same for the same seed: Knuth's linear congruential generator.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit
    }

    /// Returns a number from 0 to below 1.
    #[cfg(feature = "cluster")]
    pub(crate) fn part(&mut self) -> f64 {
        const PARTS: u32 = 1 << 31;
        self.below(PARTS as usize) as f64 / f64::from(PARTS)
    }

    /// Returns one of `choices`.
    pub(crate) fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}
