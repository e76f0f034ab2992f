use super::KeyParts;
use crate::key::sink::{Encoded, InSome, KeySink, WholeKeySink};

/// `Some` is its content; `None` is a part of its own.
impl<T: KeyParts> KeyParts for Option<T> {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        match self {
            Some(part) => part.encode(KeySink(&mut InSome::new(sink.0))),
            None => sink.none(),
        }
    }

    #[inline]
    fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
        match self {
            Some(key) => key.encode_key(WholeKeySink(&mut InSome::new(sink.0))),
            None => sink.only_part().none(),
        }
    }
}
