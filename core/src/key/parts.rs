use super::KeySink;

/// What a key can be made of: texts, numbers, truths, bytes, and tuples and slices of these.
///
/// A type of one's own describes itself as the parts it consists of:
///
/// ```
/// use seawall_core::{KeyParts, KeySink};
///
/// struct UserId(u64);
///
/// impl KeyParts for UserId {
///     fn encode(&self, sink: &mut dyn KeySink) {
///         ("user", self.0).encode(sink);
///     }
/// }
/// ```
pub trait KeyParts {
    /// Gives the parts to `sink`, in an order that is always the same.
    fn encode(&self, sink: &mut dyn KeySink);
}

impl<T: KeyParts + ?Sized> KeyParts for &T {
    #[inline]
    fn encode(&self, sink: &mut dyn KeySink) {
        (**self).encode(sink);
    }
}

impl KeyParts for str {
    #[inline]
    fn encode(&self, sink: &mut dyn KeySink) {
        sink.text(self);
    }
}

impl KeyParts for String {
    #[inline]
    fn encode(&self, sink: &mut dyn KeySink) {
        sink.text(self);
    }
}

impl KeyParts for bool {
    #[inline]
    fn encode(&self, sink: &mut dyn KeySink) {
        sink.flag(*self);
    }
}

macro_rules! naturals {
    ($($number:ty)*) => {$(
        impl KeyParts for $number {
            #[inline]
            fn encode(&self, sink: &mut dyn KeySink) {
                sink.natural(*self as u128);
            }
        }
    )*};
}

naturals!(u8 u16 u32 u64 u128 usize);

macro_rules! integers {
    ($($number:ty)*) => {$(
        impl KeyParts for $number {
            #[inline]
            fn encode(&self, sink: &mut dyn KeySink) {
                let magnitude = self.unsigned_abs() as u128;
                if *self < 0 {
                    sink.negative(magnitude);
                } else {
                    sink.natural(magnitude);
                }
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 i128 isize);

/// Bytes are one part, not a group of numbers.
impl KeyParts for [u8] {
    #[inline]
    fn encode(&self, sink: &mut dyn KeySink) {
        sink.bytes(self);
    }
}

impl<const N: usize> KeyParts for [u8; N] {
    #[inline]
    fn encode(&self, sink: &mut dyn KeySink) {
        sink.bytes(self);
    }
}

macro_rules! tuples {
    ($(($count:literal $($part:ident)*))*) => {$(
        impl<$($part: KeyParts),*> KeyParts for ($($part,)*) {
            #[inline]
            fn encode(&self, sink: &mut dyn KeySink) {
                #[allow(non_snake_case, reason = "one name serves as type and as value")]
                let ($($part,)*) = self;
                sink.group($count);
                $($part.encode(sink);)*
            }
        }
    )*};
}

tuples! {
    (1 A)
    (2 A B)
    (3 A B C)
    (4 A B C D)
    (5 A B C D E)
    (6 A B C D E F)
}
