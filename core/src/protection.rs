use std::sync::Arc;
use std::task::Waker;

use crate::{Backend, Call, Component, Entry, Exit, Layer, Name, Refusal, Tick, Token};

mod room;
mod tuple;

use self::room::Room;

/// What calls are sent through: any [`Backend`], a tuple of up to eight, or a [`Dynamic`] list.
///
/// A call asks the layers in order and holds what each gave until it has ended. Layers that can make
/// a call wait come first (rate limit, bulkhead, breaker), so that nothing stale is held. A layer
/// must not stand twice on the way of a call, in one protection or in nested ones: see
/// [`Refusal::is_nested`].
///
/// Sealed: implement [`Backend`] to make a protection.
pub trait Protection: sealed::Layers {}

impl<P: sealed::Layers> Protection for P {}

pub(crate) mod sealed {
    use super::{Call, Entry, Exit, Layer, Refusal, Tick, Token, Waker};

    /// The layers of a protection, by index.
    pub trait Layers: Send + Sync {
        /// One token per layer.
        type Tokens: AsRef<[Token]> + AsMut<[Token]> + Clone + Send + Sync;

        /// Returns room for as many tokens as there are layers.
        fn room(&self) -> Self::Tokens;

        fn depth(&self) -> usize;
        /// Returns the layer that stands for the whole protection.
        fn label(&self) -> &Layer;
        fn layer_at(&self, index: usize) -> &Layer;
        fn enter_at(&self, index: usize, call: &Call<'_>) -> Entry;
        fn poll_start_at(
            &self,
            index: usize,
            token: &mut Token,
            at: Tick,
            now: Tick,
            waker: &Waker,
        ) -> Result<Tick, Refusal>;
        fn expire_at(&self, index: usize, token: Option<Token>);
        fn exit_at(&self, index: usize, token: Token, exit: &Exit<'_>);
        fn accepts_extra_at(&self, index: usize, call: &Call<'_>) -> bool;

        /// Returns a bit for each layer that is a bulkhead.
        #[inline]
        fn bulkheads(&self) -> u8 {
            super::bulkheads((0..self.depth()).map(|index| self.layer_at(index)))
        }
    }
}

impl<B: Backend> sealed::Layers for B {
    type Tokens = [Token; 1];

    #[inline(always)]
    fn room(&self) -> [Token; 1] {
        Default::default()
    }

    #[inline]
    fn depth(&self) -> usize {
        1
    }

    #[inline]
    fn label(&self) -> &Layer {
        Backend::layer(self)
    }

    #[inline]
    fn layer_at(&self, _index: usize) -> &Layer {
        Backend::layer(self)
    }

    // Inlined so that the entry is returned in registers.
    #[inline(always)]
    fn enter_at(&self, _index: usize, call: &Call<'_>) -> Entry {
        Backend::enter(self, call)
    }

    fn poll_start_at(
        &self,
        _index: usize,
        token: &mut Token,
        at: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        Backend::poll_start(self, token, at, now, waker)
    }

    fn expire_at(&self, _index: usize, token: Option<Token>) {
        Backend::expire(self, token);
    }

    #[inline(always)]
    fn exit_at(&self, _index: usize, token: Token, exit: &Exit<'_>) {
        Backend::exit(self, token, exit);
    }

    fn accepts_extra_at(&self, _index: usize, call: &Call<'_>) -> bool {
        Backend::accepts_extra(self, call)
    }
}

fn bulkheads<'l>(layers: impl Iterator<Item = &'l Layer>) -> u8 {
    let bit = |(index, layer): (usize, &Layer)| {
        u8::from(layer.component() == Component::Bulkhead) << index
    };
    layers.enumerate().map(bit).sum()
}

/// The maximum number of layers of one protection. Nest protections for more.
pub const MAX_DEPTH: usize = 8;

/// A named protection whose layers are known only at run time, for example from configuration.
///
/// Besides the events of its layers, it emits events of its own, under its name. Without layers it
/// admits all calls; deadlines and timeouts apply all the same.
///
/// Its layers are of one type `B`: a call through an `enum` of backends costs less than one through
/// pointers. For pointers to any backend there is [`Dynamic`].
#[derive(Clone)]
pub struct Stack<B> {
    label: Layer,
    layers: Vec<B>,
    bulkheads: u8,
}

/// A [`Stack`] whose layers are any backends.
pub type Dynamic = Stack<Arc<dyn Backend>>;

impl<B: Backend> Stack<B> {
    /// Creates a protection that asks `layers` in order.
    ///
    /// # Errors
    /// If `name` is blank, or there are more than [`MAX_DEPTH`] layers, or two of the same kind and
    /// name.
    pub fn new(name: impl Into<Name>, layers: Vec<B>) -> Result<Self, InvalidLayers> {
        let name = name.into();
        if name.validate(Component::Protection).is_err() {
            return Err(InvalidLayers::BlankName);
        }
        if layers.len() > MAX_DEPTH {
            return Err(InvalidLayers::TooMany { count: layers.len() });
        }
        let repeated = |(nth, layer): (usize, &B)| {
            layers[..nth].iter().any(|earlier| earlier.layer() == layer.layer())
        };
        if let Some(nth) = layers.iter().enumerate().position(repeated) {
            return Err(InvalidLayers::Repeated { layer: layers[nth].layer().clone() });
        }
        let label = Layer::new(Component::Protection, name);
        let bulkheads = bulkheads(layers.iter().map(Backend::layer));
        Ok(Self { label, layers, bulkheads })
    }

    /// Returns the layers in the order in which they are asked.
    #[must_use]
    pub fn layers(&self) -> &[B] {
        &self.layers
    }
}

impl<B: Backend> std::fmt::Debug for Stack<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let layers = self.layers.iter().map(|layer| layer.layer().to_string());
        f.debug_struct("Stack")
            .field("name", self.label.name())
            .field("layers", &layers.collect::<Vec<_>>())
            .finish()
    }
}

// Without layers there is one that admits everything: the protection itself.
impl<B: Backend> sealed::Layers for Stack<B> {
    type Tokens = Room;

    #[inline(always)]
    fn room(&self) -> Room {
        Room::new(self.layers.len())
    }

    #[inline(always)]
    fn depth(&self) -> usize {
        self.layers.len().max(1)
    }

    fn label(&self) -> &Layer {
        &self.label
    }

    fn layer_at(&self, index: usize) -> &Layer {
        self.layers.get(index).map_or(&self.label, |layer| layer.layer())
    }

    #[inline(always)]
    fn enter_at(&self, index: usize, call: &Call<'_>) -> Entry {
        match self.layers.get(index) {
            Some(layer) => layer.enter(call),
            None => Entry::Go(Token::default()),
        }
    }

    fn poll_start_at(
        &self,
        index: usize,
        token: &mut Token,
        at: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        match self.layers.get(index) {
            Some(layer) => layer.poll_start(token, at, now, waker),
            None => Ok(at),
        }
    }

    fn expire_at(&self, index: usize, token: Option<Token>) {
        if let Some(layer) = self.layers.get(index) {
            layer.expire(token);
        }
    }

    #[inline(always)]
    fn exit_at(&self, index: usize, token: Token, exit: &Exit<'_>) {
        if let Some(layer) = self.layers.get(index) {
            layer.exit(token, exit);
        }
    }

    fn accepts_extra_at(&self, index: usize, call: &Call<'_>) -> bool {
        self.layers.get(index).is_none_or(|layer| layer.accepts_extra(call))
    }

    #[inline(always)]
    fn bulkheads(&self) -> u8 {
        self.bulkheads
    }
}

/// The reason why layers cannot form a protection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLayers {
    /// The name of the protection is empty or consists of white space.
    #[error("the name of a protection must not be blank")]
    BlankName,
    /// There are more than [`MAX_DEPTH`].
    #[error("a protection has at most {MAX_DEPTH} layers, not {count}; nest one in another")]
    #[non_exhaustive]
    TooMany {
        /// The number of layers.
        count: usize,
    },
    /// Two layers have the same kind and name.
    #[error("the protection names {layer} twice; a call can pass each layer only once")]
    #[non_exhaustive]
    Repeated {
        /// The layer.
        layer: Layer,
    },
}
