//! A service with a status page, on a free port and in virtual time.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::time::Duration;

use axum::Router;
use seawall::{ConfigSource, Infrastructure};
use seawall_status::{Recorder, StatusPage};
use seawall_testkit::ManualClock;
use serde_json::Value;

/// A name that ends scripts, attributes, comments, lines and JSON, where it is not escaped.
pub(crate) const HOSTILE: &str =
    "</script><img src=x onerror=\"window.hacked=1\">'\"<!--\u{2028}\ndata: {}\u{1b}[31m&amp;";

pub(crate) const fn second() -> Duration {
    Duration::from_secs(1)
}

pub(crate) struct Service {
    pub(crate) time: ManualClock,
    pub(crate) infra: Infrastructure,
    pub(crate) page: StatusPage,
    pub(crate) url: String,
}

impl Service {
    pub(crate) async fn start(settings: &str) -> Self {
        let (time, infra, page) = page(settings);
        let router = page.router();
        Self::serve(time, infra, &page, router).await
    }

    pub(crate) async fn serve(
        time: ManualClock,
        infra: Infrastructure,
        page: &StatusPage,
        router: Router,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { time, infra, page: page.clone(), url }
    }

    /// Returns the document.
    pub(crate) async fn status(&self) -> Value {
        let answer = reqwest::get(format!("{}/status.json", self.url)).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json");
        answer.json().await.expect("JSON")
    }
}

/// Returns an infrastructure in virtual time with its page.
pub(crate) fn page(settings: &str) -> (ManualClock, Infrastructure, StatusPage) {
    let (time, recorder) = (ManualClock::new(), Recorder::new());
    let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(settings));
    let infra = recorder.observe(builder).clock(time.clock()).build().expect("valid settings");
    let page = StatusPage::new("the shop", &infra, &recorder);
    (time, infra, page)
}
