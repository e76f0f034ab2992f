use super::KeyParts;
use crate::Name;
use crate::key::sink::{Encoded, KeySink};

macro_rules! texts {
    ($($text:ty)*) => {$(
        impl KeyParts for $text {
            #[inline]
            fn encode(&self, sink: KeySink<'_>) -> Encoded {
                sink.text(self)
            }
        }
    )*};
}

texts!(str String Name);

impl KeyParts for char {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        sink.text(self.encode_utf8(&mut [0; 4]))
    }
}
