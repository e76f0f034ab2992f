use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::handle::{Circuits, Handle, WeakHandle};
use crate::sync::{Mutex, MutexGuard, lock};
use crate::{CircuitBreaker, KeyedBreaker, State};

/// One switch for many circuit breakers, with one circuit or one for each key. Cheap to clone; clones
/// are the same switch.
///
/// All attached breakers follow it. Turns and attachments may come from any threads and in any order,
/// also from an observer: when all of them have returned, each breaker stands where the switch stands,
/// unless a breaker was controlled by itself meanwhile. Of two switches that a breaker is attached to,
/// it follows the one that was turned last.
///
/// ```
/// use seawall_breaker::{BreakerOptions, CircuitBreaker, Control, State};
///
/// let maintenance = Control::new();
/// let cards = CircuitBreaker::start(&BreakerOptions::new("cards"))?;
/// let mail = CircuitBreaker::start(&BreakerOptions::new("mail"))?;
/// maintenance.attach(&cards);
/// maintenance.force_open();
/// maintenance.attach(&mail); // takes the position of the switch
/// assert_eq!([cards.status().state, mail.status().state], [State::ForcedOpen; 2]);
/// maintenance.resume();
/// assert_eq!([cards.status().state, mail.status().state], [State::Closed; 2]);
/// # Ok::<(), seawall_breaker::InvalidOption>(())
/// ```
#[derive(Clone, Debug)]
pub struct Control(Arc<Mutex<Switch>>);

#[derive(Debug)]
struct Switch {
    /// Where it stands, unless breakers work by themselves.
    position: Option<State>,
    followers: Vec<Box<dyn WeakFollower>>,
}

/// A breaker that can be attached to a [`Control`]: a [`CircuitBreaker`] or a [`KeyedBreaker`].
pub trait Controlled: sealed::Sealed {}

impl Controlled for CircuitBreaker {}
impl Controlled for KeyedBreaker {}

mod sealed {
    pub trait Sealed {
        #[doc(hidden)]
        fn follower(&self) -> super::AnyFollower;
    }
}

/// Wraps what the sealed trait returns, as it is private.
#[derive(Debug)]
pub struct AnyFollower(Box<dyn WeakFollower>);

impl sealed::Sealed for CircuitBreaker {
    fn follower(&self) -> AnyFollower {
        AnyFollower(Box::new(self.handle().downgrade()))
    }
}

impl sealed::Sealed for KeyedBreaker {
    fn follower(&self) -> AnyFollower {
        AnyFollower(Box::new(self.handle().downgrade()))
    }
}

/// A breaker that follows the switch as long as others keep it.
trait WeakFollower: std::fmt::Debug + Send + Sync {
    fn upgrade(&self) -> Option<Box<dyn Follower>>;
    fn address(&self) -> usize;
}

trait Follower {
    fn follow(&self, turn: u64, state: Option<State>);
}

impl<C: Circuits> WeakFollower for WeakHandle<C> {
    fn upgrade(&self) -> Option<Box<dyn Follower>> {
        Some(Box::new(self.upgrade()?))
    }

    fn address(&self) -> usize {
        self.address()
    }
}

impl<C: Circuits> Follower for Handle<C> {
    fn follow(&self, turn: u64, state: Option<State>) {
        self.emit(self.circuits.follow(turn, state, self.clock()));
    }
}

/// Numbers all turns of all switches. A turn gets its number under the lock of its switch, and a breaker
/// follows none after a later one: whatever order they reach it in, the last one counts.
static TURNS: AtomicU64 = AtomicU64::new(0);

fn next_turn() -> u64 {
    TURNS.fetch_add(1, Relaxed) + 1
}

impl Control {
    /// Creates a switch without breakers, which lets them work by themselves.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Switch { position: None, followers: Vec::new() })))
    }

    /// Attaches `breaker`, for as long as it lives: it takes the position of the switch, and follows it
    /// from now on. If the switch lets breakers work by themselves, it stays in the state that it is
    /// in, also if that is forced.
    pub fn attach(&self, breaker: &impl Controlled) {
        let follower = breaker.follower().0;
        let strong = follower.upgrade();
        let (turn, position) = {
            let mut switch = self.lock();
            switch.remove(follower.address());
            switch.followers.push(follower);
            (next_turn(), switch.position)
        };
        if let (Some(breaker), Some(_)) = (strong, position) {
            breaker.follow(turn, position);
        }
    }

    /// Detaches `breaker`, which stays in the state that it is in.
    pub fn detach(&self, breaker: &impl Controlled) {
        let follower = breaker.follower().0;
        let turn = {
            self.lock().remove(follower.address());
            next_turn()
        };
        // Turns that have not reached it yet come too late.
        if let Some(breaker) = follower.upgrade() {
            breaker.follow(turn, None);
        }
    }

    /// Makes all refuse their calls: [`CircuitBreaker::force_open`].
    pub fn force_open(&self) {
        self.turn(Some(State::ForcedOpen));
    }

    /// Makes all admit their calls and count nothing: [`CircuitBreaker::disable`].
    pub fn disable(&self) {
        self.turn(Some(State::Disabled));
    }

    /// Makes all admit their calls and count: [`CircuitBreaker::observe`].
    pub fn observe(&self) {
        self.turn(Some(State::Observing));
    }

    /// Lets all work by themselves again, closed and with nothing counted.
    pub fn resume(&self) {
        self.turn(None);
    }

    fn turn(&self, position: Option<State>) {
        let (turn, followers) = {
            let mut switch = self.lock();
            switch.position = position;
            let alive = switch.followers.iter().filter_map(|follower| follower.upgrade());
            (next_turn(), alive.collect::<Vec<_>>())
        };
        // Without the lock: observers hear of each breaker as it turns, and may use this switch.
        for breaker in followers {
            breaker.follow(turn, position.or(Some(State::Closed)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Switch> {
        lock(&self.0)
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

impl Switch {
    /// Forgets the breaker at `address`, and those that are no longer alive.
    fn remove(&mut self, address: usize) {
        self.followers.retain(|known| known.address() != address && known.upgrade().is_some());
    }
}
