//! The shared parts of the benchmarks: interleaved measurements of subjects, and tables of the
//! results.

pub mod allocations;
pub mod batch;
pub mod poll;
pub mod rounds;
pub mod subject;
pub mod table;

pub use self::batch::{Batch, each};
pub use self::poll::{on_tokio, poll};
pub use self::rounds::Times;
pub use self::subject::{Subject, start};
pub use self::table::Table;
