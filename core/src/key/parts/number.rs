use std::num::NonZero;

use super::KeyParts;
use crate::key::sink::{Encoded, KeySink};

impl KeyParts for bool {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        sink.flag(*self)
    }
}

impl KeyParts for u8 {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        sink.natural(u128::from(*self))
    }

    /// Bytes are one part, not a group of numbers.
    #[inline]
    fn as_bytes(slice: &[Self]) -> Option<&[u8]> {
        Some(slice)
    }
}

macro_rules! unsigned {
    ($($number:ty)*) => {$(
        impl KeyParts for $number {
            #[inline]
            fn encode(&self, sink: KeySink<'_>) -> Encoded {
                sink.natural(*self as u128)
            }
        }
    )*};
}

unsigned!(u16 u32 u64 u128 usize);

macro_rules! signed {
    ($($number:ty)*) => {$(
        impl KeyParts for $number {
            #[inline]
            fn encode(&self, sink: KeySink<'_>) -> Encoded {
                let magnitude = self.unsigned_abs() as u128;
                if *self < 0 { sink.negative(magnitude) } else { sink.natural(magnitude) }
            }
        }
    )*};
}

signed!(i8 i16 i32 i64 i128 isize);

macro_rules! non_zero {
    ($($number:ty)*) => {$(
        impl KeyParts for NonZero<$number> {
            #[inline]
            fn encode(&self, sink: KeySink<'_>) -> Encoded {
                self.get().encode(sink)
            }
        }
    )*};
}

non_zero!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
