//! What a circuit breaker does, seen from outside, on a clock that is turned by hand.

mod advice;
mod alarms;
mod clocks;
mod control;
mod fixture;
mod keyed;
mod manual_control;
mod peers;
mod recovery;
mod retries;
mod rules;
mod states;
mod status;
