use super::sink::{Encoded, KeySink, WholeKeySink};

mod address;
mod group;
mod number;
mod option;
mod pointer;
mod text;

/// What a key can be made of: texts, numbers, truth values, bytes, IP addresses and
/// [networks](super::Network), `Option`s of these, and tuples and slices of these.
///
/// A tuple or a slice as a key has as many parts as elements; any other value has one. Inside of a
/// tuple, each element is one part, whatever it consists of.
///
/// | key | parts |
/// |---|---|
/// | `"acme"`, `("acme",)`, `["acme"]`, `Some("acme")` | the text |
/// | `("acme", 7)` | the text and the number |
/// | `(("acme", 7), "api")` | the pair and the text |
/// | `b"acme"`, `vec![1_u8, 2]` | the bytes, as one part |
/// | `None::<u64>` | one, which no other key has |
///
/// A type of your own describes itself by the values it consists of. It is one part, alone or in a
/// tuple:
///
/// ```
/// use seawall_core::{Encoded, KeyParts, KeySink};
///
/// struct UserId(u64);
///
/// impl KeyParts for UserId {
///     fn encode(&self, sink: KeySink<'_>) -> Encoded {
///         ("user", self.0).encode(sink)
///     }
/// }
/// ```
///
/// UUIDs are keys by `uuid.as_u128()`, header values by `value.as_bytes()`.
pub trait KeyParts {
    /// Writes this value as one part. Equal values must write the same, and different values must not.
    fn encode(&self, sink: KeySink<'_>) -> Encoded;

    /// Writes this value as a whole key: by default, a key of one part.
    ///
    /// A type of your own that stands for several parts, so that `key_parts` can tell them apart,
    /// forwards to a tuple: `(&self.tenant, self.user).encode_key(sink)`.
    #[inline]
    fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
        self.encode(sink.only_part())
    }

    /// Returns the slice as bytes if it is to be one part. Not for types of your own.
    #[doc(hidden)]
    #[inline]
    fn as_bytes(_slice: &[Self]) -> Option<&[u8]>
    where
        Self: Sized,
    {
        None
    }
}
