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
    pub(crate) others: D,
    pub(crate) key: F,
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
    pub(crate) others: D,
    pub(crate) cost: F,
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
