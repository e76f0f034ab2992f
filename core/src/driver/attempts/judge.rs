use std::cell::Cell;

use crate::driver::finish::Whole;
use crate::driver::judge::Judge;
use crate::protection::Protection;
use crate::sync::{Mutex, lock};
use crate::{Class, Error};

/// Judges as another judge does, and keeps the class. `C` is the classifier that a call lends to its
/// attempts.
#[derive(Debug)]
pub(super) struct Keeping<J> {
    judge: J,
    class: Cell<Option<Class>>,
}

impl<J> Keeping<J> {
    pub(super) fn new(judge: J) -> Self {
        Self { judge, class: Cell::new(None) }
    }

    /// Returns the class of the output, if the operation has ended by itself.
    pub(super) fn class(&self) -> Option<Class> {
        self.class.get()
    }
}

/// A classifier that is lent. Unlike a reference, it can be sent to another thread if the classifier can.
#[derive(Debug)]
pub(super) struct Borrowing<'s, C>(pub(super) &'s mut C);

/// A classifier that two attempts share.
#[derive(Debug)]
pub(super) struct Sharing<'s, 'c, C>(pub(super) &'s Mutex<&'c mut C>);

impl<C, O, J: Judge<C, O>> Judge<Sharing<'_, '_, C>, O> for Keeping<J> {
    type Value = J::Value;
    type Error = J::Error;
    type Finish = Whole;

    fn judge(
        &self,
        classify: &Sharing<'_, '_, C>,
        protection: &impl Protection,
        output: O,
    ) -> (Class, Result<J::Value, Error<J::Error>>) {
        let (class, result) = self.judge.judge(&**lock(classify.0), protection, output);
        self.class.set(Some(class));
        (class, result)
    }
}

impl<C, O, J: Judge<C, O>> Judge<Borrowing<'_, C>, O> for Keeping<J> {
    type Value = J::Value;
    type Error = J::Error;
    type Finish = Whole;

    #[inline(always)]
    fn judge(
        &self,
        classify: &Borrowing<'_, C>,
        protection: &impl Protection,
        output: O,
    ) -> (Class, Result<J::Value, Error<J::Error>>) {
        let (class, result) = self.judge.judge(classify.0, protection, output);
        self.class.set(Some(class));
        (class, result)
    }
}
