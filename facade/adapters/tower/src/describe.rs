use seawall_core::{Access, GuardedVia, KeyParts, MaybeKey, NoKey, WithKey};

/// Describes the call for a request: its key, its cost. [`ProtectLayer::key`](crate::ProtectLayer::key)
/// and [`cost`](crate::ProtectLayer::cost) do that by functions of the request.
pub trait Describe<Request> {
    /// The key, or its absence.
    type Key: MaybeKey + 'static;

    /// Describes `call`, which is for `request`.
    fn describe<A: Access, C>(
        &self,
        call: GuardedVia<A, NoKey, C>,
        request: &Request,
    ) -> GuardedVia<A, Self::Key, C>;
}

/// Leaves calls as they are: of a cost of one, and without a key.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl<Request> Describe<Request> for Plain {
    type Key = NoKey;

    fn describe<A: Access, C>(
        &self,
        call: GuardedVia<A, NoKey, C>,
        _request: &Request,
    ) -> GuardedVia<A, NoKey, C> {
        call
    }
}

/// Sets the key by a function of the request.
#[derive(Clone, Copy, Debug)]
pub struct Keyed<D, F> {
    others: D,
    key: F,
}

impl<D, F> Keyed<D, F> {
    /// Sets the key by `key`, and describes the rest by `others`.
    pub const fn new(others: D, key: F) -> Self {
        Self { others, key }
    }
}

impl<Request, D, F, K> Describe<Request> for Keyed<D, F>
where
    D: Describe<Request>,
    F: Fn(&Request) -> K,
    K: KeyParts + Send + Sync + 'static,
{
    type Key = WithKey<K>;

    fn describe<A: Access, C>(
        &self,
        call: GuardedVia<A, NoKey, C>,
        request: &Request,
    ) -> GuardedVia<A, WithKey<K>, C> {
        self.others.describe(call, request).key((self.key)(request))
    }
}

/// Sets the cost by a function of the request.
#[derive(Clone, Copy, Debug)]
pub struct Costing<D, F> {
    others: D,
    cost: F,
}

impl<D, F> Costing<D, F> {
    /// Sets the cost by `cost`, and describes the rest by `others`.
    pub const fn new(others: D, cost: F) -> Self {
        Self { others, cost }
    }
}

impl<Request, D, F> Describe<Request> for Costing<D, F>
where
    D: Describe<Request>,
    F: Fn(&Request) -> u32,
{
    type Key = D::Key;

    fn describe<A: Access, C>(
        &self,
        call: GuardedVia<A, NoKey, C>,
        request: &Request,
    ) -> GuardedVia<A, D::Key, C> {
        self.others.describe(call, request).cost((self.cost)(request))
    }
}
