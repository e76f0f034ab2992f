use std::fmt;

/// The result of draining a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Number of resources that were lent, or about to be, when the time was over. They are closed
    /// when they are returned.
    pub left: u32,
}

impl Drained {
    /// Creates the result of a drain that left this number of resources.
    #[must_use]
    pub const fn new(left: u32) -> Self {
        Self { left }
    }

    /// Returns true if all resources were returned.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.left == 0
    }
}

impl fmt::Display for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.left {
            0 => f.write_str("all came back"),
            left => write!(f, "{left} did not come back in time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_many_did_not_come_back() {
        assert_eq!(Drained::new(0).to_string(), "all came back");
        assert_eq!(Drained::new(2).to_string(), "2 did not come back in time");
        assert!(Drained::new(0).is_complete() && !Drained::new(1).is_complete());
    }
}
