use super::KeyParts;
use crate::key::sink::{Encoded, KeySink, Sink, WholeKeySink};

/// Receives the parts of a key or of a group, one after the other.
struct Parts<'s> {
    sink: &'s mut dyn Sink,
    /// How many parts are still wanted; further ones are ignored.
    left: usize,
}

impl<'s> Parts<'s> {
    #[inline]
    fn of_group(KeySink(sink): KeySink<'s>, len: usize) -> Self {
        sink.group(len);
        Self { sink, left: len }
    }

    #[inline]
    fn of_key(WholeKeySink(sink): WholeKeySink<'s>, len: usize) -> Self {
        let left = sink.key(len);
        Self { sink, left }
    }

    #[inline]
    fn push(&mut self, part: &(impl KeyParts + ?Sized)) {
        if self.left > 0 {
            self.left -= 1;
            let Encoded(()) = part.encode(KeySink(self.sink));
        }
    }

    #[inline]
    fn end(self) -> Encoded {
        Encoded(())
    }
}

impl<T: KeyParts> KeyParts for [T] {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        if let Some(bytes) = T::as_bytes(self) {
            return sink.bytes(bytes);
        }
        let mut parts = Parts::of_group(sink, self.len());
        self.iter().for_each(|part| parts.push(part));
        parts.end()
    }

    #[inline]
    fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
        if let Some(bytes) = T::as_bytes(self) {
            return sink.only_part().bytes(bytes);
        }
        let mut parts = Parts::of_key(sink, self.len());
        self.iter().for_each(|part| parts.push(part));
        parts.end()
    }
}

impl<T: KeyParts, const N: usize> KeyParts for [T; N] {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        self.as_slice().encode(sink)
    }

    #[inline]
    fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
        self.as_slice().encode_key(sink)
    }
}

macro_rules! tuples {
    ($(($count:literal $($part:ident)*))*) => {$(
        #[allow(non_snake_case, reason = "one name serves as type and as value")]
        impl<$($part: KeyParts),*> KeyParts for ($($part,)*) {
            #[inline]
            fn encode(&self, sink: KeySink<'_>) -> Encoded {
                let ($($part,)*) = self;
                #[allow(unused_mut, reason = "a tuple may be empty")]
                let mut parts = Parts::of_group(sink, $count);
                $(parts.push($part);)*
                parts.end()
            }

            #[inline]
            fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
                let ($($part,)*) = self;
                #[allow(unused_mut, reason = "a tuple may be empty")]
                let mut parts = Parts::of_key(sink, $count);
                $(parts.push($part);)*
                parts.end()
            }
        }
    )*};
}

tuples! {
    (0)
    (1 A)
    (2 A B)
    (3 A B C)
    (4 A B C D)
    (5 A B C D E)
    (6 A B C D E F)
    (7 A B C D E F G)
    (8 A B C D E F G H)
}
