use std::sync::{Mutex, PoisonError};

/// The epochs of servers that were promoted while they ran, each with the server's time at which this
/// client first saw it, the latest used first. How long such a server has been the primary, it does not tell.
#[derive(Debug, Default)]
pub(crate) struct Epochs(Mutex<Vec<[f64; 2]>>);

/// More servers than a cluster has primaries that were promoted, within reason.
const MAX: usize = 64;

impl Epochs {
    pub(crate) fn saw(&self, epoch: f64, now: f64) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.iter().position(|[known, _]| *known == epoch) {
            Some(at) => seen[..=at].rotate_right(1),
            None => {
                seen.truncate(MAX - 1);
                seen.insert(0, [epoch, now]);
            }
        }
    }

    pub(crate) fn numbers(&self) -> Vec<f64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_of_each_of_the_latest_epochs_is_kept() {
        let epochs = Epochs::default();
        for (epoch, now) in [(1.0, 10.0), (2.0, 20.0), (1.0, 30.0)] {
            epochs.saw(epoch, now);
        }
        assert_eq!(epochs.numbers(), [1.0, 10.0, 2.0, 20.0]);
        for epoch in 3..100_u32 {
            epochs.saw(f64::from(epoch), 40.0);
        }
        assert_eq!((epochs.numbers().len(), epochs.numbers()[0]), (2 * MAX, 99.0));
    }
}
