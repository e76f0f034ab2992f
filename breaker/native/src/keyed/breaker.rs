use std::future::Future;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Driver, Entry, Error, Exit, Guarded, InvalidOption, Key, KeyHash, KeyParts,
    Layer, Name, Refusal, Status, Tick, Token,
};

use crate::breaker::random;
use crate::handle::Handle;
use crate::keyed::circuits::KeyedCircuits;
use crate::verbs::impl_breaker;
use crate::{BreakerOptions, BreakerStatus, KeyOptions, KeyedStatus};

/// A named circuit breaker with a circuit for each key, such as a host or a tenant. Cheap to clone;
/// clones are the same breaker.
///
/// A key is anything that has [`KeyParts`]: a text, a number, or a tuple of these. Only a hash of each key
/// is kept, and no more keys than [`KeyOptions::max_keys`]. A call with a known key allocates nothing,
/// except for the first probe each time that its circuit is half-open.
///
/// By itself it runs calls with [`execute`](Self::execute). Together with other protections, it is a
/// [`Backend`] that any [`Driver`] leads calls through; about its clock and nested calls, see
/// [`CircuitBreaker`](crate::CircuitBreaker). Calls without a key have a circuit of their own. What happens
/// to a key without room, [`KeyOptions::overflow`] says.
///
/// ```
/// use seawall_breaker::{BreakerOptions, KeyOptions, KeyedBreaker, State};
///
/// let options = BreakerOptions::new("partners").failures(1);
/// let partners = KeyedBreaker::start(&options, &KeyOptions::new())?;
/// let failed = partners.execute_blocking(("host", "a"), || Err::<(), _>("no answer"));
/// assert!(failed.is_err());
/// assert_eq!(partners.status(("host", "a")).map(|status| status.state), Some(State::Open));
/// let other = partners.execute_blocking(("host", "b"), || Ok::<_, &str>(42));
/// assert_eq!(other.expect("its circuit is closed"), 42);
/// # Ok::<(), seawall_breaker::InvalidOption>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeyedBreaker(pub(super) Handle<KeyedCircuits>);

impl_breaker!(KeyedBreaker, key: 'a);

impl KeyedBreaker {
    /// Starts a breaker without keys. Each key begins with a closed circuit under `options`.
    ///
    /// # Errors
    /// Returns an error if an option is out of its range.
    pub fn start(options: &BreakerOptions, keys: &KeyOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        keys.validate(&options.name)?;
        let circuits = KeyedCircuits::new(options, keys, random());
        Ok(Self(Handle::new(circuits, options.call_timeout)))
    }

    /// Returns the status of the circuit of `key`, or `None` if the key is not kept. Reading it changes
    /// nothing.
    ///
    /// The next call of a key that is not kept finds a closed circuit or, if there is no room then, what
    /// [`KeyOptions::overflow`] says.
    #[must_use]
    pub fn status(&self, key: impl KeyParts + Send + Sync) -> Option<BreakerStatus> {
        self.0.circuits.describe_key(Key::new(&key), self.0.clock())
    }

    /// Returns the status of all circuits. It walks through all keys, one shard at a time, and changes
    /// nothing.
    #[must_use]
    pub fn summary(&self) -> KeyedStatus {
        self.0.circuits.describe(self.0.clock())
    }

    /// Returns the number of keys that are kept. It is never above `max_keys`, except for a while after
    /// [`reconfigure`](Self::reconfigure) has lowered that.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.0.circuits.keys()
    }

    /// Returns the keys whose circuits are not closed, each by its [`hash`](Self::hash), in no order. Keys
    /// under manual control are among them.
    ///
    /// It walks through all keys, one shard at a time, and changes nothing.
    #[must_use]
    pub fn not_closed(&self) -> Vec<(KeyHash, BreakerStatus)> {
        self.0.circuits.not_closed(self.0.clock())
    }

    /// Returns what `key` is kept under, or `None` if all calls have the same circuit. It tells nothing
    /// about the key, and means nothing outside of this breaker.
    #[must_use]
    pub fn hash(&self, key: impl KeyParts + Send + Sync) -> Option<KeyHash> {
        self.0.circuits.find(Key::new(&key))
    }

    /// Puts all keys under other options. What was counted stays as far as it means the same: see
    /// [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure). Keys above a lower `max_keys`
    /// are forgotten as soon as they can be. The name stays what it was.
    ///
    /// # Errors
    /// Returns an error if an option is out of its range, or if `key_parts` is another one, since keys would
    /// not be found again. Then nothing changes.
    pub fn reconfigure(
        &self,
        options: &BreakerOptions,
        keys: &KeyOptions,
    ) -> Result<(), InvalidOption> {
        options.validate()?;
        self.0.circuits.reconfigure(options, keys, self.0.clock())?;
        self.0.set_call_timeout(options.call_timeout);
        Ok(())
    }
}
