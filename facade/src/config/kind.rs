//! The kinds of settings that a section can be asked for.

mod duration;
mod flag;
mod number;
mod reference;
mod text;
mod word;
