//! What the benchmarks have in common: subjects that are measured in turns, and tables of what came
//! out.

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
