use super::KeyParts;
use crate::key::sink::{Encoded, KeySink, WholeKeySink};

impl<T: KeyParts> KeyParts for [T] {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        if let Some(bytes) = T::as_bytes(self) {
            return sink.bytes(bytes);
        }
        let mut parts = sink.group(self.len());
        self.iter().for_each(|part| parts.push(part));
        parts.end()
    }

    #[inline]
    fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
        if let Some(bytes) = T::as_bytes(self) {
            return sink.only_part().bytes(bytes);
        }
        let mut parts = sink.parts(self.len());
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
                let mut parts = sink.group($count);
                $(parts.push($part);)*
                parts.end()
            }

            #[inline]
            fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
                let ($($part,)*) = self;
                #[allow(unused_mut, reason = "a tuple may be empty")]
                let mut parts = sink.parts($count);
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
