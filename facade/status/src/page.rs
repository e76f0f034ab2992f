use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use seawall::Infrastructure;

use crate::document::{Document, Sources};
use crate::past::Past;
use crate::recorder::Recorder;
use crate::{lock, routes};

/// A status page of an [`Infrastructure`]: a [`router`](Self::router) to mount or to serve alone, and a
/// [`sampler`](Self::sampler) to spawn. Clones are cheap and share everything.
#[derive(Clone)]
pub struct StatusPage(Arc<Page>);

pub(crate) struct Page {
    title: String,
    infra: Infrastructure,
    recorder: Recorder,
    past: Mutex<Past>,
}

impl StatusPage {
    /// Creates the page of `infra`, one of whose observers is a clone of `recorder`. It keeps what happens
    /// from now on.
    #[must_use]
    pub fn new(infra: &Infrastructure, recorder: &Recorder) -> Self {
        Self(Arc::new(Page {
            title: "Seawall".to_owned(),
            infra: infra.clone(),
            recorder: recorder.clone(),
            past: Mutex::new(Past::new(infra.clock().now())),
        }))
    }

    /// Returns the routes.
    pub fn router(&self) -> Router {
        routes::router(&self.0)
    }

    /// Returns a future that takes a sample of everything once a second, by the clock of the
    /// infrastructure. It never ends: spawn it, and drop it when the service shuts down. That ends all
    /// live connections of pages, which a graceful shutdown would wait for.
    ///
    /// Without it, the document is up to date whenever it is asked for, but the past between has gaps.
    pub fn sampler(&self) -> impl Future<Output = ()> + Send + use<> {
        let page = Arc::clone(&self.0);
        async move {
            let clock = page.infra.clock().clone();
            let mut next = clock.now();
            loop {
                page.sample();
                next = (next + Duration::from_secs(1)).max(clock.now());
                clock.sleep_until(next).await;
            }
        }
    }
}

impl Page {
    /// Takes a sample, unless there is one of this second.
    fn sample(&self) -> bool {
        lock(&self.past).sample(&self.infra, self.recorder.recorded())
    }

    /// Returns the document, as JSON in one line.
    pub(crate) fn json(&self, with_settings: bool) -> serde_json::Result<String> {
        // No other lock is held meanwhile: these wait for a reload that is under way.
        let (plan, config) = (self.infra.describe(), self.infra.config_status());
        let versions = with_settings.then(|| self.infra.versions());
        let mut past = lock(&self.past);
        past.sample(&self.infra, self.recorder.recorded());
        let log = lock(&self.recorder.recorded().log);
        let sources = Sources {
            title: &self.title,
            infra: &self.infra,
            past: &past,
            log: &log,
            plan: &plan,
            config: &config,
            versions: versions.as_deref(),
        };
        serde_json::to_string(&Document::new(&sources))
    }
}
