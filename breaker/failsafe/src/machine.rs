use std::fmt;

use failsafe::{FailurePolicy, Instrument, StateMachine};

/// failsafe's state machine, whatever its policy and its instrument.
pub(crate) trait Machine: fmt::Debug + Send + Sync {
    fn permits(&self) -> bool;
    fn end(&self, is_success: bool);
}

impl<P, I> Machine for StateMachine<P, I>
where
    P: FailurePolicy + Send,
    I: Instrument + Send + Sync,
{
    fn permits(&self) -> bool {
        self.is_call_permitted()
    }

    fn end(&self, is_success: bool) {
        if is_success {
            self.on_success();
        } else {
            self.on_error();
        }
    }
}
