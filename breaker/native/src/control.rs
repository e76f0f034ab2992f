use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::handle::Follower;
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
    followers: Vec<Arc<Follower>>,
}

/// A breaker that can be attached to a [`Control`]: a [`CircuitBreaker`] or a [`KeyedBreaker`].
pub trait Controlled: sealed::Sealed {}

impl Controlled for CircuitBreaker {}
impl Controlled for KeyedBreaker {}

pub(crate) mod sealed {
    pub trait Sealed {
        #[doc(hidden)]
        fn follower(&self) -> crate::handle::Follower;
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
        let follower = Arc::new(breaker.follower());
        let (turn, position) = {
            let mut switch = self.lock();
            switch.remove(&follower);
            switch.followers.push(Arc::clone(&follower));
            (next_turn(), switch.position)
        };
        if position.is_some() {
            follower.follow(turn, position);
        }
    }

    /// Detaches `breaker`, which stays in the state that it is in.
    pub fn detach(&self, breaker: &impl Controlled) {
        let follower = breaker.follower();
        let turn = {
            self.lock().remove(&follower);
            next_turn()
        };
        // Turns that have not reached it yet come too late.
        follower.follow(turn, None);
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
            (next_turn(), switch.followers.clone())
        };
        // Without the lock: observers hear of each breaker as it turns, and may use this switch.
        for follower in followers {
            follower.follow(turn, position.or(Some(State::Closed)));
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
    /// Forgets a breaker, and those that are no longer alive.
    fn remove(&mut self, follower: &Follower) {
        self.followers.retain(|known| !known.is(follower) && known.is_alive());
    }
}
