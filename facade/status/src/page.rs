use std::fmt;
use std::sync::Arc;

use axum::Router;
use seawall::Infrastructure;

use crate::command::{Command, Undone};
use crate::controls::Controls;
use crate::recorder::Recorder;
use crate::routes;
use crate::samples::Samples;
use crate::secret::Secret;

/// A status page of an [`Infrastructure`]: a [`router`](Self::router) to mount or to serve alone. Clones are
/// cheap and share everything.
#[derive(Clone)]
pub struct StatusPage {
    samples: Arc<Samples>,
    controls: Option<Controls>,
}

/// What requests need.
pub(crate) struct Page {
    pub(crate) samples: Arc<Samples>,
    pub(crate) controls: Option<Controls>,
    pub(crate) secret: Secret,
}

impl StatusPage {
    /// Creates the page of `infra`, which reports to `recorder`. It keeps what happens from now on, and shows
    /// `title`, such as the name of the service.
    ///
    /// A sample of everything is taken once a second, by the background work of the infrastructure:
    /// [`Infrastructure::run`]. Without that, the page is up to date when it is loaded, but it is not live,
    /// and its past has gaps.
    #[must_use]
    pub fn new(title: impl Into<String>, infra: &Infrastructure, recorder: &Recorder) -> Self {
        Self { samples: Samples::start(title.into(), infra, recorder), controls: None }
    }

    /// Lets operators control components and settings. Without, the page shows and changes nothing.
    #[must_use]
    pub fn controls(mut self, controls: Controls) -> Self {
        self.controls = Some(controls);
        self
    }

    /// Returns the routes: mount them by `nest_service("/status", …)`, or serve them alone.
    ///
    /// The live connections end when the infrastructure is closed, or its background work is dropped: so do
    /// that before a graceful shutdown of the server, which waits for them.
    pub fn router(&self) -> Router {
        let (samples, controls) = (Arc::clone(&self.samples), self.controls.clone());
        routes::router(&Arc::new(Page { samples, controls, secret: Secret::random() }))
    }
}

impl fmt::Debug for StatusPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusPage").field("controls", &self.controls).finish_non_exhaustive()
    }
}

impl Page {
    /// Does what `operator` asks for. It may block.
    pub(crate) fn command(&self, command: &Command, operator: &str) -> Result<(), Undone> {
        let note = command.run(&self.samples.infra, operator)?;
        if let Some(note) = note {
            self.samples.note(&note);
        }
        Ok(())
    }
}
