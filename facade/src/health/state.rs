use serde::{Serialize, Serializer};

seawall_core::__named! {
    /// Whether something can do its work. Ordered from the best to the worst.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum HealthState {
        /// It can.
        Ready = "ready",
        /// It can do a part of it.
        Degraded = "degraded",
        /// It has not been able to yet.
        Starting = "starting",
        /// It cannot.
        Failed = "failed",
        /// It is being shut down.
        Stopping = "stopping",
    }
}

impl Serialize for HealthState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
