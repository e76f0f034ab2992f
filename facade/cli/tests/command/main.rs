//! Runs the real command, and compares what it prints with the files in `tests/golden`.
//! `SEAWALL_UPDATE=1` writes them.

mod check;
mod docs;
mod journal;
mod plan;
mod shells;
mod status;
mod support;
