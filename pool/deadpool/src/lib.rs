//! Connection pool for Seawall over the deadpool library: no lost capacity, one deadline, honest errors.
