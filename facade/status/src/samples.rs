use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use seawall::Infrastructure;

use crate::document::{Document, Sources};
use crate::live::Live;
use crate::lock;
use crate::past::Past;
use crate::recorder::Recorder;

/// What is sampled of an infrastructure, and the pages that follow it.
pub(crate) struct Samples {
    title: String,
    pub(crate) infra: Infrastructure,
    recorder: Recorder,
    past: Mutex<Past>,
    pub(crate) live: Live,
}

impl Samples {
    /// Takes a first sample, and has the background work of the infrastructure take the others.
    pub(crate) fn start(title: String, infra: &Infrastructure, recorder: &Recorder) -> Arc<Self> {
        let samples = Arc::new(Self {
            title,
            infra: infra.clone(),
            recorder: recorder.clone(),
            past: Mutex::new(Past::new(infra.clock().now())),
            live: Live::new(),
        });
        samples.sample();
        // The work must not keep the infrastructure alive.
        let weak = Arc::downgrade(&samples);
        let work = move || Self::run(weak.clone());
        // Another page of the same infrastructure has another name.
        let mut names = (1..).map(|number: u64| format!("status page {number}"));
        _ = names.find(|name| infra.supervise(name, work.clone()).is_ok());
        samples
    }

    /// Takes a sample every second, and sends it to the pages that are open.
    fn run(weak: Weak<Self>) -> impl Future<Output = Result<(), Infallible>> + Send {
        let ends = Ends(weak.clone());
        async move {
            let _ends = ends;
            while let Some(samples) = weak.upgrade() {
                let clock = samples.infra.clock().clone();
                samples.sample();
                samples.live.send(|| samples.json(false).ok());
                drop(samples);
                clock.sleep_until(clock.now() + Duration::from_secs(1)).await;
            }
            Ok(())
        }
    }

    fn sample(&self) {
        _ = lock(&self.past).sample(&self.infra, self.recorder.recorded());
    }

    /// Adds what an operator did, and no event says by whom.
    pub(crate) fn note(&self, text: &str) {
        let now = self.infra.clock().now();
        lock(&self.recorder.recorded().log).note(text, now);
    }

    /// Returns the document, as JSON in one line.
    pub(crate) fn json(&self, with_settings: bool) -> serde_json::Result<String> {
        // No other lock is held meanwhile: these wait for a reload that is under way.
        let (plan, config) = (self.infra.describe(), self.infra.config_status());
        let health = self.infra.health();
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
            health: &health,
            versions: versions.as_deref(),
        };
        serde_json::to_string(&Document::new(&sources))
    }
}

/// Ends the live connections when no samples are taken any more.
struct Ends(Weak<Samples>);

impl Drop for Ends {
    fn drop(&mut self) {
        if let Some(samples) = self.0.upgrade() {
            samples.live.end();
        }
    }
}
