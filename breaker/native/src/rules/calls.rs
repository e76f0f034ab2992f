use crate::sample::Sample;

/// The last calls one by one: exact, in constant memory and constant time.
#[derive(Debug)]
pub(super) struct CallWindow {
    calls: Box<[u8]>,
    /// Where the next call goes, over the oldest.
    next: usize,
    sample: Sample,
}

const FAILED: u8 = 1;
const SLOW: u8 = 2;

impl CallWindow {
    pub(super) fn new(size: u32) -> Self {
        Self { calls: vec![0; size as usize].into(), next: 0, sample: Sample::default() }
    }

    pub(super) fn record(&mut self, failed: bool, slow: bool) {
        if self.sample.calls == self.calls.len() as u64 {
            let gone = self.calls[self.next];
            self.sample.calls -= 1;
            self.sample.failures -= u64::from(gone & FAILED != 0);
            self.sample.slow -= u64::from(gone & SLOW != 0);
        }
        self.sample.calls += 1;
        self.sample.failures += u64::from(failed);
        self.sample.slow += u64::from(slow);
        self.calls[self.next] = u8::from(failed) * FAILED + u8::from(slow) * SLOW;
        self.next = (self.next + 1) % self.calls.len();
    }

    pub(super) fn sample(&self) -> Sample {
        self.sample
    }

    pub(super) fn clear(&mut self) {
        (self.next, self.sample) = (0, Sample::default());
    }
}
