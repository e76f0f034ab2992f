use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::KeyParts;
use crate::key::sink::{Encoded, KeySink, WholeKeySink};

macro_rules! pointers {
    ($([$($generics:tt)*] $pointer:ty;)*) => {$(
        impl<$($generics)*> KeyParts for $pointer {
            #[inline]
            fn encode(&self, sink: KeySink<'_>) -> Encoded {
                (**self).encode(sink)
            }

            #[inline]
            fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
                (**self).encode_key(sink)
            }
        }
    )*};
}

pointers! {
    [T: KeyParts + ?Sized] &T;
    [T: KeyParts + ?Sized] &mut T;
    [T: KeyParts + ?Sized] Box<T>;
    [T: KeyParts + ?Sized] Rc<T>;
    [T: KeyParts + ?Sized] Arc<T>;
    [T: KeyParts + ToOwned + ?Sized] Cow<'_, T>;
    [T: KeyParts] Vec<T>;
}
