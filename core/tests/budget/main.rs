//! The budget of extra calls: what it grants, its bound under any schedule, and the faults of other ones.

mod bound;
mod cascade;
mod peers;
mod rule;
mod storm;
