use std::fmt;
use std::sync::Arc;

use axum::http::request::Parts;

/// Manual control by the page: which operators may force components open and closed, release and reset
/// them, reload the settings and roll them back.
///
/// A request is an operator's if the function that is given returns a name for it. The name is in the events
/// and the status of what is done. It gets the head of the request: headers, and extensions that a layer of
/// the service has added when it knew the user.
///
/// ```
/// use seawall_status::Controls;
///
/// // A proxy in front sets the header, and removes it from what comes from outside.
/// let controls = Controls::new(|request| {
///     let user = request.headers.get("x-forwarded-user")?.to_str().ok()?;
///     ["ann", "bob"].contains(&user).then(|| user.to_owned())
/// });
/// let controls = controls.host("ops.example.com");
/// ```
///
/// Requests that change anything are `POST` alone, and need an `Origin` of this service and a token that only
/// its pages can read. What is done needs a reason.
#[derive(Clone)]
pub struct Controls {
    authorise: Arc<Authorise>,
    hosts: Vec<String>,
}

type Authorise = dyn Fn(&Parts) -> Option<String> + Send + Sync;

impl Controls {
    /// Creates controls for the operators that `authorise` returns a name for.
    #[must_use]
    pub fn new(authorise: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { authorise: Arc::new(authorise), hosts: Vec::new() }
    }

    /// Adds a host name by which browsers know the page. Without one, the page controls only where it is
    /// opened by an address or as `localhost`, since any other name may be led to it by another site.
    #[must_use]
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    pub(crate) fn operator(&self, request: &Parts) -> Option<String> {
        (self.authorise)(request)
    }

    pub(crate) fn hosts(&self) -> &[String] {
        &self.hosts
    }
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controls").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}
